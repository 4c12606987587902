package activations

import (
	"encoding/binary"
	"math"
	"os"
	"runtime"
	"slices"
	"testing"
)

// Rows that several goroutines share are those that one of them would read.
func TestSharedRows(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	const rows, layers, width = 1021, 2, 1024
	data := npyFile("<f4", false, []int{rows, layers, width}, nil)
	for i := range rows * layers * width {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(float32(i)))
	}
	path := writeFile(t, "states.npy", data)
	d := open(t, Spec{Paths: []string{path}})
	got := make([]float32, rows*width)
	if err := d.ReadFloat32(got, 1, 0, 0, rows); err != nil {
		t.Fatal(err)
	}
	for i, v := range got {
		if want := float32(i/width*layers*width + width + i%width); v != want {
			t.Fatalf("row %d, column %d: %v, want %v", i/width, i%width, v, want)
		}
	}
	one := make([]float32, width)
	for _, i := range []int{0, 255, 256, 510, 1020} {
		if err := d.ReadFloat32(one, 1, 0, i, i+1); err != nil || !slices.Equal(one, got[i*width:(i+1)*width]) {
			t.Errorf("row %d differs when it is read alone: %v", i, err)
		}
	}

	// The error is that of the first rows that are gone.
	if err := os.Truncate(path, int64(len(data)/4)); err != nil {
		t.Fatal(err)
	}
	first := d.ReadFloat32(got, 1, 0, 0, rows)
	checkFormatError(t, first, "before the end of the file")
	for range 20 {
		if err := d.ReadFloat32(got, 1, 0, 0, rows); err == nil || err.Error() != first.Error() {
			t.Fatalf("%v, and then %v", first, err)
		}
	}
}
