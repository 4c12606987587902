package run_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"tell/study"
)

// capitals loads the real study with a few layers and controls, changed by
// lines that are added to it.
func capitals(t *testing.T, lines ...string) *study.Study {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "capitals", "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	data, err := filepath.Abs(filepath.Join("..", "testdata", "capitals"))
	if err != nil {
		t.Fatal(err)
	}
	text := string(raw)
	for _, name := range []string{"hidden_states.npy", "examples.jsonl"} {
		text = strings.Replace(text, name, filepath.Join(data, name), 1)
	}
	text = strings.Replace(text, "permutations: 200", "permutations: 19", 1)
	text = strings.Replace(text, "bootstrap: 2000", "bootstrap: 200", 1)
	text = strings.Replace(text, "{logspace: [-4, 4, 10]}", "[0.01, 1]", 1)
	return load(t, text+"\nlayers: [0, 6, 18]\n"+strings.Join(lines, "\n"))
}

func load(t *testing.T, text string) *study.Study {
	t.Helper()
	path := filepath.Join(t.TempDir(), "study.yaml")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := study.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func run(t *testing.T, s *study.Study, o study.Options) (*study.Result, []study.Score) {
	t.Helper()
	r, scores, err := study.Run(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, scores
}

func TestRunOnTheRealDump(t *testing.T) {
	r, scores := run(t, capitals(t), study.Options{})

	if len(scores) != 576 || r.Data.Used != 576 || r.Data.Groups != 96 {
		t.Errorf("%d scores, %d rows used in %d groups; want 576, 576 and 96", len(scores), r.Data.Used, r.Data.Groups)
	}
	if want := []study.Count{{Name: "0", N: 403}, {Name: "1", N: 71}, {Name: "neither", N: 102}}; !slices.Equal(r.Data.Behaviour, want) {
		t.Errorf("behaviour %v, want %v", r.Data.Behaviour, want)
	}
	// A grouped 5-fold probe of scikit-learn at C = 0.01 has AUROC .70 on
	// layer 6 and .96 on 18.
	for i, want := range []float64{1: 0.70, 2: 0.96} {
		if got := metric(t, r.Sites[i].Metrics, "auroc"); i > 0 && !(math.Abs(got-want) < 0.02) {
			t.Errorf("layer %d: AUROC %.3f, want %.2f", r.Sites[i].Layer, got, want)
		}
	}
	// All prompts end in the same token: layer 0 is constant, and so is the
	// baseline of the embeddings.
	for name, m := range map[string]study.Metric{"layer 0": r.Sites[0].Metrics[0], "embedding": r.Baselines[2].Metrics[0], "probe - embedding": r.Baselines[2].Difference[0]} {
		if want := "constant: every row has the same state"; m.Estimate.Reason != want {
			t.Errorf("%s: AUROC %v, want not estimable: %s", name, m.Estimate, want)
		}
	}
	for _, c := range r.Nested.Choices {
		if c.Layer != 18 {
			t.Errorf("fold %d chose layer %d, want 18", c.Fold, c.Layer)
		}
	}
	if p := r.Sites[2].Permutation; p == nil || p.P != 1.0/20 || p.PMax != 1.0/20 {
		t.Errorf("layer 18: permutation test %+v, want the smallest p that 19 draws allow", p)
	}
	var names []string
	for _, b := range r.Baselines {
		names = append(names, b.Name)
	}
	if want := []string{study.Majority, study.TextOnly, study.Embedding, study.Nuisances, study.BehaviourOnly}; !slices.Equal(names, want) {
		t.Errorf("baselines %v, want %v", names, want)
	}
	if r.Gap == nil || !r.Gap.Headline().OK() || r.Gap.Headline().Value < 0.1 {
		t.Errorf("headline %v, want a gap", r.Gap.Headline())
	}
	if e := r.Gap.MatchedAUROC(); e.Interval == nil || e.Interval.Low < 0.5 {
		t.Errorf("matched AUROC %v, want one above .5", e)
	}
	if len(r.Gap.Conditions) != 1 || len(r.Gap.Strata) != 1 || len(r.Gap.Strata[0].Slices) != 3 {
		t.Errorf("%d conditions, strata %v; want one condition, three templates", len(r.Gap.Conditions), r.Gap.Strata)
	}
	if got, want := codes(r.Warnings), []string{"constant-states", "behaviour-one-label", "baseline-below-chance"}; !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	for _, m := range r.Nested.Metrics {
		if noted := len(m.Estimate.Warnings) > 0; noted != (m.Name == "ece") {
			t.Errorf("%s: notes %q, want one at the calibration error alone", m.Name, m.Estimate.Warnings)
		}
	}
	p := r.Provenance
	if p.Platform != runtime.GOOS+"/"+runtime.GOARCH || p.Instructions != "gonum" {
		t.Errorf("made on %q with %q; no kernels are in use", p.Platform, p.Instructions)
	}
	if len(r.Provenance.Files) != 2 || len(r.Provenance.Files[0].SHA256) != 64 {
		t.Errorf("provenance of files %v, want the dump and the examples with their hashes", r.Provenance.Files)
	}
}

func codes(warnings []study.Warning) []string {
	var codes []string
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

func metric(t *testing.T, list []study.Metric, name string) float64 {
	t.Helper()
	for _, m := range list {
		if m.Name == name {
			return m.Estimate.Value
		}
	}
	t.Fatalf("no metric %s in %v", name, list)
	return 0
}

// Neither the number of workers nor streaming may change a byte.
func TestRunGivesTheSameBytes(t *testing.T) {
	s := capitals(t)
	s.Layers, s.Probe.C = []int{6, 18}, study.Grid{0.01}
	s.Controls.Permutations, s.Probe.InnerFolds = 20, 2
	bytesOf := func(o study.Options) []byte {
		r, scores := run(t, s, o)
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Appendf(raw, "%+v", scores)
	}
	one := bytesOf(study.Options{Workers: 1})
	for name, o := range map[string]study.Options{
		"three workers": {Workers: 3},
		"streaming":     {Workers: 2, Memory: 1 << 20},
	} {
		if !bytes.Equal(one, bytesOf(o)) {
			t.Errorf("%s and one worker give different results", name)
		}
	}
}

// toy is a study of two layers, the second of which knows the label; spoil may
// change the numbers (row, layer, width) before they are written.
func toy(t *testing.T, spoil func(x []float64), lines string) *study.Study {
	t.Helper()
	const n, layers, width = 60, 2, 3
	x := make([]float64, n*layers*width)
	var table strings.Builder
	for i := range n {
		y := i / 3 % 2
		for j := range layers * width {
			x[i*layers*width+j] = math.Sin(float64(7*i + 13*j))
		}
		x[i*layers*width+width] += 3 * float64(y)
		fmt.Fprintf(&table, `{"y": %d, "item": %d, "act": %d, "question": "q%d"}`+"\n", y, i/3, i%3, i)
	}
	if spoil != nil {
		spoil(x)
	}
	dir := t.TempDir()
	header := fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, %d, %d), }", n, layers, width)
	header += strings.Repeat(" ", 118-len(header)-1) + "\n"
	npy := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	npy = append(npy, header...)
	for _, v := range x {
		npy = binary.LittleEndian.AppendUint64(npy, math.Float64bits(v))
	}
	for name, data := range map[string][]byte{"x.npy": npy, "table.jsonl": []byte(table.String())} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return load(t, fmt.Sprintf(`
activations: {path: %q}
examples: %q
target: y
group: item
controls: {permutations: 19, bootstrap: 100}
probe: {C: [0.01, 1], folds: 4, inner_folds: 3}
%s`, filepath.Join(dir, "x.npy"), filepath.Join(dir, "table.jsonl"), lines))
}

func TestRunWithoutBehaviour(t *testing.T) {
	r, scores := run(t, toy(t, nil, ""), study.Options{})
	if r.Gap != nil || r.Data.Behaviour != nil {
		t.Errorf("gap %v, behaviour %v; want none, the study maps no behaviour", r.Gap, r.Data.Behaviour)
	}
	if got := metric(t, r.Nested.Metrics, "auroc"); got < 0.95 {
		t.Errorf("AUROC %.3f, want at least .95", got)
	}
	if !math.IsNaN(scores[0].TextScore) || !math.IsNaN(scores[0].CalibratedScore) {
		t.Errorf("text score %v, behaviour score %v; want none", scores[0].TextScore, scores[0].CalibratedScore)
	}
}

func TestRunRepeats(t *testing.T) {
	s := toy(t, nil, "")
	s.Probe.Repeats = 3
	r, scores := run(t, s, study.Options{})
	if len(r.Nested.Choices) != 3*4 || strings.Count(scores[0].Split, ";") != 2 {
		t.Errorf("%d choices, split %q; want 12 and three folds", len(r.Nested.Choices), scores[0].Split)
	}
}

// A layer that overflowed is left out and said to be, and the others go on.
func TestRunWithOneBadLayer(t *testing.T) {
	r, _ := run(t, toy(t, func(x []float64) { x[7*6+1] = math.Inf(1) }, ""), study.Options{})
	e := r.Sites[0].Metrics[0].Estimate
	if e.OK() || !strings.Contains(e.Reason, "1 infinite") {
		t.Errorf("layer 0: %v, want not estimable for an infinite number", e)
	}
	if got := metric(t, r.Sites[1].Metrics, "auroc"); got < 0.95 {
		t.Errorf("layer 1: AUROC %.3f, want at least .95", got)
	}
	if !slices.ContainsFunc(r.Warnings, func(w study.Warning) bool { return w.Code == "non-finite-states" }) {
		t.Errorf("warnings %v, want one of numbers that are not finite", r.Warnings)
	}

}

// A constant layer has no test against shuffled labels, and the others keep
// theirs.
func TestRunWithConstantLayer(t *testing.T) {
	r, _ := run(t, toy(t, func(x []float64) {
		for row := 0; row < len(x); row += 6 {
			clear(x[row : row+3])
		}
	}, ""), study.Options{})
	if p := r.Sites[0].Permutation; p != nil {
		t.Errorf("layer 0: permutation test %+v of a constant, want none", p)
	}
	if p := r.Sites[1].Permutation; p == nil || p.P != 1.0/20 || p.PMax != 1.0/20 {
		t.Errorf("layer 1: permutation test %+v, want the smallest p that 19 draws allow", p)
	}
}

func TestRunWithoutUsableLayer(t *testing.T) {
	const (
		notFinite = "layer 0, position 0: 180 NaN and 0 infinite numbers in the rows used, first in row 0 of them"
		same      = "layer 0, position 0: constant: every row has the same state"
	)
	for _, c := range []struct {
		layers [2]float64
		want   string
	}{
		{[2]float64{math.NaN(), math.NaN()}, notFinite},
		{[2]float64{2, 2}, same},
		{[2]float64{2, math.NaN()}, strings.Replace(notFinite, "layer 0", "layer 1", 1) + "; " + same},
	} {
		_, _, err := study.Run(t.Context(), toy(t, func(x []float64) {
			for i := range x {
				x[i] = c.layers[i/3%2]
			}
		}, ""), study.Options{})
		if err == nil || !strings.HasSuffix(err.Error(), "nothing can be decoded from any layer; "+c.want) {
			t.Errorf("error %v, want that nothing can be decoded; %s", err, c.want)
		}
	}
}

// A probe that is surer of itself than it is right has a larger log loss than
// chance, and is chosen before a layer where all rows are the same.
func TestRunNeverChoosesAConstantLayer(t *testing.T) {
	r, _ := run(t, toy(t, func(x []float64) {
		for row := 0; row < len(x); row += 6 {
			clear(x[row : row+3])
			for j := 3; j < 6; j++ {
				x[row+j] = math.Sin(float64(row * row * j))
			}
		}
	}, ""), study.Options{})
	if loss := metric(t, r.Sites[1].Metrics, "log_loss"); loss <= math.Ln2 {
		t.Fatalf("layer 1: log loss %.3f, want more than chance for this test to mean something", loss)
	}
	for _, c := range r.Nested.Choices {
		if c.Layer == 0 {
			t.Errorf("fold %d chose layer 0, where every row is the same", c.Fold)
		}
	}
}

func TestRunStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := capitals(t)
	_, _, err := study.Run(ctx, s, study.Options{Progress: func(string, int, int) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

// What only the data can tell to be wrong is an error at the line that asks for
// it.
func TestRunErrorsNameTheLine(t *testing.T) {
	for _, c := range []struct{ lines, want string }{
		{"positions:\n- 0\n- 1", "study.yaml:10: positions[1]: found 1, expected 0 to 0, as the dump has"},
		{"layers: [1, 2]", "study.yaml:8: layers[1]: found 2, expected 0 to 1, as the dump has"},
		{"rows: item < 3", "study.yaml:7: probe.folds: found 4 folds, expected at most 3, as many as there are groups among the rows used"},
		{"rows: item < 4", "study.yaml:7: probe: repeat 0, fold 0: inner folds: "},
	} {
		_, _, err := study.Run(t.Context(), toy(t, nil, c.lines), study.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.lines, err, c.want)
		}
	}
	s := load(t, "target: y\nactivations:\n  path: none.npy\n")
	_, _, err := study.Run(t.Context(), s, study.Options{})
	if err == nil || !strings.Contains(err.Error(), "study.yaml:2: activations: ") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one at activations that there is no such file", err)
	}
}
