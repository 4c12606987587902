package activations

import (
	"bytes"
	"encoding/binary"
	"os"
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
