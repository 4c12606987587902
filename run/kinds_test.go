package run_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/compare"
	"tell/metric"
	"tell/result"
	"tell/run"
	"tell/target"
)

// Difficulty against effort on real word problems, beside figures that were
// computed apart and a naive second look at the scores.
func TestDifficultyStudy(t *testing.T) {
	dir, err := filepath.Abs("../testdata/difficulty")
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer("path: hidden_states.npy", fmt.Sprintf("path: %q", filepath.Join(dir, "hidden_states.npy")),
		"examples: examples.jsonl", fmt.Sprintf("examples: %q", filepath.Join(dir, "examples.jsonl")),
		"permutations: 200", "permutations: 19", "bootstrap: 2000", "bootstrap: 200").Replace(string(raw))
	r, scores := runs(t, load(t, text), run.Options{})
	near := func(what string, got, want, within float64) {
		t.Helper()
		if !(math.Abs(got-want) <= within) {
			t.Errorf("%s: found %v, want %v", what, got, want)
		}
	}
	effort := r.Table.In(result.Effort)
	near("Spearman of steps and tokens", effort.Estimate(compare.KeyRankEffort).Value, 0.36, 0.005)
	near("cut off", effort.Estimate(compare.KeyCensored).Value, 27./96, 1e-12)
	if d, by := r.Data, r.Protocol.Select; d.Effort != "n_generated" || !strings.Contains(d.Censored, "finished") || !strings.Contains(by, "squared error") {
		t.Errorf("found effort %q, cut off %q and a choice by %q", d.Effort, d.Censored, by)
	}
	for _, layer := range []int{5, 10, 15, 20, 24} { // .98 at all layers but 0 by scikit-learn's ridge
		near(fmt.Sprint("layer ", layer), r.Table.In(result.Curve).At(layer, 0).Estimate("spearman").Value, 0.98, 0.015)
	}
	if e := r.Table.In(result.Curve).At(0, 0).Estimate("spearman"); e.OK() {
		t.Errorf("layer 0, which is constant: found %v", e)
	}

	// From the scores alone.
	var decoded, steps []float64
	for _, s := range scores {
		if s.Label != result.None || s.Prediction != result.None {
			t.Fatalf("found label %d and prediction %d for a number", s.Label, s.Prediction)
		}
		decoded, steps = append(decoded, s.Score), append(steps, s.Value)
	}
	want := naiveSpearman(decoded, steps)
	near("nested", r.Table.In(result.Nested).Estimate("spearman").Value, want, 1e-12)
	near("effort block", effort.Of(result.Probe).Estimate(compare.KeyRankDecoded).Value, want, 1e-12)
	length := r.Table.In(result.Baseline).Of(result.Nuisance)
	near("lead", length.Estimate("spearman"+result.Difference).Value, want-length.Estimate("spearman").Value, 1e-12)
	near("length of the prompt", length.Estimate("spearman").Value, 0.95, 0.01)
	// The mean of the training rows is higher where the fold's own is lower; it ranks nothing.
	majority := r.Table.In(result.Baseline).Of(result.Majority)
	for _, key := range []string{"spearman", "kendall_tau_b", "spearman" + result.Difference} {
		if e := majority.Estimate(key); e.OK() || !strings.Contains(e.Reason, "every row has the same") {
			t.Errorf("%s of the majority: found %v", key, e)
		}
	}
	if e := majority.Estimate("r2"); !(e.Value < 0) {
		t.Errorf("R² of the majority: found %v", e)
	}
}

func naiveSpearman(x, y []float64) float64 {
	rank := func(x []float64) []float64 {
		r := make([]float64, len(x))
		for i := range x {
			for j := range x {
				switch {
				case x[j] < x[i]:
					r[i]++
				case x[j] == x[i]:
					r[i] += 0.5
				}
			}
		}
		return r
	}
	a, b := rank(x), rank(y)
	var ma, mb float64
	for i := range a {
		ma, mb = ma+a[i]/float64(len(a)), mb+b[i]/float64(len(b))
	}
	var ab, aa, bb float64
	for i := range a {
		ab, aa, bb = ab+(a[i]-ma)*(b[i]-mb), aa+(a[i]-ma)*(a[i]-ma), bb+(b[i]-mb)*(b[i]-mb)
	}
	return ab / math.Sqrt(aa*bb)
}

// comparedToo compares a dump with itself, rows with other rows, and layers.
const comparedToo = `id: question
join: position
sets: {all: {rows: 'true'}, even: {rows: item % 2 == 0}, one: {rows: y == 1 and act == 2}, there: {rows: 'true', dump: again}}
dumps: {again: {path: PATH, examples: EXAMPLES, same_space: true}}
compare: [{dumps: [again], margin: 0.1}, {transfer: [all, even, one, there]}, {layers: all}]
`

