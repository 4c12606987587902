package activations

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"tell/activations/internal/input"
)

// Of a dump of many files most are closed until they are read.
func TestManyFiles(t *testing.T) {
	const files = input.MaxOpenFiles + 20
	dir := t.TempDir()
	for i := range files {
		data := npyFile("<f4", false, []int{1, 2}, [][]byte{f32(float32(i)), f32(-1)})
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("hs_%d.npy", i)), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	d := open(t, Spec{Paths: []string{filepath.Join(dir, "*.npy")}})
	dst := make([]float64, 2*files)
	if err := d.ReadFloat64(dst, 0, 0, 0, files); err != nil {
		t.Fatal(err)
	}
	parked := 0
	for i, s := range d.shards {
		if dst[2*i] != float64(i) {
			t.Fatalf("row %d is %v", i, dst[2*i])
		}
		if _, ok := s.source.(*parkedSource); ok {
			parked++
		}
	}
	if parked != files-input.MaxOpenFiles {
		t.Errorf("%d files are parked, want %d", parked, files-input.MaxOpenFiles)
	}

	last := filepath.Join(dir, fmt.Sprintf("hs_%d.npy", files-1))
	if err := os.Truncate(last, 100); err != nil {
		t.Fatal(err)
	}
	if err := d.ReadFloat64(dst, 0, 0, 0, files); !errors.Is(err, input.ErrChanged) {
		t.Errorf("error %v for a file that was cut", err)
	}
	if err := os.Remove(last); err != nil {
		t.Fatal(err)
	}
	if err := d.ReadFloat64(dst, 0, 0, 0, files); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("error %v for a file that is gone", err)
	}
	if err := d.ReadFloat64(dst[2:], 0, 0, 0, files-1); err != nil {
		t.Errorf("the rows before: %v", err)
	}
}

// A format that keeps its own hold on the file is left open.
func TestParkInMemory(t *testing.T) {
	f := input.InMemory("x.npy", bytes.Repeat([]byte{1}, 4))
	if parked, err := f.Park(); parked != nil || err != nil {
		t.Fatal(parked, err)
	}
	if _, ok := f.R.(*bytes.Reader); !ok {
		t.Errorf("%T", f.R)
	}
}
