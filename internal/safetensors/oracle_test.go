package safetensors_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"tell/activations"
	"tell/internal/safetensors"
)

// What is written here is a dump that package activations reads, which knows the
// format by code of its own.
func TestActivationsReads(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.safetensors")
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(1, 4), 3, 3).Draw(t, "shape")
		n := shape[0] * shape[1] * shape[2]
		want := rapid.SliceOfN(rapid.Float64(), n, n).Draw(t, "numbers")
		ids := rapid.SliceOfN(rapid.Int64(), shape[0], shape[0]).Draw(t, "ids")
		tensors := []safetensors.Tensor{safetensors.Int64("id", shape[:1], ids), safetensors.Float64("states", shape, want)}
		var b bytes.Buffer
		if err := safetensors.Write(&b, tensors, safetensors.Seal(tensors, map[string]string{"model": "gpt2"})); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, b.Bytes(), 0o666); err != nil {
			t.Fatal(err)
		}
		d, err := activations.Open(activations.Spec{Paths: []string{path}})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		if d.Model() != "gpt2" || d.Shape() != (activations.Shape{Rows: shape[0], Layers: shape[1], Positions: 1, Width: shape[2]}) {
			t.Fatalf("model %q, %v", d.Model(), d.Shape())
		}
		got := make([]float64, shape[0]*shape[2])
		for layer := range shape[1] {
			if err := d.ReadFloat64(got, layer, 0, 0, shape[0]); err != nil {
				t.Fatal(err)
			}
			for row := range shape[0] {
				at := (row*shape[1] + layer) * shape[2]
				if !slices.Equal(got[row*shape[2]:(row+1)*shape[2]], want[at:at+shape[2]]) {
					t.Fatalf("row %d, layer %d: %v", row, layer, got)
				}
			}
		}
		e, err := d.Examples()
		if err != nil {
			t.Fatal(err)
		}
		column, _ := e.Column("id")
		for i, id := range ids {
			if column.Value(i) != int(id) {
				t.Fatalf("row %d: id %v, want %d", i, column.Value(i), id)
			}
		}
	})
}

// What package activations writes is read here.
func TestReadsConverted(t *testing.T) {
	d, err := activations.Open(activations.Spec{Paths: []string{"../../testdata/formats/big_f8.npy"}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if _, err := activations.Convert(context.Background(), d, path, activations.ConvertSettings{}); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tensors, metadata, err := safetensors.Read(data)
	if err != nil {
		t.Fatal(err)
	}
	if len(tensors) != 1 || tensors[0].Name != "hidden_states" || metadata["layers"] == "" {
		t.Errorf("%d tensors, metadata %q", len(tensors), metadata)
	}
	numbers, err := tensors[0].Float64s()
	if err != nil {
		t.Fatal(err)
	}
	want := make([]float64, d.Shape().Width)
	if err := d.ReadFloat64(want, 0, 0, 0, 1); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(numbers[:len(want)], want) {
		t.Errorf("numbers %v, want %v", numbers[:len(want)], want)
	}
}