// checkCompared looks at what compares the dump with itself: nothing changes, and
// what is trained on all rows of either and tested there is the study's own probe.
func checkCompared(t *testing.T, table result.Table, key string, own float64) {
	t.Helper()
	changes := 0
	for _, row := range table.In("dumps") {
		if strings.HasSuffix(row.Key, "_change") {
			changes++
			if row.Estimate.Value != 0 || !slices.Contains(row.Estimate.Flags(), compare.Identical) {
				t.Errorf("%s from a dump to itself: %v", row.Key, row.Estimate)
			}
		}
	}
	if changes < 6 {
		t.Errorf("found %d changes, want own and frozen ones of every metric", changes)
	}
	cells, layers := 0, 0
	for _, row := range table {
		switch {
		case row.Block == "transfer" && row.Key == key && row.Train == "one":
			if row.Estimate.OK() || !strings.Contains(row.Estimate.Reason, "no probe could be trained on one") {
				t.Errorf("a set of one value, on %s: %v", row.Test, row.Estimate)
			}
		case row.Block == "transfer" && row.Key == key:
			cells++
			if row.Train != "even" && row.Test != "even" && row.Test != "one" && math.Abs(row.Estimate.Value-own) > 1e-12 {
				t.Errorf("%s on %s: %v, want %v", row.Train, row.Test, row.Estimate, own)
			}
		case row.Block == "layers" && row.Key == key:
			layers++
			if trained := table.In(result.Curve).At(row.Layer, 0).Estimate(key); row.Train == row.Test && math.Abs(row.Estimate.Value-trained.Value) > 1e-9 {
				t.Errorf("%s on itself: %v, want %v", row.Train, row.Estimate, trained)
			}
		}
	}
	if cells != 12 || layers != 4 {
		t.Errorf("found %d cells and %d pairs of layers, want 12 and 4", cells, layers)
	}
}

// Every kind of target goes from file to results, and from parts to the same
// bytes.
func TestTargetsOfEveryKind(t *testing.T) {
	for kind, c := range map[target.Kind]struct {
		target string
		least  float64
		scored []string
	}{
		target.KindNumber:  {"{label: y * 3 + act / 10, kind: number}", 0.6, []string{"text", "nuisance"}},
		target.KindOrdinal: {`{label: 'y == 1 ? "high" : act == 0 ? "low" : "middle"', kind: ordinal, order: [low, middle, high]}`, 0.5, []string{"text", "nuisance"}},
		target.KindClass:   {`{label: 'y == 1 ? "a" : act == 0 ? "b" : "c"', kind: class}`, 0.6, []string{"text", "nuisance"}},
		target.KindShare:   {"{label: (4 * y + act) / (5 + act), kind: share, raters: 5 + act}", 0.5, []string{"text", "nuisance"}},
	} {
		t.Run(string(kind), func(t *testing.T) {
			lines := "target: " + c.target + "\ntext: question\nnuisance: [act]\n" + comparedToo
			s := toy(t, nil, "")
			text := strings.Replace(string(s.Source), "target: y\n", lines, 1)
			text = strings.NewReplacer("PATH", s.Activations.Path[0], "EXAMPLES", s.Examples).Replace(text)
			text = strings.Replace(text, "permutations: 19", "permutations: 5", 1)
			s = load(t, strings.Replace(text, "C: [0.01, 1], ", "", 1))
			r, scores := runs(t, s, run.Options{})
			headline, _ := metric.Headline(kind)
			nested := r.Table.In(result.Nested).Estimate(headline.Key)
			if !(nested.Value >= c.least) {
				t.Errorf("%s is %v, want at least %v", headline.Key, nested, c.least)
			}
			if _, tested := r.Table.In(result.Curve).Find(result.PermutedKey(kind)); !tested {
				t.Errorf("found no permutation test")
			}
			for _, b := range c.scored {
				if e := r.Table.In(result.Baseline).Of(b).Estimate(headline.Key); !e.OK() {
					t.Errorf("baseline %s: %v", b, e)
				}
			}
			checkCompared(t, r.Table, headline.Key, nested.Value)
			if r.Table.In(result.Gap) != nil {
				t.Error("found a gap, want none")
			}
			if found := r.Table.In(result.Hidden) != nil; found != (kind == target.KindOrdinal || kind == target.KindClass) {
				t.Errorf("hidden information: found %t", found)
			}
			want, err := json.Marshal(r)
			if err != nil {
				t.Fatal(err)
			}
			// The second run reads what the first has left.
			parts := filepath.Join(t.TempDir(), "parts")
			for range 2 {
				again, others := runs(t, s, run.Options{Parts: parts, Workers: 1})
				got, err := json.Marshal(again)
				if err != nil {
					t.Fatal(err)
				}
				if string(got) != string(want) || !slices.EqualFunc(scores, others, func(a, b result.Score) bool { return fmt.Sprintf("%+v", a) == fmt.Sprintf("%+v", b) }) {
					t.Error("parts give other results")
				}
			}
			// And what is written is read back.
			path := filepath.Join(t.TempDir(), "report")
			if err := os.Mkdir(path, 0o777); err != nil {
				t.Fatal(err)
			}
			if err := result.Write(path, r, scores); err != nil {
				t.Fatal(err)
			}
			back, err := result.ReadScores(filepath.Join(path, result.ScoresParquet))
			if err != nil || fmt.Sprintf("%+v", back) != fmt.Sprintf("%+v", scores) {
				t.Errorf("scores come back as %.300v, want %.300v (%v)", back, scores, err)
			}
		})
	}
}

// A number that training rows of some fold do not vary in is told before anything is read.
func TestNumberThatIsOneInAFold(t *testing.T) {
	s := toy(t, nil, "")
	text := strings.Replace(string(s.Source), "target: y\n", "target: {label: 'item == 3 ? 1 : 0', kind: number}\n", 1)
	text = strings.NewReplacer("PATH", s.Activations.Path[0], "EXAMPLES", s.Examples).Replace(text)
	_, _, err := run.Run(t.Context(), load(t, text), run.Options{})
	const want = "rows of no two different values to train on, without one inner fold; expected different ones in every fold"
	if err == nil || !strings.Contains(err.Error(), "target.label: fold ") || !strings.Contains(err.Error(), want) {
		t.Errorf("found %v, want %q", err, want)
	}
}
