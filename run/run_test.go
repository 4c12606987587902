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

	"tell/activations"
	"tell/estimate"
	"tell/gap"
	"tell/result"
	"tell/run"
	"tell/study"
)

// capitals loads the real study with a few layers and controls, changed by
// lines that are added to it.
func capitals(t *testing.T, lines ...string) *study.Study {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "testdata", "capitals", "onesided.yaml"))
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

func runs(t *testing.T, s *study.Study, o run.Options) (*result.Result, []result.Score) {
	t.Helper()
	r, scores, err := run.Run(t.Context(), s, o)
	if err != nil {
		t.Fatal(err)
	}
	return r, scores
}

func TestRunOnTheRealDump(t *testing.T) {
	r, scores := runs(t, capitals(t), run.Options{})

	if len(scores) != 576 || r.Data.Used != 576 || r.Data.Groups != 96 {
		t.Errorf("%d scores, %d rows used in %d groups; want 576, 576 and 96", len(scores), r.Data.Used, r.Data.Groups)
	}
	if want := []result.Count{{Name: "0", N: 403}, {Name: "1", N: 71}, {Name: "neither", N: 102}}; !slices.Equal(r.Data.Behaviour, want) {
		t.Errorf("behaviour %v, want %v", r.Data.Behaviour, want)
	}
	// A grouped 5-fold probe of scikit-learn at C = 0.01 has AUROC .70 on
	// layer 6 and .96 on 18.
	curve := r.Table.In(result.Curve)
	for layer, want := range map[int]float64{6: 0.70, 18: 0.96} {
		if got := curve.At(layer, 0).Estimate("auroc").Value; !(math.Abs(got-want) < 0.02) {
			t.Errorf("layer %d: AUROC %.3f, want %.2f", layer, got, want)
		}
	}
	// All prompts end in the same token: layer 0 is constant, and so is the
	// baseline of the embeddings.
	embedding := r.Table.In(result.Baseline).Of(result.Embedding)
	for name, e := range map[string]estimate.Estimate{
		"layer 0": curve.At(0, 0).Estimate("auroc"), "embedding": embedding.Estimate("auroc"), "probe - embedding": embedding.Estimate("auroc" + result.Difference),
	} {
		if want := "constant: every row has the same state"; e.Reason != want {
			t.Errorf("%s: AUROC %v, want not estimable: %s", name, e, want)
		}
	}
	for _, c := range r.Choices {
		if c.Layer != 18 {
			t.Errorf("fold %d chose layer %d, want 18", c.Fold, c.Layer)
		}
	}
	if p, pMax := curve.At(18, 0).Estimate(result.KeyPMax), pAlone(curve.At(18, 0)); pMax != 1.0/20 || p.Value != 1.0/20 {
		t.Errorf("layer 18: p %v, over all layers %v, want the smallest p that 19 draws allow", pMax, p)
	}
	var names []string
	for _, b := range r.Predictors {
		names = append(names, b.Name)
	}
	if want := []string{result.Majority, result.Text, result.Embedding, result.Nuisance, result.Behaviour}; !slices.Equal(names, want) {
		t.Errorf("baselines %v, want %v", names, want)
	}
	all := r.Table.In(result.Gap).On(result.Subset{})
	if e := all.Estimate(gap.KeyBeyondText); !e.OK() || e.Value < 0.1 {
		t.Errorf("headline %v, want a gap", e)
	}
	if e := all.Estimate(gap.KeyMatchedAUROC); e.Interval == nil || e.Interval.Low < 0.5 {
		t.Errorf("matched AUROC %v, want one above .5", e)
	}
	if slices := r.Table.In(result.Slice).Subsets(); len(slices) != 1+3 || slices[0].Column != result.Condition || slices[1].Column != "template" {
		t.Errorf("slices %v; want one condition, three templates", slices)
	}
	if got, want := codes(r.Warnings), []string{"constant-states", "decision-unreachable", "baseline-below-chance"}; !slices.Equal(got, want) {
		t.Errorf("warnings %q, want %q", got, want)
	}
	for _, m := range r.Table.In(result.Nested).On(result.Subset{}) {
		if noted := len(m.Estimate.Warnings) > 0; noted != (m.Key == "ece") {
			t.Errorf("%s: notes %q, want one at the calibration error alone", m.Key, m.Estimate.Warnings)
		}
	}
	p := r.Provenance
	if p.Platform != runtime.GOOS+"/"+runtime.GOARCH || p.Instructions == "" || !strings.Contains(p.Text, "user_wrong") || len(p.Plan) != 64 {
		t.Errorf("provenance %+v lacks the platform, the study's text or the plan", p)
	}
	if len(r.Provenance.Files) != 2 || len(r.Provenance.Files[0].SHA256) != 64 {
		t.Errorf("provenance of files %v, want the dump and the examples with their hashes", r.Provenance.Files)
	}
}

