package activations

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/activations/internal/input"
)

// lmprobe counts the blocks from 0 and has no embedding.
func TestLMProbe(t *testing.T) {
	golden := readTinyStates(t)
	for _, path := range []string{"lmprobe_last", "lmprobe_last/index/train-00000-of-00001.parquet"} {
		d := open(t, Spec{Paths: []string{formatsFile(path)}, ID: "id"})
		if d.Format() != "lmprobe" || d.DType() != F32 || d.Shape() != (Shape{12, 2, 1, tinyWidth}) {
			t.Errorf("%s of %s, %v", d.Format(), d.DType(), d.Shape())
		}
		if got := d.LayerNames(); !slices.Equal(got, []string{"hidden.layer_0", "hidden.layer_1"}) {
			t.Errorf("layers %q", got)
		}
		ids := ownIDs(t)(d)
		if ids[0] != "lima-0" {
			t.Errorf("the first row is %q, want the shuffled order of the index", ids[0])
		}
		checkStates(t, d, ids, f32Tolerance, func(id string, layer, _ int) []float64 {
			x := golden[id].States
			return x[len(x)-1][1+layer]
		})
	}
	one := open(t, Spec{Paths: []string{formatsFile("lmprobe_last")}, ID: "id", Tensor: "hidden.layer_1"})
	checkStates(t, one, ownIDs(t)(one), f32Tolerance, func(id string, _, _ int) []float64 {
		x := golden[id].States
		return x[len(x)-1][2]
	})
}

// All tokens: the last ones are in shards of their own.
func TestLMProbeTokens(t *testing.T) {
	spec := Spec{Paths: []string{formatsFile("lmprobe_tokens")}, ID: "id"}
	checkPositionChoices(t, spec, f32Tolerance, 1, 2, ownIDs(t))
	checkRefused(t, []refused{
		{"no position", Spec{Paths: []string{"lmprobe_tokens"}}, []string{"9 to 12 tokens", "a position to choose"}},
		{"axes", Spec{Paths: []string{"lmprobe_tokens"}, Axes: []Axis{Row, Width}}, []string{"axes", "lmprobe"}},
		{"no such layer", Spec{Paths: []string{"lmprobe_tokens"}, Tensor: "hidden.layer_7"}, []string{`"hidden.layer_0"`, `"hidden.layer_7"`}},
	})
}

// copyTree copies a folder of testdata/formats, leaving out what skip matches.
func copyTree(t *testing.T, name string, skip func(path string) bool) string {
	t.Helper()
	dir := t.TempDir()
	from := formatsFile(name)
	err := filepath.WalkDir(from, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || skip(path) {
			return err
		}
		to := filepath.Join(dir, strings.TrimPrefix(path, from))
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(to), 0o777)
		}
		if err != nil {
			return err
		}
		return os.WriteFile(to, b, 0o666)
	})
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// Of a dataset that was fetched in part the layers that are here are read.
func TestLMProbeInPart(t *testing.T) {
	dir := copyTree(t, "lmprobe_last", func(path string) bool { return strings.Contains(path, "layer000") })
	d := open(t, Spec{Paths: []string{dir}})
	if got := d.LayerNames(); !slices.Equal(got, []string{"hidden.layer_1"}) {
		t.Errorf("layers %q", got)
	}
	for name, test := range map[string]struct{ skip, want string }{
		"one file":  {"layer001_shard002", "2 of its files, without"},
		"all files": {"hidden_layer", "no file of any"},
		"no index":  {"index", "a directory without state.json"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTree(t, "lmprobe_last", func(path string) bool { return strings.Contains(path, test.skip) })
			d, err := Open(Spec{Paths: []string{dir}})
			if err == nil {
				d.Close()
				t.Fatal("opened")
			}
			checkFormatError(t, err, test.want)
		})
	}
}

// Shards that are not what the index says are refused.
func TestLMProbeDamaged(t *testing.T) {
	shard := "tensors/hidden_layer001_shard001.safetensors"
	for name, test := range map[string]struct{ with, want string }{
		"fewer rows": {"tensors/hidden_layer001_shard002.safetensors", "shape [2 16], expected 5 tokens or more"},
		"other key":  {"tensors/hidden_layer000_shard001.safetensors", `expected "hidden.layer_1"`},
	} {
		t.Run(name, func(t *testing.T) {
			dir := copyTree(t, "lmprobe_last", func(string) bool { return false })
			b, err := os.ReadFile(filepath.Join(dir, test.with))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, shard), b, 0o666)
			}
			if err != nil {
				t.Fatal(err)
			}
			d := open(t, Spec{Paths: []string{dir}})
			err = d.ReadFloat64(make([]float64, 12*tinyWidth), 1, 0, 0, 12)
			if err == nil {
				t.Fatal("read")
			}
			checkFormatError(t, err, test.want)
		})
	}
}

