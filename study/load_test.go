package study

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"tell/activations"
)

const smallest = "activations: {path: a.npy}\ntarget: y\n"

func TestDefaults(t *testing.T) {
	s, err := parse("studies/first.yaml", []byte(smallest))
	if err != nil {
		t.Fatal(err)
	}
	s.keys = keyIndex{}
	want := &Study{
		Path:        "studies/first.yaml",
		Source:      s.Source,
		Name:        "first",
		Activations: Activations{Path: Paths{"a.npy"}},
		Target:      Target{Label: "y", Kind: "binary", Names: Names{"y = 0", "y = 1"}},
		Probe:       Probe{Kind: "logistic", C: s.Probe.C, Folds: 5, InnerFolds: 5, Repeats: 1, Tol: 1e-8},
		Controls:    Controls{Permutations: 200, PermutationC: 0.01, Bootstrap: 2000, Level: 0.95, Interval: IntervalOfScores},
		Seed:        1,
	}
	if !reflect.DeepEqual(s, want) {
		t.Errorf("got  %+v\nwant %+v", s, want)
	}
	// numpy.logspace(-4, 4, 10)
	grid := []float64{1.00000000e-04, 7.74263683e-04, 5.99484250e-03, 4.64158883e-02, 3.59381366e-01,
		2.78255940e+00, 2.15443469e+01, 1.66810054e+02, 1.29154967e+03, 1.00000000e+04}
	if len(s.Probe.C) != len(grid) || s.Probe.C[0] != 1e-4 || s.Probe.C[9] != 1e4 {
		t.Fatalf("C is %v", s.Probe.C)
	}
	for i, c := range s.Probe.C {
		if math.Abs(c/grid[i]-1) > 1e-8 {
			t.Errorf("C[%d] is %v, numpy has %v", i, c, grid[i])
		}
	}
}

func TestCapitalsStudy(t *testing.T) {
	s, err := Load("../testdata/capitals/study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := activations.Spec{
		Paths: []string{filepath.FromSlash("../testdata/capitals/hidden_states.npy")},
		Axes:  []activations.Axis{activations.Row, activations.Layer, activations.Width},
	}
	if got := s.Spec(); !reflect.DeepEqual(got, want) {
		t.Errorf("spec is %+v, expected %+v", got, want)
	}
	if want := (Target{Label: "user_wrong", Kind: "binary", Names: Names{"this city is in this country", "this city is not in this country"}}); !reflect.DeepEqual(s.Target, want) {
		t.Errorf("target is %+v", s.Target)
	}
	if !reflect.DeepEqual(*s.Decision, Decision{ActsAs0: "echoed", ActsAs1: "names_other and not echoed", Score: "logp_any_other - logp_claimed", Knows: "knows"}) {
		t.Errorf("decision is %+v", s.Decision)
	}
}

func TestForms(t *testing.T) {
	for _, c := range []struct {
		yaml string
		ok   func(*Study) bool
	}{
		{"join: position", func(s *Study) bool { return s.Join == Join{} }},
		{"join: id", func(s *Study) bool { return s.Join == Join{"id", "id"} }},
		{"join: {activations: a, examples: b}", func(s *Study) bool { return s.Join == Join{"a", "b"} }},
		{"probe: {C: 3}", func(s *Study) bool { return slices.Equal(s.Probe.C, Grid{3}) }},
		{"probe: {C: [10, 0.1, 1]}", func(s *Study) bool { return slices.Equal(s.Probe.C, Grid{0.1, 1, 10}) }},
		{"probe: {C: {logspace: [0, 2, 3]}}", func(s *Study) bool { return slices.Equal(s.Probe.C, Grid{1, 10, 100}) }},
		{"probe: {C: {logspace: [-1, 2, 1]}}", func(s *Study) bool { return slices.Equal(s.Probe.C, Grid{0.1}) }},
		{"probe: {folds: 3}", func(s *Study) bool { return s.Probe.Folds == 3 && s.Probe.InnerFolds == 5 }},
		{"probe:\nseed: 0", func(s *Study) bool { return s.Probe.Folds == 5 && s.Seed == 0 }},
		{"controls: {permutations: 0}", func(s *Study) bool { return s.Controls.Permutations == 0 }},
		{"seed: 18446744073709551615", func(s *Study) bool { return s.Seed == math.MaxUint64 }},
	} {
		s, err := parse("study.yaml", []byte(smallest+c.yaml))
		if err != nil {
			t.Errorf("%s: %v", c.yaml, err)
		} else if !c.ok(s) {
			t.Errorf("%s: %+v", c.yaml, s)
		}
	}
}

