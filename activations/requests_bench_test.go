package activations

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// writeRequests writes as many files as vLLM's connector writes requests.
func writeRequests(t testing.TB, dir string, files int) {
	t.Helper()
	header := `{"hidden_states":{"dtype":"F32","shape":[1,2,2],"data_offsets":[0,16]},"token_ids":{"dtype":"I64","shape":[1],"data_offsets":[16,24]}}`
	data := append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...)
	data = append(data, make([]byte, 24)...)
	for i := range files {
		binary.LittleEndian.PutUint32(data[len(data)-24:], uint32(i))
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("hs_%d.safetensors", i)), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

// BenchmarkOpenRequests opens a dump of one file a request with its table, and
// reads a layer. Ten times the files should take about ten times as long.
func BenchmarkOpenRequests(b *testing.B) {
	for _, files := range []int{10_000, 100_000} {
		dir := b.TempDir()
		writeRequests(b, dir, files)
		b.Run(strconv.Itoa(files), func(b *testing.B) {
			for b.Loop() {
				readRequests(b, dir, files)
			}
			b.ReportMetric(float64(b.Elapsed().Microseconds())/float64(b.N*files), "µs/file")
		})
	}
}

// readRequests does what a study does with a dump.
func readRequests(t testing.TB, dir string, files int) *Dump {
	t.Helper()
	d, err := Open(Spec{Paths: []string{filepath.Join(dir, "*.safetensors")}, Position: "last", ID: "file"})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	if ids, err := d.IDs(); err != nil || len(ids) != files || ids[files-1] != fmt.Sprintf("hs_%d", files-1) {
		t.Fatalf("%d ids, %v", len(ids), err)
	}
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if e.Where(i) == "" {
			t.Fatal(i)
		}
	}
	rows, err := d.At(1, 0)
	if err != nil {
		t.Fatal(err)
	}
	all := make([]int, files)
	for i := range all {
		all[i] = files - 1 - i // as a join may leave them
	}
	if rows, err = rows.Rows(all); err != nil {
		t.Fatal(err)
	}
	if err := rows.ReadRows(make([]float64, 2*files), 0, files); err != nil {
		t.Fatal(err)
	}
	return d
}
