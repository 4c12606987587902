package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A table of Arrow beside a dump is shown with it. One that is damaged says what is wrong
// with it, and why it is no shard of the dump.
func TestInspectBesideArrow(t *testing.T) {
	const states = "../../testdata/formats/list_f32.arrows"
	inspect := func(table string) (*inspection, error) {
		v := inspectVerb{Paths: []string{states, table}}
		return v.inspect(t.Context(), &console{stdout: io.Discard, stderr: io.Discard})
	}
	const table = "../../testdata/formats/text_only.arrow"
	is, err := inspect(table)
	if err != nil || is.Table == nil || is.misfit != nil || len(is.Files) != 2 {
		t.Fatalf("found %+v, error %v", is, err)
	}
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "damaged.arrow")
	data[659] = 0x40 // the number of rows of a column
	if err := os.WriteFile(path, data, 0o666); err != nil {
		t.Fatal(err)
	}
	_, err = inspect(path)
	for _, want := range []string{"columns: found none with numbers", "; nor is it a table: " + path + `: record batch 0, column "id"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, expected %q", err, want)
		}
	}
	if err := os.WriteFile(path, data[:600], 0o666); err != nil {
		t.Fatal(err)
	}
	if _, err = inspect(path); err == nil || strings.Count(err.Error(), path) != 1 {
		t.Errorf("found %v, expected one error about %s", err, path)
	}
	if _, err = inspect("../../testdata/formats/masked.arrow"); err == nil || strings.Contains(err.Error(), "nor is it") {
		t.Errorf("found %v, expected that of a shard", err)
	}
}
