package report

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteFileLeavesNothingHalfWritten(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "results.json")
	if err := os.WriteFile(path, []byte("of before"), 0o644); err != nil {
		t.Fatal(err)
	}
	full := errors.New("disk full")
	err := writeFile(path, func(w io.Writer) error {
		io.WriteString(w, "half of it")
		return full
	})
	if !errors.Is(err, full) || !strings.Contains(err.Error(), path) {
		t.Errorf("found error %v, expected the cause and the path", err)
	}
	entries, _ := os.ReadDir(dir)
	if len(entries) != 1 {
		t.Errorf("found %d files, expected the one of before alone", len(entries))
	}
	if got, _ := os.ReadFile(path); string(got) != "of before" {
		t.Errorf("found %q, expected the file of before", got)
	}
	if err := writeFile(filepath.Join(dir, "none", "x"), func(io.Writer) error { return nil }); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("found error %v for a missing folder", err)
	}
}
