package activations

import (
	"bytes"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

// Every word of a real file is replaced by numbers that break sums and
// lengths, and the file is cut short in many places: an error or numbers, but no
// panic and no memory that the file does not back.
func TestDamagedFiles(t *testing.T) {
	for _, name := range []string{"v1_f2.npy", "fixed_f16.arrow", "list_f32_zstd.arrow", "polars_f32_zstd.arrows", "delta.arrows",
		"one_f16.safetensors", "one_f8_deflated.npz", "tensor_permuted_f32.parquet"} {
		t.Run(name, func(t *testing.T) {
			whole, err := os.ReadFile(formatsFile(name))
			if err != nil {
				t.Fatal(err)
			}
			format, err := detect(input.InMemory("fuzz", whole), Spec{})
			if err != nil {
				t.Fatal(err)
			}
			for n := 0; n < len(whole); n += 5 {
				exercise(t, whole[:n], format.open, Spec{})
			}
			for at := 0; at+4 <= len(whole); at += 4 {
				for _, word := range []uint32{0x7fffffff, 0xffffffff} {
					damaged := bytes.Clone(whole)
					binary.LittleEndian.PutUint32(damaged[at:], word)
					exercise(t, damaged, format.open, Spec{})
				}
			}
		})
	}
}

// Every file of a directory is damaged in turn, and taken away: an error that names a
// file, or numbers, but no panic and no memory that the files do not back.
func TestDamagedDirectories(t *testing.T) {
	for _, test := range []struct{ dir, position string }{{"hf_array2d", ""}, {"hf_list", ""}, {"lmprobe_tokens", "last"}, {"lmprobe_last", ""}, {"lmprobe_extraction", "mean"}} {
		t.Run(test.dir, func(t *testing.T) {
			dir := t.TempDir()
			write := func(path string, data []byte) {
				if err := os.WriteFile(path, data, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			files := names(t, test.dir)
			size := 0
			for _, name := range files {
				data, err := os.ReadFile(formatsFile(filepath.Join(test.dir, name)))
				if err == nil {
					err = os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o777)
				}
				if err != nil {
					t.Fatal(err)
				}
				size += len(data)
				write(filepath.Join(dir, name), data)
			}
			spec := Spec{Paths: []string{dir}, Position: test.position}
			if err := readDirectory(spec); err != nil {
				t.Fatal(err)
			}
			read := func(what string) {
				before := allocated()
				err := readDirectory(spec)
				if _, tableErr := ReadExamples(dir); tableErr != nil && err == nil {
					err = tableErr
				}
				var format *FormatError
				if err != nil && !errors.As(err, &format) && !errors.Is(err, os.ErrNotExist) && !strings.Contains(err.Error(), "no rows") {
					t.Errorf("%s: %v", what, err)
				}
				if n := allocated() - before; n > 4*memoryLimit(size) {
					t.Errorf("%s: %d bytes allocated for %d", what, n, size)
				}
			}
			for _, name := range files {
				path := filepath.Join(dir, name)
				whole, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if err := os.Remove(path); err != nil {
					t.Fatal(err)
				}
				read(name + " taken away")
				step := max(1, len(whole)/10)
				for at := 0; at < len(whole); at += step {
					write(path, whole[:at])
					read(name + " cut short")
					damaged := bytes.Clone(whole)
					damaged[at] ^= 1 << (at % 8)
					write(path, damaged)
					read(name + " with another bit")
					if at+4 <= len(whole) {
						binary.LittleEndian.PutUint32(damaged[at:], 0x7fffffff)
						write(path, damaged)
						read(name + " with a large number")
					}
				}
				write(path, whole)
			}
		})
	}
}