func codes(warnings []result.Warning) []string {
	var codes []string
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

func pAlone(at result.Table) float64 {
	row, _ := at.Find(result.KeyPermuted)
	if row.Null == nil {
		return math.NaN()
	}
	return row.Null.P
}

func nestedValue(r *result.Result, key string) float64 {
	return r.Table.In(result.Nested).Estimate(key).Value
}

// Neither the number of workers nor streaming may change a byte.
func TestRunGivesTheSameBytes(t *testing.T) {
	s := capitals(t)
	s.Layers, s.Probe.C = []int{6, 18}, study.Grid{0.01}
	s.Controls.Permutations, s.Probe.InnerFolds = 4, 2
	bytesOf := func(o run.Options) []byte {
		r, scores := runs(t, s, o)
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		return fmt.Appendf(raw, "%+v", scores)
	}
	one := bytesOf(run.Options{Workers: 1})
	for name, o := range map[string]run.Options{
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
	r, scores := runs(t, toy(t, nil, ""), run.Options{})
	if g := r.Table.In(result.Gap); g != nil || r.Data.Behaviour != nil {
		t.Errorf("gap %v, behaviour %v; want none, the study maps no behaviour", g, r.Data.Behaviour)
	}
	if got := nestedValue(r, "auroc"); got < 0.95 {
		t.Errorf("AUROC %.3f, want at least .95", got)
	}
	if !math.IsNaN(scores[0].TextScore) || !math.IsNaN(scores[0].BehaviourScore) {
		t.Errorf("text score %v, behaviour score %v; want none", scores[0].TextScore, scores[0].BehaviourScore)
	}
}

func TestRunRepeats(t *testing.T) {
	s := toy(t, nil, "")
	s.Probe.Repeats = 3
	r, scores := runs(t, s, run.Options{})
	if len(r.Choices) != 3*4 || len(scores) != 3*60 || scores[2].ID != scores[0].ID || scores[2].Repeat != 2 {
		t.Errorf("%d choices, %d scores; want 12 and three of every row", len(r.Choices), len(scores))
	}
}

// The scores of every repeat are its own: their means have the log loss that the
// table states, and every prediction follows from the score beside it.
func TestScoresAreThoseOfTheirRepeat(t *testing.T) {
	s := richToy(t)
	s.Probe.Repeats, s.Layers = 3, []int{0}
	r, scores := runs(t, s, run.Options{})
	of := map[string]func(result.Score) float64{
		result.Probe:     func(s result.Score) float64 { return s.Score },
		result.Text:      func(s result.Score) float64 { return s.TextScore },
		result.Behaviour: func(s result.Score) float64 { return s.BehaviourScore },
	}
	for name, score := range of {
		mean := map[string]float64{}
		label := map[string]int{}
		differ := false
		for i, s := range scores {
			mean[s.ID] += score(s) / 3
			label[s.ID] = s.Label
			differ = differ || s.Repeat > 0 && score(s) != score(scores[i-1])
		}
		if !differ {
			t.Errorf("%s: the repeats have the same scores, so that one could be taken for another", name)
		}
		var loss float64
		for id, p := range mean {
			if label[id] == 0 {
				p = 1 - p
			}
			loss -= math.Log(p) / float64(len(mean))
		}
		table := r.Table.In(result.Baseline).Of(name)
		if name == result.Probe {
			table = r.Table.In(result.Nested)
		}
		if want := table.Estimate("log_loss").Value; !(math.Abs(loss-want) < 1e-9) {
			t.Errorf("%s: scores of log loss %v, the table says %v", name, loss, want)
		}
	}
	differ := false
	for i, s := range scores {
		if want := s.Score > 0.5; (s.Prediction == 1) != want {
			t.Errorf("row %s, repeat %d: score %v, prediction %d", s.ID, s.Repeat, s.Score, s.Prediction)
		}
		differ = differ || s.Repeat > 0 && s.Prediction != scores[i-1].Prediction
	}
	if !differ {
		t.Error("the repeats predict the same, so that one could be taken for another")
	}
}

// A layer that overflowed is left out and said to be, and the others go on.
func TestRunWithOneBadLayer(t *testing.T) {
	r, _ := runs(t, toy(t, func(x []float64) { x[7*6+1] = math.Inf(1) }, ""), run.Options{})
	e := r.Table.In(result.Curve).At(0, 0)[0].Estimate
	if e.OK() || !strings.Contains(e.Reason, "1 infinite") {
		t.Errorf("layer 0: %v, want not estimable for an infinite number", e)
	}
	if got := r.Table.In(result.Curve).At(1, 0).Estimate("auroc").Value; got < 0.95 {
		t.Errorf("layer 1: AUROC %.3f, want at least .95", got)
	}
	if !slices.ContainsFunc(r.Warnings, func(w result.Warning) bool { return w.Code == "non-finite-states" }) {
		t.Errorf("warnings %v, want one of numbers that are not finite", r.Warnings)
	}

}

// A constant layer has no test against shuffled labels, and the others keep
// theirs.
func TestRunWithConstantLayer(t *testing.T) {
	r, _ := runs(t, toy(t, func(x []float64) {
		for row := 0; row < len(x); row += 6 {
			clear(x[row : row+3])
		}
	}, ""), run.Options{})
	curve := r.Table.In(result.Curve)
	if p, tested := curve.At(0, 0).Find(result.KeyPermuted); tested {
		t.Errorf("layer 0: permutation test %+v of a constant, want none", p)
	}
	if p, pMax := pAlone(curve.At(1, 0)), curve.At(1, 0).Estimate(result.KeyPMax); p != 1.0/20 || pMax.Value != 1.0/20 {
		t.Errorf("layer 1: p %v, over all layers %v, want the smallest p that 19 draws allow", p, pMax)
	}
}

func TestRunWithoutUsableLayer(t *testing.T) {
	const (
		notFinite = "layer 0, position 0: 180 NaN and 0 infinite numbers in the rows used, first in row 0 of them"
		same      = "layer 0, position 0: constant: every row has the same state. It may be that of padding or of a token that all prompts end in: state activations.length or activations.mask, or another position"
	)
	for _, c := range []struct {
		layers [2]float64
		want   string
	}{
		{[2]float64{math.NaN(), math.NaN()}, notFinite},
		{[2]float64{2, 2}, same},
		{[2]float64{2, math.NaN()}, strings.Replace(notFinite, "layer 0", "layer 1", 1) + "; " + same},
	} {
		_, _, err := run.Run(t.Context(), toy(t, func(x []float64) {
			for i := range x {
				x[i] = c.layers[i/3%2]
			}
		}, ""), run.Options{})
		if err == nil || !strings.HasSuffix(err.Error(), "nothing can be decoded from any layer; "+c.want) {
			t.Errorf("error %v, want that nothing can be decoded; %s", err, c.want)
		}
	}
}

// A probe that is surer of itself than it is right has a larger log loss than
// chance, and is chosen before a layer where all rows are the same.
func TestRunNeverChoosesAConstantLayer(t *testing.T) {
	r, _ := runs(t, toy(t, func(x []float64) {
		for row := 0; row < len(x); row += 6 {
			clear(x[row : row+3])
			for j := 3; j < 6; j++ {
				x[row+j] = math.Sin(float64(row * row * j))
			}
		}
	}, ""), run.Options{})
	if loss := r.Table.In(result.Curve).At(1, 0).Estimate("log_loss").Value; loss <= math.Ln2 {
		t.Fatalf("layer 1: log loss %.3f, want more than chance for this test to mean something", loss)
	}
	for _, c := range r.Choices {
		if c.Layer == 0 {
			t.Errorf("fold %d chose layer 0, where every row is the same", c.Fold)
		}
	}
}

// The baseline of the embeddings chooses among positions as the probe does: not
// one at which every row is the same.
func TestEmbeddingBaselineChoosesNoConstantPosition(t *testing.T) {
	dir := plantSecond(t, 120, 6, [][]float64{{0, 0}, {2, 2}}, 8)
	path := filepath.Join(dir, "x.npy")
	npy, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	const bytesOfPosition, bytesOfRow = 4 * 6, 4 * 6 * 2 * 2
	for at := 128; at < len(npy); at += bytesOfRow {
		clear(npy[at : at+bytesOfPosition])
	}
	if err := os.WriteFile(path, npy, 0o666); err != nil {
		t.Fatal(err)
	}
	of := func(positions string) result.Table {
		text := fmt.Sprintf("activations: {path: %q, embedding: 0}\nexamples: %q\n", path, filepath.Join(dir, "table.jsonl"))
		text += "target: y\ngroup: item\nprobe: {C: [1000], folds: 3, inner_folds: 2}\ncontrols: {permutations: 0, bootstrap: 100}\npositions: "
		r, _ := runs(t, load(t, text+positions), run.Options{})
		return r.Table.In(result.Baseline).Of(result.Embedding)
	}
	both, second := of("[0, 1]"), of("[1]")
	for _, key := range []string{"auroc", "log_loss"} {
		if got, want := both.Estimate(key), second.Estimate(key); !got.OK() || got.Value != want.Value {
			t.Errorf("%s: %v with a constant position, %v without it", key, got, want)
		}
	}
	if loss := second.Estimate("log_loss").Value; loss <= math.Ln2 {
		t.Errorf("log loss %.3f, want more than chance for this test to mean something", loss)
	}
}

func TestRunStopsWhenTold(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := capitals(t)
	_, _, err := run.Run(ctx, s, run.Options{Progress: func(run.Step) { cancel() }})
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
		_, _, err := run.Run(t.Context(), toy(t, nil, c.lines), run.Options{})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %s", c.lines, err, c.want)
		}
	}
	s := load(t, "target: y\nactivations:\n  path: none.npy\n")
	_, _, err := run.Run(t.Context(), s, run.Options{})
	if err == nil || !strings.Contains(err.Error(), "study.yaml:2: activations: ") || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one at activations that there is no such file", err)
	}
}

