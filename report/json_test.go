package report

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestResultsRoundTrip(t *testing.T) {
	r, _ := capitals(t)
	var got bytes.Buffer
	if err := encodeResults(&got, r); err != nil {
		t.Fatal(err)
	}
	golden(t, "results.json", got.Bytes())
}

func TestReadResultsRefuses(t *testing.T) {
	for name, c := range map[string]struct{ file, want string }{
		"another schema": {`{"schema": "tell/results/0"}`, `found schema "tell/results/0", expected "tell/results/1"`},
		"no schema":      {`{}`, `found schema "", expected "tell/results/1"`},
		"cut short":      {`{"schema": "tell/results/1", "na`, "unexpected end of JSON input"},
		"no number":      {`{"schema": "tell/results/1", "nested": {"metrics": [{"name": "auroc", "estimate": {"n": 3}}]}}`, "not_estimable"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "results.json")
			if err := os.WriteFile(path, []byte(c.file), 0o644); err != nil {
				t.Fatal(err)
			}
			_, err := ReadResults(path)
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("found error %v, expected one with %q and the path", err, c.want)
			}
		})
	}
	if _, err := ReadResults(filepath.Join(t.TempDir(), "none.json")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found error %v for a missing file", err)
	}
}
