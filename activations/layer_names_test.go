package activations

import (
	"context"
	"path/filepath"
	"slices"
	"testing"
)

func TestLayerNamesAreKept(t *testing.T) {
	d := open(t, Spec{Paths: []string{formatsFile("layers_f32.parquet")}})
	for _, ext := range []string{".arrow", ".safetensors"} {
		path := filepath.Join(t.TempDir(), "states"+ext)
		if _, err := Convert(context.Background(), d, path, ConvertSettings{Layers: []int{10, 0}}); err != nil {
			t.Fatal(err)
		}
		if got, want := open(t, Spec{Paths: []string{path}}).LayerNames(), []string{"layer_10", "layer_0"}; !slices.Equal(got, want) {
			t.Errorf("%s: layers %q, want %q", ext, got, want)
		}
	}
	for _, text := range []string{"", "3", `["a"]`, `["a", "b", "c"]`, `[1, 2]`, `{"a": 1}`} {
		if got := layerNames(text, 2); got != nil {
			t.Errorf("%q: layers %q", text, got)
		}
	}
}