// A mask in a file of its own is an input like the others, and what was read is
// said.
func TestRunSaysWhatWasRead(t *testing.T) {
	s := toy(t, nil, "")
	mask := filepath.Join(t.TempDir(), "mask.npy")
	header := fmt.Sprintf("%-117s\n", "{'descr': '|b1', 'fortran_order': False, 'shape': (60, 2), }")
	if err := os.WriteFile(mask, []byte("\x93NUMPY\x01\x00"+string([]byte{byte(len(header)), 0})+header+strings.Repeat("\x01", 120)), 0o666); err != nil {
		t.Fatal(err)
	}
	s.Activations.Axes = []activations.Axis{activations.Row, activations.Position, activations.Width}
	s.Activations.Position, s.Activations.Mask = "-1", mask
	r, _ := runs(t, s, run.Options{})
	var names []string
	for _, f := range r.Provenance.Files {
		names = append(names, filepath.Base(f.Path))
	}
	if want := []string{"x.npy", "mask.npy", "table.jsonl"}; !slices.Equal(names, want) {
		t.Errorf("files %q, want %q", names, want)
	}
	read := r.Reading
	if read.Position != "-1" || read.Mask != mask || !slices.Equal(read.Positions, []string{"position -1"}) || read.Embeddings != nil {
		t.Errorf("reading %+v", read)
	}
	if r.Sites[0].PositionName != "position -1" {
		t.Errorf("site %+v", r.Sites[0])
	}
}
