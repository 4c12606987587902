package activations

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOriginOfFormats(t *testing.T) {
	for _, test := range []struct {
		path   string
		tensor string
		model  string
		layer  int
		known  bool
	}{
		{"one_f16.safetensors", "states", "planted", -1, false},
		{"layers_f32.safetensors", "", "", -1, false},
		{"lmprobe_extraction", "", "tiny", -1, true},
		{"lmprobe_last", "", "", -1, true},
		{"list_f32.parquet", "", "", -1, false},
		{"fixed_f16.arrow", "", "", -1, false},
		{"big_f4.npy", "", "", -1, false},
		{"../export/npy_f16/hidden_states.npy", "", "", 0, true},
		{"../export/arrow_f16/hidden_states.arrow", "layer_*", "", 0, true},
		{"../export/arrow_f16/hidden_states.arrow", "layer_2", "", -1, false},
		{"../export/safetensors_f16_last2/hidden_states.safetensors", "", "", 0, true},
	} {
		spec := Spec{Paths: []string{formatsFile(test.path)}, Tensor: test.tensor}
		if strings.HasPrefix(test.path, "lmprobe_extraction") {
			spec.Position = "last"
		}
		checkOrigin(t, open(t, spec), test.path, test.model, test.layer, test.known)
	}
}

func checkOrigin(t *testing.T, d *Dump, name, model string, layer int, known bool) {
	t.Helper()
	if got := d.Model(); got != model {
		t.Errorf("%s: model %q, want %q", name, got, model)
	}
	if i, ok := d.EmbeddingLayer(); i != layer || ok != known {
		t.Errorf("%s: the embedding is layer %d, known: %v; want %d, %v", name, i, ok, layer, known)
	}
}

// rawDump writes a raw array of rows x 3 layers x 2 beside what is noted about
// it, and returns its path.
func rawDump(t *testing.T, rows int, note string) string {
	t.Helper()
	path := writeFile(t, "x.dat", make([]byte, rows*3*2*4))
	text := fmt.Sprintf(`{"shape": [%d, 3, 2], "dtype": "float32"%s}`, rows, note)
	if err := os.WriteFile(path+".json", []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestOriginOfRaw(t *testing.T) {
	for note, want := range map[string]struct {
		model string
		layer int
		known bool
	}{
		"": {"", -1, false},
		`, "model": "gpt2", "embedding_layer": 0`:             {"gpt2", 0, true},
		`, "model": " org/m ", "embedding_layer": "2"`:        {"org/m", 2, true},
		`, "embedding_layer": "none"`:                         {"", -1, true},
		`, "model": {"name": "gpt2"}, "embedding_layer": 1.5`: {"", -1, false},
		`, "model": "a\nb"`:                                   {"", -1, false},
		`, "model": "` + strings.Repeat("m", 257) + `"`:       {"", -1, false},
		`, "model": 7`: {"7", -1, false},
	} {
		d := open(t, Spec{Paths: []string{rawDump(t, 1, note)}})
		checkOrigin(t, d, note, want.model, want.layer, want.known)
	}
}

// A file of a model's states does not answer for those of another model.
func TestOriginOfShards(t *testing.T) {
	a, b := rawDump(t, 1, `, "model": "a", "embedding_layer": 0`), rawDump(t, 2, `, "model": "b", "embedding_layer": 0`)
	checkOrigin(t, open(t, Spec{Paths: []string{a, b}}), "shards", "", 0, true)
	same := rawDump(t, 2, `, "model": "a", "embedding_layer": 0`)
	checkOrigin(t, open(t, Spec{Paths: []string{a, same}}), "shards", "a", 0, true)
	checkOrigin(t, open(t, Spec{Paths: []string{a, rawDump(t, 1, "")}}), "shards", "", -1, false)
}

func TestOriginSurvivesConvert(t *testing.T) {
	d := open(t, Spec{Paths: []string{rawDump(t, 2, `, "model": "gpt2", "embedding_layer": 0`)}})
	for _, ext := range []string{".arrow", ".safetensors"} {
		for layer, layers := range map[int][]int{0: nil, 1: {2, 0}, -1: {1, 2}} {
			path := filepath.Join(t.TempDir(), "x"+ext)
			if _, err := Convert(context.Background(), d, path, ConvertSettings{Layers: layers}); err != nil {
				t.Fatal(err)
			}
			checkOrigin(t, open(t, Spec{Paths: []string{path}}), ext, "gpt2", layer, true)
		}
	}
}

func TestEmbeddingByName(t *testing.T) {
	for name, want := range map[string]bool{
		"embeddings": true, "model.embed_tokens": true, "hook_embed": true, "transformer.wte": true, "Embed": true,
		"layers.0": false, "layer_0": false, "0": false, "embeddings.0": false, "embedding_norm": false, "": false,
	} {
		if namesEmbedding(name) != want {
			t.Errorf("%q is an embedding: %v", name, !want)
		}
	}
}

func TestExportNoteOfOtherStates(t *testing.T) {
	for note, want := range map[string]bool{
		`{"settings": {"model": "m"}, "shape": [1, 3, 2], "embedding_layer": 0}`:    true,
		`{"settings": {"model": "m"}, "shape": [1, 3, 5, 2], "embedding_layer": 0}`: true,
		`{"settings": {"model": "m"}, "shape": [2, 3, 2], "embedding_layer": 0}`:    false,
		`{"settings": {"model": "m"}, "shape": [1], "embedding_layer": 0}`:          false,
		`{"settings": {"model": "m"}}`:                                              false,
		`{"settings": []}`:                                                          false,
		`[`:                                                                         false,
	} {
		path := rawDump(t, 1, "")
		if err := os.WriteFile(filepath.Join(filepath.Dir(path), exportName), []byte(note), 0o666); err != nil {
			t.Fatal(err)
		}
		model, layer := "", -1
		if want {
			model, layer = "m", 0
		}
		checkOrigin(t, open(t, Spec{Paths: []string{path}}), note, model, layer, want)
	}
}
