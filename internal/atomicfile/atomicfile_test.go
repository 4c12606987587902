package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestWriteLeavesTheOldOne(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	broken := errors.New("broken")
	err := Write(path, func(w io.Writer) error {
		io.WriteString(w, "half of the n")
		return broken
	})
	if !errors.Is(err, broken) {
		t.Errorf("found error %v, expected %v", err, broken)
	}
	if data, err := os.ReadFile(path); string(data) != "old" {
		t.Errorf("found %q, %v, expected the old file", data, err)
	}
	if err := Write(path, func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if string(data) != "new" || err != nil {
		t.Errorf("found %q, %v, expected the new file", data, err)
	}
	if err := Write(filepath.Join(path, "below"), nil); err == nil || !strings.HasPrefix(err.Error(), filepath.Join(path, "below")+": cannot be written: ") {
		t.Errorf("found error %v, expected one that names the file", err)
	}
	entries, err := os.ReadDir(filepath.Dir(path))
	if len(entries) != 1 || err != nil {
		t.Errorf("found %v, %v, expected the file alone", entries, err)
	}
}