func TestPaths(t *testing.T) {
	s, err := parse("studies/one.yaml", []byte("activations: {path: [a/*.npy, /data/b.npy]}\nexamples: ../t.jsonl\ntarget: y\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Spec().Paths; !slices.Equal(got, []string{filepath.FromSlash("studies/a/*.npy"), "/data/b.npy"}) {
		t.Errorf("paths are %q", got)
	}
	if got := s.ExamplesPath(); got != "t.jsonl" {
		t.Errorf("examples are at %q", got)
	}
}

// Every case adds one line to a study that is right, or is a whole file.
func TestLoadErrors(t *testing.T) {
	for _, c := range []struct{ yaml, want string }{
		{"fold: 5", `study.yaml:3: fold: unknown key, expected one of name, activations, examples, join, rows, target, group, unit, weight, class_weight, condition, strata, text, said, id, decision, dumps, baselines, nuisance, targets, sets, compare, traces, answer_position, layers, positions, probe, controls, seed`},
		{"nuisances: [a]", `study.yaml:3: nuisances: unknown key, did you mean "nuisance"?`},
		{"probe:\n  fold: 5", `study.yaml:4: probe.fold: unknown key, did you mean "folds"?`},
		{"decision: {acts_as_O: a, acts_as_1: b}", `study.yaml:3: decision.acts_as_O: unknown key, did you mean "acts_as_0"?`},
		{"join: {activation: id}", `study.yaml:3: join.activation: unknown key, did you mean "activations"?`},
		{"probe: {C: {linspace: [0, 1, 3]}}", `study.yaml:3: probe.C: found {linspace: [0, 1, 3]}, expected a number, a list of numbers, or {logspace: [low, high, n]}`},

		{"probe:\n  folds: 1", `study.yaml:4: probe.folds: found 1, expected at least 2: the groups of a fold are held out, and the probes are trained on those of the others`},
		{"probe: {folds: 5000}", `study.yaml:3: probe.folds: found 5000, expected at most 1000`},
		{"probe: {folds: five}", `study.yaml:3: probe.folds: found "five", expected a whole number`},
		{`"probe": {"folds": 2.5}`, `study.yaml:3: probe.folds: found 2.5, expected a whole number`},
		{"probe: {folds: 2.5}", `study.yaml:3: probe.folds: found 2.5, expected a whole number`},
		{"probe: {inner_folds: 0}", `study.yaml:3: probe.inner_folds: found 0, expected at least 2`},
		{"probe: {repeats: 0}", `study.yaml:3: probe.repeats: found 0, expected at least 1`},
		{"probe: {kind: svm}", `study.yaml:3: probe.kind: found "svm", expected logistic or mass-mean or ridge or lda or k-sparse`},
		{"probe: {tol: .nan}", `study.yaml:3: probe.tol: found NaN, expected a finite number above 0`},
		{"probe: {tol: 0}", `study.yaml:3: probe.tol: found 0, expected a finite number above 0`},
		{"probe: {C: [1, 0]}", `study.yaml:3: probe.C: found 0, expected finite numbers above 0`},
		{"probe: {C: [1, 1.0]}", `study.yaml:3: probe.C: found 1 twice`},
		{"probe:\n  C:\n    - 1\n    - a", `study.yaml:4: probe.C: found - 1 - a, expected a number, a list of numbers, or {logspace: [low, high, n]}`},
		{"probe: {C: large}", `study.yaml:3: probe.C: found large, expected a number, a list of numbers, or {logspace: [low, high, n]}`},
		{"probe: {C: []}", `study.yaml:3: probe.C: found 0 values, expected 1 to 1000`},
		{"probe: {C: {logspace: [-4, 4]}}", `study.yaml:3: probe.C: found logspace [-4 4], expected [low, high, n] with n from 1 to 1000`},
		{"probe: {C: {logspace: [0, 500, 2]}}", `study.yaml:3: probe.C: found +Inf, expected finite numbers above 0`},
		{"probe: {C: {logspace: [0, 1, 1e9]}}", `study.yaml:3: probe.C: found logspace [0 1 1e+09], expected [low, high, n] with n from 1 to 1000`},
		{"probe: [1]", `study.yaml:3: probe: found sequence, expected a mapping`},
		{"controls: {permutations: -1}", `study.yaml:3: controls.permutations: found -1, expected 0 to 1000000`},
		{"controls: {permutation_C: -1}", `study.yaml:3: controls.permutation_C: found -1, expected a finite number above 0`},
		{"controls: {bootstrap: 10}", `study.yaml:3: controls.bootstrap: found 10, expected 100 to 1000000`},
		{"controls: {level: 95}", `study.yaml:3: controls.level: found 95, expected a number between 0 and 1, such as 0.95`},
		{"seed: -1", `study.yaml:3: seed: found -1, expected a whole number from 0 to 2^64-1`},
		{"seed: 18446744073709551616", `study.yaml:3: seed: found 18446744073709551616, expected a whole number`},

		{"layers: []", `study.yaml:3: layers: found an empty list, expected at least one, or no key for all`},
		{"layers:\n  - 1\n  - -2", `study.yaml:5: layers[1]: found -2, expected 0 or more`},
		{"layers: [1, 2, 1]", `study.yaml:3: layers[2]: found 1 twice`},
		{"layers: [1, 2.5]", `study.yaml:3: layers[1]: found 2.5, expected a whole number`},
		{"positions: 3", `study.yaml:3: positions: found int, expected a sequence: write [3]`},
		{"strata: [a, b, a]", `study.yaml:3: strata[2]: found "a" twice`},
		{"condition: framing\nstrata: [a, condition]", `study.yaml:4: strata[1]: found "condition", expected a column of another name: the results call the values of the condition so`},
		{"nuisance: ['']", `study.yaml:3: nuisance[0]: found nothing, expected a column`},
		{"join: ''", `study.yaml:3: join: found "", expected "position", a column, or two columns {activations: id, examples: id}`},
		{"join: {examples: id}", `study.yaml:3: join: found one column, expected both: {activations: id, examples: id}`},
		{"decision: {acts_as_0: a}", `study.yaml:3: decision.acts_as_1: missing, expected when the model acted as if the label were 1`},
		{"decision: {acts_as_1: a}", `study.yaml:3: decision.acts_as_0: missing, expected when the model acted as if the label were 0`},
		{"text: [a]", `study.yaml:3: text: found "[", expected text`},
		{"seed: 1\nseed: 2", `study.yaml:4: not YAML: mapping key "seed" already defined at [3:1]`},

		{"decision: {acts_as_1: p[0] == 1, acts_as_0: a}", `study.yaml:3: not YAML: ',' or '}' must be specified; inside {} an expression with brackets has quotes: {score: "p[0]"}`},
		{"decision: {acts_as_1: p[0] > 0.5, acts_as_0: p[0] <= 0.5}", `study.yaml:3: not YAML: invalid header option: " 0.5, acts_as_0: p[0] <= 0.5"; inside {} an expression with brackets has quotes: {score: "p[0]"}`},

		{"=", `study.yaml: the file is empty, expected a study`},
		{"=# nothing\n", `study.yaml: the file is empty, expected a study`},
		{"=- a", `study.yaml:1: found sequence, expected a mapping`},
		{"=a: b: c", `study.yaml:1: not YAML: mapping value is not allowed in this context`},
		{"=target: y", `study.yaml: activations.path: missing, expected the file with the hidden states`},
		{"=activations: {path: ''}\ntarget: y", `study.yaml:1: activations.path: missing, expected the file with the hidden states`},
		{"=activations: {path: a, axes: [row, depth]}\ntarget: y", `study.yaml:1: activations.axes[1]: found "depth", expected row, layer, position, head, width or batch`},
		{"=activations: {path: a, axes: [row, row]}\ntarget: y", `study.yaml:1: activations.axes[1]: found "row" twice`},
		{"=activations: {path: a, shape: [2, 0]}\ntarget: y", `study.yaml:1: activations.shape[1]: found 0, expected 1 or more`},
		{"=activations: {path: a, shape: [2, 1.5]}\ntarget: y", `study.yaml:1: activations.shape[1]: found 1.5, expected a whole number`},
		{"=activations: {path: a, mask: m}\ntarget: y", `study.yaml:1: activations.mask: found "m" without a position, expected activations.position as well: which of the positions that count is read, such as last, mean, all, or -4: for the last four`},
		{"=activations: {path: a, mask: m, length: n, position: last}\ntarget: y", `study.yaml:1: activations.mask: found "m" beside length "n", expected one of them`},
		{"=activations: {path: a, dtype: int8}\ntarget: y", `study.yaml:1: activations.dtype: found "int8", expected one of [f16 bf16 f32 f64 f8_e4m3 f8_e5m2]`},
		{"=activations: {path: {a: b}}\ntarget: y", `study.yaml:1: activations.path: found mapping, expected a sequence`},
		{"=activations: {path: a}", `study.yaml: target.label: missing, expected the column or expression that the probe predicts`},
		{"=activations: {path: a}\ntarget: {label: y, names: [a]}", `study.yaml:2: target.names: found 1 names, expected 2: of label 0 and of label 1`},
		{"=activations: {path: a}\ntarget: {label: y, names: [a, a]}", `study.yaml:2: target.names: found "a" for both labels, expected two names`},
		{"=" + smallest + "---\n" + smallest, `study.yaml:4: found a second document, expected one study`},
	} {
		file, whole := strings.CutPrefix(c.yaml, "=")
		if !whole {
			file = smallest + file
		}
		_, err := parse("study.yaml", []byte(file))
		if err == nil {
			t.Errorf("%q: no error, expected %s", c.yaml, c.want)
		} else if err.Error() != c.want {
			t.Errorf("%q:\ngot  %v\nwant %s", c.yaml, err, c.want)
		}
	}
}

func TestLoadNoFile(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	capitals, err := os.ReadFile("../testdata/capitals/study.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{string(capitals), smallest, "a: &x [*x]", "a: {b: [1, {c: d}]}\n<<: *a", "? x\n: y", "!!int x: |\n  y"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, err := parse("study.yaml", raw)
		if err != nil && !strings.HasPrefix(err.Error(), "study.yaml") {
			t.Errorf("the error does not name the file: %v", err)
		}
		if err == nil && (len(s.Probe.C) == 0 || s.Probe.Folds < 2 || s.Target.Label == "") {
			t.Errorf("loaded %+v", s)
		}
	})
}
