package activations

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

const manifestFile = "lmprobe_extraction/manifest.json"

func TestLMProbeExtraction(t *testing.T) {
	for _, path := range []string{"lmprobe_extraction", manifestFile} {
		checkPositionChoices(t, Spec{Paths: []string{formatsFile(path)}, ID: "id"}, f32Tolerance, 1, 2, ownIDs(t))
	}
	d := open(t, Spec{Paths: []string{formatsFile("lmprobe_extraction")}, Position: "last"})
	if got := d.LayerNames(); d.Format() != "lmprobe extraction" || !slices.Equal(got, []string{"layer_000", "layer_001"}) {
		t.Errorf("%s with layers %q", d.Format(), got)
	}
	for _, read := range []func() (*Examples, error){d.Examples, func() (*Examples, error) { return ReadExamples(formatsFile("lmprobe_extraction")) }} {
		e, err := read()
		if err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]any{"text": "paris is in peru which country is paris in", "label": 1, "id": "paris-2", "city": 0} {
			if c, ok := e.Column(name); !ok || c.Value(2) != want {
				t.Errorf("column %s of %s: want %v", name, e.Names(), want)
			}
		}
		if e.Len() != 12 || !strings.HasSuffix(e.Where(2), "manifest.json: row 2") {
			t.Errorf("%d examples, %s", e.Len(), e.Where(2))
		}
	}
	checkRefused(t, []refused{
		{"no position", Spec{Paths: []string{"lmprobe_extraction"}}, []string{"9 to 12 tokens", "a position to choose"}},
		{"axes", Spec{Paths: []string{"lmprobe_extraction"}, Axes: []Axis{Row, Width}}, []string{"axes", "lmprobe"}},
	})
}

// replaceIn rewrites a file of a copied folder.
func replaceIn(t *testing.T, path, old, new string) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(b, []byte(old)) {
		t.Fatalf("%s: no %q", path, old)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(old), []byte(new), 1), 0o666); err != nil {
		t.Fatal(err)
	}
}

// A batch that failed or is not written yet leaves out its prompts, in the table
// too.
func TestLMProbeExtractionInPart(t *testing.T) {
	dir := copyTree(t, "lmprobe_extraction", func(path string) bool { return strings.Contains(path, "batch_000001") })
	replaceIn(t, filepath.Join(dir, "manifest.json"), `[9, 12, 11, 9, 12], "status": "complete"`, `[9, 12, 11, 9, 12], "status": "failed"`)
	spec := Spec{Paths: []string{dir}, ID: "id", Position: "last"}
	d := open(t, spec)
	ids := ownIDs(t)(d)
	if d.Shape().Rows != 7 || ids[4] != "cairo-1" || ids[5] != "quito-1" {
		t.Errorf("%v, ids %q", d.Shape(), ids)
	}
	golden := readTinyStates(t)
	checkStates(t, d, ids, f32Tolerance, func(id string, layer, _ int) []float64 {
		x := golden[id].States
		return x[len(x)-1][1+layer]
	})
}

// Tokens count as the mask says, on whichever side the padding is.
func TestLMProbeExtractionMask(t *testing.T) {
	dir := copyTree(t, "lmprobe_extraction", func(string) bool { return false })
	path := filepath.Join(dir, "layer_000/batch_000002.safetensors")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	tensors, err := readSafetensors(input.InMemory(path, b), Spec{})
	if err != nil {
		t.Fatal(err)
	}
	mask := tensors[slices.IndexFunc(tensors, func(t *tensor) bool { return t.name == "mask" })]
	clear(b[mask.stored.offset : mask.stored.offset+2*8])
	if err := os.WriteFile(path, b, 0o666); err != nil {
		t.Fatal(err)
	}
	d := open(t, Spec{Paths: []string{dir}, ID: "id", Position: "first"})
	golden := readTinyStates(t)
	checkStates(t, d, ownIDs(t)(d), f32Tolerance, func(id string, layer, _ int) []float64 {
		first := 0
		if id == "quito-1" { // the first prompt of the last batch
			first = 2
		}
		return golden[id].States[first][1+layer]
	})
}

func TestLMProbeExtractionDamaged(t *testing.T) {
	const batch = "layer_001/batch_000001.safetensors"
	for _, test := range []struct{ name, file, old, new, want string }{
		{"version", "manifest.json", `"version": 1`, `"version": 2`, "version: found 2, expected 1"},
		{"no layers", "manifest.json", `"layers": [0, 1]`, `"layers": []`, "layers: found none"},
		{"layer twice", "manifest.json", `"layers": [0, 1]`, `"layers": [1, 1]`, "each layer once"},
		{"width", "manifest.json", `"hidden_dim": 16`, `"hidden_dim": 17`, "[5 12 17], as the manifest and the mask say"},
		{"overlap", "manifest.json", `"prompt_start": 5`, `"prompt_start": 4`, "do not overlap"},
		{"too many", "manifest.json", `"prompt_end": 12`, `"prompt_end": 13`, "batches of 12 prompts"},
		{"other batch", "manifest.json", `"prompt_end": 12`, `"prompt_end": 11`, "2 prompts, expected 1"},
		{"path", "manifest.json", `"batch_000001.safetensors"`, `"../../../batch.safetensors"`, "files of the dataset"},
		{"labels", "manifest.json", `"labels": [0, `, `"labels": [`, "one for every prompt"},
		{"no mask", "layer_000/batch_000001.safetensors", `"mask"`, `"musk"`, "no mask"},
		{"no activations", batch, `"activations"`, `"activationz"`, `expected "activations"`},
		{"one file less", batch, "", "gone", "2 of its files, without"},
	} {
		dir := copyTree(t, "lmprobe_extraction", func(path string) bool { return test.new == "gone" && strings.HasSuffix(path, test.file) })
		if test.new != "gone" {
			replaceIn(t, filepath.Join(dir, test.file), test.old, test.new)
		}
		d, err := Open(Spec{Paths: []string{dir}, Position: "last"})
		if err == nil {
			err = d.ReadFloat64(make([]float64, 12*tinyWidth), 1, 0, 0, 12)
			if closed := d.Close(); closed != nil {
				t.Error(closed)
			}
		}
		if err == nil {
			t.Errorf("%s: read", test.name)
			continue
		}
		checkFormatError(t, err, test.want)
	}
}

func openManifest(f *input.File, spec Spec) (source, error) {
	f.Path = formatsFile(manifestFile)
	return openLMProbeExtraction(f, spec)
}

func TestLMProbeDamagedManifest(t *testing.T) {
	whole, err := os.ReadFile(formatsFile(manifestFile))
	if err != nil {
		t.Fatal(err)
	}
	for at := range whole {
		for _, with := range []byte{'9', '[', '-'} {
			damaged := bytes.Clone(whole)
			damaged[at] = with
			exercise(t, damaged, openManifest, Spec{Position: "last"})
		}
	}
	for at := 0; at+4 <= len(whole); at += 4 {
		damaged := bytes.Clone(whole)
		binary.LittleEndian.PutUint32(damaged[at:], 0x39393939) // 9999
		exercise(t, damaged, openManifest, Spec{Position: "mean"})
	}
}

func FuzzLMProbeManifest(f *testing.F) {
	seed(f, "manifest.json")
	f.Fuzz(func(t *testing.T, data []byte) { exercise(t, data, openManifest, Spec{Position: "mean"}) })
}
