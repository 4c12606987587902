package run_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/estimate"
	"tell/result"
	"tell/run"
	"tell/study"
)

// Sets whose probes have directions at known cosines, a dump in which all states are
// moved along the first, and texts with a word that goes with the label on three of
// four rows of two sets: closed forms.
func TestTransferOnPlantedTruth(t *testing.T) {
	if raceDetector {
		t.Skip("slow under the race detector; other studies run there")
	}
	const groups, perGroup, width, strength, moved = 48, 4, 4, 1.2, 1.5
	cosines := map[string]float64{"first": 1, "same": 1, "half": 0.5, "none": 0}
	rng := rand.New(rand.NewPCG(7, 1))
	var table strings.Builder
	var here, there []float64
	for _, set := range []string{"first", "same", "half", "none"} {
		c := cosines[set]
		for i := range groups * perGroup {
			y := i % 2
			// The word agrees with the label on 3 of 4 rows of each.
			word := []string{"alpha", "beta"}[y^map[bool]int{true: 1}[i/2%4 == 0]]
			if set == "half" || set == "none" {
				word = "gamma"
			}
			if set == "same" && i%3 == 0 {
				word += " xoxo" // which the other sets do not know
			}
			fmt.Fprintf(&table, `{"id": "%s-%d", "group": "%s-%d", "set": %q, "y": %d, "text": %q}`+"\n", set, i, set, i/perGroup, set, y, word)
			sign := float64(2*y - 1)
			for j := range width {
				x := rng.NormFloat64()
				switch j {
				case 0:
					x += sign * strength * c
				case 1:
					x = 10 * (x + sign*strength*math.Sqrt(1-c*c)) // in another unit
				}
				here = append(here, x)
				if j == 0 {
					x += moved
				}
				if set == "first" {
					there = append(there, x)
				}
			}
		}
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	npy := func(x []float64) string {
		header := fmt.Sprintf("%-117s\n", fmt.Sprintf("{'descr': '<f8', 'fortran_order': False, 'shape': (%d, 1, %d), }", len(x)/width, width))
		b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
		b = append(b, header...)
		for _, v := range x {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return string(b)
	}
	write("here.npy", npy(here))
	write("there.npy", npy(there))
	lines := strings.SplitAfter(table.String(), "\n")
	write("table.jsonl", table.String())
	write("there.jsonl", strings.NewReplacer("alpha", "beta", "beta", "alpha").Replace(strings.Join(lines[:groups*perGroup], "")))
	write("study.yaml", `
activations: {path: here.npy}
examples: table.jsonl
id: id
group: group
target: y
text: text
dumps: {there: {path: there.npy, examples: there.jsonl, same_space: true}}
sets:
  first: set == "first"
  same: set == "same"
  half: set == "half"
  none: set == "none"
  moved: {dump: there}
compare: [{transfer: [first, same, half, none, moved], control: first, fpr: .1}]
probe: {C: 1, folds: 4, inner_folds: 2}
controls: {permutations: 0, permutation_C: 10, bootstrap: 100}
`)
	s, err := study.Load(filepath.Join(dir, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	r, _, err := run.Run(t.Context(), s, run.Options{Workers: 2, Parts: filepath.Join(dir, "parts")})
	if err != nil {
		t.Fatal(err)
	}
	find := func(predictor, key, train, test string) estimate.Estimate {
		t.Helper()
		for _, row := range r.Table.In("transfer").Of(predictor) {
			if row.Key == key && row.Train == train && row.Test == test {
				return row.Estimate
			}
		}
		t.Fatalf("found no %s of %s from %s to %s", key, predictor, train, test)
		return estimate.Estimate{}
	}
	near := func(what string, e estimate.Estimate, want, by float64) {
		t.Helper()
		if !e.OK() || math.Abs(e.Value-want) > by {
			t.Errorf("%s: found %v %s, expected %.3f", what, e.Value, e.Reason, want)
		}
	}
	phi := func(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }
	for test, c := range cosines {
		near("AUROC on "+test, find(result.Probe, "auroc", "first", test), phi(c*strength*math.Sqrt2), 0.1)
		if test == "first" {
			continue
		}
		// In columns that are standardised on all four sets.
		along, across := c*math.Sqrt(1+strength*strength*2.25/4), math.Sqrt((1-c*c)*(1+strength*strength*1.75/4))
		near("cosine with "+test, find(result.Probe, "cosine_corrected", "first", test), along/math.Hypot(along, across), 0.2)
	}

	// All of another dump is moved: the order stays, the threshold does not.
	own := find(result.Probe, "accuracy", "first", "first")
	near("AUROC on moved", find(result.Probe, "auroc", "first", "moved"), find(result.Probe, "auroc", "first", "first").Value, 0.01)
	near("carried accuracy on moved", find(result.Probe, "accuracy", "first", "moved"), (phi(strength+moved)+phi(strength-moved))/2, 0.06)
	near("matched accuracy on moved", find(result.Probe, "accuracy_matched", "first", "moved"), own.Value, 0.04)
	near("cosine with moved", find(result.Probe, "mahalanobis_cosine", "first", "moved"), 1, 1e-6)
	near("tested false alarms of moved", find(result.Probe, "tested_fpr", "first", "moved"), phi(moved-1.2816), 0.1)

	// The word tells the label in two sets, its contrary in the other dump, and nothing in others.
	near("text on same", find(result.Text, "auroc", "first", "same"), 0.75, 1e-9)
	for _, dumps := range [][2]string{{"first", "moved"}, {"moved", "first"}} {
		own := find(result.Text, "auroc", dumps[0], dumps[0])
		near("text of "+dumps[0], own, 0.75, 0.05)
		near("text of "+dumps[0]+" on "+dumps[1], find(result.Text, "auroc", dumps[0], dumps[1]), 1-own.Value, 1e-9)
	}
	near("text on none", find(result.Text, "auroc", "first", "none"), 0.5, 1e-9)
	near("lead on same", find(result.Text, "auroc_difference", "first", "same"), find(result.Probe, "auroc", "first", "same").Value-0.75, 1e-9)
	if e := find(result.Text, "auroc_difference", "first", "same"); e.Interval == nil || e.Interval.Low < 0 {
		t.Errorf("found the lead %+v on same, expected one above 0", e)
	}

	// Parts that were kept give the same.
	again, _, err := run.Run(t.Context(), s, run.Options{Workers: 1, Parts: filepath.Join(dir, "parts")})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := fmt.Sprint(r.Table.In("transfer")), fmt.Sprint(again.Table.In("transfer")); a != b {
		t.Error("found other lines from parts that were kept")
	}
}