// openIndex opens an index as if it stood in a dataset of testdata/formats.
func openIndex(dataset string) func(*input.File, Spec) (source, error) {
	return func(f *input.File, spec Spec) (source, error) {
		f.Path = formatsFile(dataset + "/index/damaged.parquet")
		return openLMProbe(f, spec)
	}
}

// An index with damage is refused or read, but there is no panic and no memory
// that the files do not back.
func TestLMProbeDamagedIndex(t *testing.T) {
	for _, dataset := range []string{"lmprobe_last", "lmprobe_tokens"} {
		whole, err := os.ReadFile(formatsFile(dataset + "/index/train-00000-of-00001.parquet"))
		if err != nil {
			t.Fatal(err)
		}
		for at := 0; at+4 <= len(whole); at += 12 {
			damaged := bytes.Clone(whole)
			binary.LittleEndian.PutUint32(damaged[at:], 0x7fffffff)
			exercise(t, damaged, openIndex(dataset), Spec{Position: "last"})
		}
	}
}

func FuzzLMProbe(f *testing.F) {
	seed(f, "00001.parquet")
	f.Fuzz(func(t *testing.T, data []byte) {
		exercise(t, data, openIndex("lmprobe_tokens"), Spec{Position: "mean"})
		exercise(t, data, openIndex("lmprobe_last"), Spec{})
	})
}

// What an index may claim of its files, and why not.
func TestLMProbeMetadata(t *testing.T) {
	for text, want := range map[string]string{
		`{`:  "a description of the tensors",
		`{}`: "no hidden layers",
		`{"hidden_layers": {"layers": [0], "dim": 0, "shards": [{}]}}`:    "a width of 0",
		`{"hidden_layers": {"layers": [0, 0], "dim": 4, "shards": [{}]}}`: "each layer once",
		`{"hidden_layers": {"layers": [-1], "dim": 4, "shards": [{}]}}`:   "each layer once",
		`{"hidden_layers": {"layers": [0], "dim": 4, "shards": []}}`:      "0 files",
	} {
		s := &lmprobeSource{index: input.InMemory("index", nil)}
		if err := s.readHidden([]byte(text)); err == nil {
			t.Errorf("%s: read", text)
		} else {
			checkFormatError(t, err, want)
		}
	}
	for pattern, want := range map[string]string{
		"tensors/hidden_layer{layer:03d}_shard{shard:03d}.safetensors": "tensors/hidden_layer002_shard013.safetensors",
		"{layer}/{shard:1d}": "2/13",
		"{other}":            "{other}",
	} {
		if got := fill(pattern, 2, 13); got != want {
			t.Errorf("%s is %q, want %q", pattern, got, want)
		}
	}
	for _, pattern := range []string{"../{layer}", "/etc/{layer}", `a\{layer}`} {
		s := &lmprobeSource{index: input.InMemory("index", nil), hidden: lmprobeHidden{File: pattern}}
		if _, err := s.path(0, 0); err == nil {
			t.Errorf("%s: taken", pattern)
		} else {
			checkFormatError(t, err, "files of the dataset")
		}
	}
}

func TestLMProbePieces(t *testing.T) {
	s := &lmprobeSource{index: input.InMemory("index", nil), hidden: lmprobeHidden{Dim: 1 << 40, Shards: make([]json.RawMessage, 2)}}
	for _, p := range []lmprobePiece{{0, 3, 1}, {0, 4, 2}, {1, 6, 1}, {0, 6, 1}} {
		if err := s.addPiece(0, p); err != nil {
			t.Fatal(err)
		}
	}
	if want := []lmprobePiece{{0, 3, 3}, {1, 6, 1}, {0, 6, 1}}; !slices.Equal(s.pieces, want) {
		t.Errorf("pieces %v, want %v", s.pieces, want)
	}
	for _, p := range []lmprobePiece{{2, 0, 1}, {-1, 0, 1}, {0, -1, 1}, {0, 0, 0}, {0, 0, input.MaxNumbers + 1}, {0, input.MaxNumbers + 1, 1}} {
		if err := s.addPiece(7, p); err == nil {
			t.Errorf("%v: taken", p)
		} else {
			checkFormatError(t, err, "row 7", "one of 2 shards")
		}
	}
	s.tokens = []int{input.MaxNumbers, input.MaxNumbers}
	checkFormatError(t, s.measureShards(), "as many as files can have")
}
