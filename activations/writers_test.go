package activations

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"
)

// tinyWidth numbers make a state of the model that the writers in
// testdata/formats had; some of them are in tiny_states.json.
const tinyWidth = 16

var tinySome = []int{0, 7, 15}

// tinyStates are, by row, tokens x layers x some numbers: the embedding and the
// output of every block, and the last token with the final norm.
type tinyStates map[string]struct{ States, Normalised [][][]float64 }

func readTinyStates(t *testing.T) (states tinyStates) {
	t.Helper()
	readTestJSON(t, "tiny_states.json", &states)
	return states
}

func readTestJSON(t *testing.T, name string, v any) {
	t.Helper()
	b, err := os.ReadFile(formatsFile(name))
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// tinyRows are the ids of the rows in the order of the prompts.
func tinyRows() []string {
	var ids []string
	for _, city := range []string{"paris", "cairo", "lima", "quito"} {
		for i := range 3 {
			ids = append(ids, fmt.Sprintf("%s-%d", city, i))
		}
	}
	return ids
}

// exampleIDs gives the id of every line of a table by another of its columns.
func exampleIDs(t *testing.T, path, column string) map[string]string {
	t.Helper()
	e, err := ReadExamples(formatsFile(path))
	if err != nil {
		t.Fatal(err)
	}
	id, _ := e.Column("id")
	by, ok := e.Column(column)
	if !ok {
		t.Fatalf("%s: no column %q", path, column)
	}
	ids := map[string]string{}
	for i := range e.Len() {
		ids[by.String(i)] = id.String(i)
	}
	return ids
}

// checkStates compares all that d holds with want, the numbers of a row by
// layer and position. tol is relative to numbers above 1.
func checkStates(t *testing.T, d *Dump, rows []string, tol float64, want func(id string, layer, position int) []float64) {
	t.Helper()
	s := d.Shape()
	if s.Rows != len(rows) || s.Width != tinyWidth {
		t.Fatalf("%v, want %d rows of width %d", s, len(rows), tinyWidth)
	}
	dst := make([]float64, s.Rows*s.Width)
	for layer := range s.Layers {
		for position := range s.Positions {
			if err := d.ReadFloat64(dst, layer, position, 0, s.Rows); err != nil {
				t.Fatal(err)
			}
			for i, id := range rows {
				for k, w := range want(id, layer, position) {
					if got := dst[i*s.Width+tinySome[k]]; !(math.Abs(got-w) <= tol*max(1, math.Abs(w))) {
						t.Fatalf("row %d (%s), layer %d, position %d, number %d: %v, want %v", i, id, layer, position, tinySome[k], got, w)
					}
				}
			}
		}
	}
}

// Tolerances for the rounding of stored numbers, and of a forward pass in them.
const (
	bf16Tolerance = 1.0 / 256
	f16Tolerance  = 1.0 / 1024
	halfTolerance = 1.0 / 32
	f32Tolerance  = 1e-4
)

// tokenChoices are choices of positions and the tokens of a row of n that they
// leave; for the mean these are all.
var tokenChoices = map[string]func(n int) []int{
	"first": func(int) []int { return []int{0} },
	"last":  func(n int) []int { return []int{n - 1} },
	"-2":    func(n int) []int { return []int{n - 2} },
	"4":     func(int) []int { return []int{4} },
	"1:4":   func(int) []int { return []int{1, 2, 3} },
	"-3:":   func(n int) []int { return []int{n - 3, n - 2, n - 1} },
}

// checkPositionChoices opens spec with every choice of positions and compares
// with the states from layer first on.
func checkPositionChoices(t *testing.T, spec Spec, tol float64, first, layers int, rowsOf func(d *Dump) []string) {
	t.Helper()
	golden := readTinyStates(t)
	for choice, tokens := range tokenChoices {
		spec.Position = choice
		d := open(t, spec)
		if n := len(tokens(9)); d.Shape().Layers != layers || d.Shape().Positions != n {
			t.Fatalf("position %s: %v, want %d layers x %d positions", choice, d.Shape(), layers, n)
		}
		checkStates(t, d, rowsOf(d), tol, func(id string, layer, position int) []float64 {
			x := golden[id].States
			return x[tokens(len(x))[position]][first+layer]
		})
	}
	spec.Position = "mean"
	d := open(t, spec)
	const cancels = 8 // numbers of both signs, up to 20, make a mean near 0
	checkStates(t, d, rowsOf(d), cancels*tol, func(id string, layer, _ int) []float64 {
		mean := make([]float64, len(tinySome))
		x := golden[id].States
		for _, token := range x {
			for k, v := range token[first+layer] {
				mean[k] += v / float64(len(x))
			}
		}
		return mean
	})
}

// The files of vLLM's connector need no axes; they come in the order of the
// requests, and each is named in the column "file".
func TestVLLM(t *testing.T) {
	byFile := exampleIDs(t, "vllm/examples.jsonl", "file")
	spec := Spec{Paths: []string{formatsFile("vllm/*.safetensors")}, ID: "file"}
	checkPositionChoices(t, spec, bf16Tolerance, 0, 3, func(d *Dump) []string {
		files, err := d.IDs()
		if err != nil {
			t.Fatal(err)
		}
		var ids []string
		for i, file := range files {
			if number, _, _ := strings.Cut(file, "-"); number != fmt.Sprint(i) {
				t.Fatalf("file %q is row %d", file, i)
			}
			ids = append(ids, byFile[file])
		}
		return ids
	})
	checkRefused(t, []refused{
		{"no position", Spec{Paths: []string{"vllm/*.safetensors"}}, []string{"11 positions", "a position to choose", "12 positions"}},
		{"too few", Spec{Paths: []string{"vllm/*.safetensors"}, Position: "11"}, []string{"1-629f6fbe", "11 positions", "position 11"}},
	})
}

// The examples say for every request which token to read.
func TestVLLMTokenOfExamples(t *testing.T) {
	golden := readTinyStates(t)
	byFile := exampleIDs(t, "vllm/examples.jsonl", "file")
	d := open(t, Spec{Paths: []string{formatsFile("vllm/*.safetensors")}, ID: "file", Position: "city"})
	e, err := ReadExamples(formatsFile("vllm/examples.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]int{}
	var rowOf []int
	for i := range e.Len() {
		id, _ := e.Column("id")
		city, _ := e.Column("city")
		at[id.String(i)] = city.Value(i).(int)
		rowOf = append(rowOf, i)
	}
	positions, err := d.PositionsFrom(e, rowOf)
	if err == nil {
		d, err = d.WithPositions(*positions)
	}
	if err != nil {
		t.Fatal(err)
	}
	var rows []string
	for _, file := range ownIDs(t)(d) {
		rows = append(rows, byFile[file])
	}
	want := func(first int) func(id string, layer, _ int) []float64 {
		return func(id string, layer, _ int) []float64 { return golden[id].States[at[id]][first+layer] }
	}
	checkStates(t, d, rows, bf16Tolerance, want(0))

	// The index of lmprobe has the column itself.
	own := open(t, Spec{Paths: []string{formatsFile("lmprobe_tokens")}, ID: "id", Position: "city"})
	checkStates(t, own, ownIDs(t)(own), f32Tolerance, want(1))
}

// With axes that begin with the rows every token is one, and knows its file.
func TestVLLMTokensAsRows(t *testing.T) {
	golden := readTinyStates(t)
	byFile := exampleIDs(t, "vllm/examples.jsonl", "file")
	d := open(t, Spec{Paths: []string{formatsFile("vllm/*.safetensors")}, Axes: []Axis{Row, Layer, Width}, ID: "token"})
	tokens, err := d.IDs()
	if err != nil {
		t.Fatal(err)
	}
	if len(tokens) != 4*(12+11+9) || tokens[12] != "1-629f6fbe:0" {
		t.Errorf("%d tokens, the 13th %q", len(tokens), tokens[12])
	}
	checkStates(t, d, tokens, bf16Tolerance, func(token string, layer, _ int) []float64 {
		file, position, _ := strings.Cut(token, ":")
		var i int
		fmt.Sscan(position, &i)
		return golden[byFile[file]].States[i][layer]
	})
	e, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := e.Names(), `"token_ids", "file", "position", "token"`; got != want {
		t.Errorf("columns %s, want %s", got, want)
	}
	if c, _ := e.Column("position"); c.Value(0) != 0 || c.Value(11) != 11 || c.Value(12) != 0 {
		t.Errorf("positions %v, %v and %v", c.Value(0), c.Value(11), c.Value(12))
	}
	ids, _ := e.Column("token_ids")
	if ids.Kind != Int || ids.Value(0) == ids.Value(1) {
		t.Errorf("token ids %v, %v", ids.Value(0), ids.Value(1))
	}
}

// speculators names the files by the row of its dataset and leaves out the
// requests that failed: hs_3 here.
func TestSpeculators(t *testing.T) {
	byFile := exampleIDs(t, "speculators/examples.jsonl", "file")
	spec := Spec{Paths: []string{formatsFile("speculators/hidden_states/*.safetensors")}, ID: "file"}
	checkPositionChoices(t, spec, bf16Tolerance, 0, 3, func(d *Dump) []string {
		files, err := d.IDs()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(files, " "); got != "hs_0 hs_1 hs_2 hs_4 hs_5 hs_6 hs_7 hs_8 hs_9 hs_10 hs_11" {
			t.Fatalf("files %s", got)
		}
		var ids []string
		for _, file := range files {
			ids = append(ids, byFile[file])
		}
		return ids
	})
}

// The dataset that speculators prepares is a table without states.
func TestSpeculatorsDataset(t *testing.T) {
	e, err := ReadExamples(formatsFile("speculators"))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := e.Column("seq_len"); !ok || e.Len() != 12 || c.Value(1) != 11 {
		t.Errorf("%d rows of %s", e.Len(), e.Names())
	}
}

func ownIDs(t *testing.T) func(d *Dump) []string {
	return func(d *Dump) []string {
		ids, err := d.IDs()
		if err != nil {
			t.Fatal(err)
		}
		return ids
	}
}

// honest_llama keeps the embedding and the normalised last layer, and the heads
// of every block side by side.
func TestHonestLlama(t *testing.T) {
	golden := readTinyStates(t)
	d := open(t, Spec{Paths: []string{formatsFile("honest_llama/tiny_tqa_mc2_layer_wise.npy")}})
	if d.Shape() != (Shape{12, 3, 1, tinyWidth}) || d.DType() != F16 {
		t.Errorf("%s of %v", d.DType(), d.Shape())
	}
	checkStates(t, d, tinyRows(), halfTolerance, func(id string, layer, _ int) []float64 { return golden[id].Normalised[0][layer] })

	var heads map[string][][]float64
	readTestJSON(t, "honest_llama/heads.json", &heads)
	for _, spec := range []Spec{
		{Paths: []string{formatsFile("honest_llama/tiny_tqa_mc2_head_wise.npy")}},
		{Paths: []string{formatsFile("honest_llama/head_wise_4d.npy")}, Axes: []Axis{Row, Layer, Head, Width}},
	} {
		d := open(t, spec)
		if d.Shape() != (Shape{12, 2, 1, tinyWidth}) {
			t.Errorf("%v", d.Shape())
		}
		checkStates(t, d, tinyRows(), halfTolerance, func(id string, layer, _ int) []float64 { return heads[id][layer] })
	}

	// The second head by itself: numbers 8 to 15 of the sixteen.
	one := open(t, Spec{Paths: []string{formatsFile("honest_llama/head_wise_4d.npy")}, Position: "1"})
	dst := make([]float64, 12*8)
	if err := one.ReadFloat64(dst, 1, 0, 0, 12); err != nil {
		t.Fatal(err)
	}
	for i, id := range tinyRows() {
		if got, want := dst[i*8+7], heads[id][1][2]; math.Abs(got-want) > 0.05 {
			t.Errorf("row %d: the last number of head 1 is %v, want %v", i, got, want)
		}
	}
}

func TestHeadAxis(t *testing.T) {
	for want, axes := range map[string][]Axis{
		`expected "head" right before "width"`: {Row, Head, Layer, Width},
		"4 axes [row layer head width]":        {Row, Layer, Head, Width},
	} {
		if d, err := Open(Spec{Paths: []string{formatsFile("v1_f2.npy")}, Axes: axes}); err == nil {
			d.Close()
			t.Errorf("%v opened", axes)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %q, want %q", axes, err, want)
		}
	}
	// In Fortran order the numbers of a head are not side by side.
	checkRefused(t, []refused{{"fortran", Spec{Paths: []string{"fortran_f2.npy"}, Axes: []Axis{Row, Head, Width}}, []string{"[5 3 4]", "heads side by side"}}})
}

func TestTransformerLens(t *testing.T) {
	golden := readTinyStates(t)
	for _, file := range []string{"cache.npz", "cache.safetensors"} {
		d := open(t, Spec{Paths: []string{formatsFile("transformer_lens/" + file)}, Tensor: "blocks.*.hook_resid_post"})
		if d.Shape() != (Shape{12, 2, 12, tinyWidth}) || d.LayerNames()[1] != "blocks.1.hook_resid_post" {
			t.Errorf("%s: %v, layers %q", file, d.Shape(), d.LayerNames())
		}
		checkStates(t, d, tinyRows(), f16Tolerance, func(id string, layer, position int) []float64 {
			if x := golden[id].States; position < len(x) {
				return x[position][1+layer]
			}
			return nil // padding
		})
	}
	d := open(t, Spec{Paths: []string{formatsFile("transformer_lens/accumulated_resid.npy")}, Axes: []Axis{Layer, Row, Width}})
	checkStates(t, d, tinyRows(), f32Tolerance, func(id string, layer, _ int) []float64 {
		x := golden[id].States
		return x[len(x)-1][layer]
	})
	for _, spec := range []Spec{{Paths: []string{formatsFile("nnsight/states.npy")}}, {Paths: []string{formatsFile("nnsight/states.safetensors")}}} {
		d := open(t, spec)
		if d.Shape() != (Shape{12, 3, 1, tinyWidth}) {
			t.Errorf("%v", d.Shape())
		}
		checkStates(t, d, tinyRows(), f16Tolerance, func(id string, layer, _ int) []float64 {
			x := golden[id].States
			return x[len(x)-1][layer]
		})
	}
}

func TestNaturalOrder(t *testing.T) {
	names := []string{"hs_10.st", "hs_9.st", "hs_a.st", "hs_09.st", "hs_2.st", "a/hs_100", "hs_", "b10c2", "b2c10", "b10c1", "x99999999999999999999", "x100000000000000000000"}
	want := []string{"a/hs_100", "b2c10", "b10c1", "b10c2", "hs_", "hs_2.st", "hs_09.st", "hs_9.st", "hs_10.st", "hs_a.st", "x99999999999999999999", "x100000000000000000000"}
	slices.SortFunc(names, naturalOrder)
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}
