package run_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/probe"
	"tell/probe/exchange"
	"tell/run"
	"tell/study"
	"tell/target"
)

// Exported probes against figures of NumPy and scikit-learn, which
// testdata/probes/prove.py made of the same rows.
func TestExportedIsThatOfScikitLearn(t *testing.T) {
	data, err := filepath.Abs("../testdata/capitals")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, parts := filepath.Join(dir, "study.yaml"), filepath.Join(dir, "parts")
	text := fmt.Sprintf(`
activations: {path: %[1]s/hidden_states.npy, embedding: 0}
examples: %[1]s/examples.jsonl
rows: user_wrong >= 0 and template in [0, 1]
target: user_wrong
group: group
layers: [0, 12]
probe: {C: [0.01, 1], folds: 3, inner_folds: 3}
controls: {permutations: 0, bootstrap: 100}
`, data)
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	s, err := study.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, o := context.Background(), run.Options{Parts: parts}
	r, _, err := run.Run(ctx, s, o)
	if err != nil {
		t.Fatal(err)
	}
	all := func(int, int) bool { return true }
	set, err := run.Exported(ctx, s, o, r, all)
	if err != nil {
		t.Fatal(err)
	}
	if len(set.LeftOut) != 1 || !strings.Contains(set.LeftOut[0], "layer 0, position 0: constant") {
		t.Errorf("found left out %q, want layer 0", set.LeftOut)
	}
	var figures map[string]struct {
		Direction    []float64
		NaturalScale float64 `json:"natural_scale"`
	}
	text2, err := os.ReadFile("../testdata/probes/figures.json")
	if err == nil {
		err = json.Unmarshal(text2, &figures)
	}
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]exchange.Probe{}
	for _, p := range set.Probes {
		kinds[p.Kind] = p
		if p.Block != 11 || !strings.HasPrefix(p.Hook, "hidden_states[12] ") {
			t.Errorf("%s: found block %d and hook %q, want block 11, hidden_states[12]", p.Kind, p.Block, p.Hook)
		}
	}
	if len(set.Probes) != 3 || len(kinds) != 3 {
		t.Fatalf("found %d probes of kinds %v, want 3", len(set.Probes), kinds)
	}
	for kind, want := range figures {
		p, tol := kinds[kind], 1e-9
		if kind == "covariance-corrected-mean" { // settled to 1e-8
			tol = 1e-7
		}
		if math.Abs(p.NaturalScale-want.NaturalScale) > tol*want.NaturalScale {
			t.Errorf("%s: natural scale %v, want %v", kind, p.NaturalScale, want.NaturalScale)
		}
		for j, u := range want.Direction {
			if math.Abs(p.Direction[j]-u) > tol {
				t.Errorf("%s: direction[%d] = %v, want %v", kind, j, p.Direction[j], u)
			}
		}
	}

	// The probe of a part is the exported one.
	part, err := run.ReadProbes(filepath.Join(parts, "layer-012-position-000.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	for j, w := range part.Probes[0].Weight {
		if w != kinds["logistic"].Weight[j] {
			t.Fatalf("weight %d of the part is %v, want %v", j, w, kinds["logistic"].Weight[j])
		}
	}
	for path, want := range map[string]string{
		"../testdata/probes/repeng.gguf":                      "repeng.gguf: ",
		"../internal/safetensors/testdata/golden.safetensors": "expected \"tell/probes/1\"",
	} {
		if _, err := run.ReadProbes(path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", path, err, want)
		}
	}

	// What package probe writes is read too.
	written := probe.Probe{
		Kind: target.KindBinary, Family: "logistic", C: 1, Weights: []float64{1, -2}, Intercept: 0.5, Mean: []float64{0, 0}, Scale: []float64{1, 1},
		Levels: []string{"a", "b"}, Status: "converged", Site: &probe.Site{Layer: 3, Name: "6"},
	}
	file := filepath.Join(dir, "probe.safetensors")
	if err := written.WriteFile(file); err != nil {
		t.Fatal(err)
	}
	one, err := run.ReadProbes(file)
	if err != nil || one.Probes[0].LayerName != "6" || one.Probes[0].Bias != 0.5 {
		t.Errorf("found %+v, %v", one, err)
	}

	// Another study than the one of the results is refused, and parts that are gone.
	changed := *r
	changed.Provenance.Plan = "0123"
	if _, err := run.Exported(ctx, s, o, &changed, all); err == nil || !strings.Contains(err.Error(), `expected "0123", as the results have`) {
		t.Error(err)
	}
	if err := os.RemoveAll(parts); err != nil {
		t.Fatal(err)
	}
	if _, err := run.Exported(ctx, s, o, r, all); err == nil || !strings.Contains(err.Error(), "2 of 2 parts are missing") {
		t.Error(err)
	}
}
