package compare

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

func disagreementOf(t *testing.T, d Disagreement) []Line {
	t.Helper()
	n := d.Target.Len()
	if d.Group == nil {
		d.Group = make([]int, n)
		for i := range n {
			d.Group[i] = i
		}
	}
	if d.Fold == nil {
		d.Fold = folded(n)
	}
	lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

func lineFor(t *testing.T, lines []Line, predictor, value, key string) estimate.Estimate {
	t.Helper()
	for _, l := range lines {
		if l.Predictor == predictor && l.Value == value && l.Key == key {
			return l.Estimate
		}
	}
	t.Fatalf("found no %s of %q on %q", key, predictor, value)
	return estimate.Estimate{}
}

// The agreement of judges is Fleiss' kappa by statsmodels, and the ceiling that by
// integration and by draws of numpy.
func TestCeilingReference(t *testing.T) {
	raw, err := os.ReadFile("../testdata/compare/disagreement/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var ref struct{ Cases []map[string]json.RawMessage }
	if err := json.Unmarshal(raw, &ref); err != nil {
		t.Fatal(err)
	}
	for k, c := range ref.Cases {
		var share, n []float64
		if json.Unmarshal(c["share"], &share) != nil || json.Unmarshal(c["n"], &n) != nil {
			t.Fatal("found no shares")
		}
		lines := disagreementOf(t, Disagreement{Target: target.Share(share, n)})
		for key, raw := range c {
			var want float64
			switch {
			case key == "share" || key == "n":
				continue
			case json.Unmarshal(raw, &want) != nil:
				t.Fatalf("case %d: %s is %s", k, key, raw)
			}
			if key == "kappa" {
				if got := lineFor(t, lines, "", "", KeySharedVariance).Value; math.Abs(got-want) > 1e-12 {
					t.Errorf("case %d: found kappa %v, want %v", k, got, want)
				}
				continue
			}
			e := lineFor(t, lines, Ceiling, "", key)
			if wide := e.Interval.High - e.Interval.Low; !(math.Abs(e.Value-want) < 0.15*wide) {
				t.Errorf("case %d: ceiling of %s is %v, want %v", k, key, e, want)
			}
		}
	}
}

// In worlds of known true shares, the ceiling is what these score, and the agreement
// that of the beta distribution which they are drawn from; at 7 judgements and 2, 1.
func TestCeilingOfPlantedShares(t *testing.T) {
	const worlds, rows = 16, 120
	found, truth := map[string]float64{}, map[string]float64{}
	held := 0
	for world := range uint64(worlds) {
		source := rand.New(rand.NewPCG(world, 7))
		p := distuv.Beta{Alpha: 1.5, Beta: 1, Src: source}
		var share, n, known []float64
		for i := range rows {
			judges := []float64{7, 2, 1}[i%3]
			q := p.Rand()
			k := distuv.Binomial{N: judges, P: q, Src: source}.Rand()
			share, n, known = append(share, k/judges), append(n, judges), append(known, q)
		}
		y := target.Share(share, n)
		lines := disagreementOf(t, Disagreement{Target: y})
		e := lineFor(t, lines, "", "", KeySharedVariance)
		found[KeySharedVariance] += e.Value / worlds
		for _, m := range metric.For(target.KindShare) {
			for _, stratum := range []string{"", "low", "high"} {
				e := lineFor(t, lines, Ceiling, stratum, m.Key)
				d := Disagreement{Target: y, Fold: folded(rows)}
				on := y
				scored := known
				if stratum != "" {
					var of []int
					for i, s := range d.strata() {
						if VarianceStrata[s] == stratum {
							of = append(of, i)
						}
					}
					on, scored = y.At(of), pick(known, of)
				}
				v, err := m.Value(on, scored, nil)
				if err != nil || !e.OK() {
					continue // a stratum of one entropy
				}
				found[stratum+m.Key] += e.Value / worlds
				truth[stratum+m.Key] += v / worlds
				if stratum == "" && e.Interval.Low <= v && v <= e.Interval.High {
					held++
				}
			}
		}
	}
	truth[KeySharedVariance] = 1 / (1 + 2.5)
	for key, want := range truth {
		if math.Abs(found[key]-want) > 0.05 {
			t.Errorf("%s: found %.4f, want %.4f", key, found[key], want)
		}
	}
	if share := float64(held) / worlds / float64(len(metric.For(target.KindShare))); share < 0.9 {
		t.Errorf("intervals hold what the true shares score in %.3f of the worlds, want about 0.95", share)
	}
}

func folded(n int) []int {
	fold := make([]int, n)
	for i := range n {
		fold[i] = i % 5
	}
	return fold
}

// Strata are cut at the thirds of the other folds: what a row's own fold holds moves
// nothing of it.
func TestStrataAreCutInTrainingFolds(t *testing.T) {
	d := Disagreement{
		Fold:   []int{0, 0, 0, 1, 1, 1, 1},
		Target: target.Share([]float64{0.5, 0.5, 0.05, 0.1, 0.2, 0.3, 0.9}, nil),
	}
	// Fold 0 is cut by the variances .09 .09 .16 .21, at .09 and .16; fold 1 by .0475 .25 .25.
	if got := d.strata(); !equalInts(got, []int{2, 2, 0, 0, 0, 1, 0}) {
		t.Errorf("found %v", got)
	}
	d.Target.N = []float64{1, 1, 1, 1, 0, 1, 1}
	if got := d.strata(); got[4] != -1 {
		t.Errorf("a row that nobody judged is in stratum %d", got[4])
	}
}

func equalInts(a, b []int) bool {
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return len(a) == len(b)
}

// Without two judges of one row there is no ceiling, and without the number of
// judges; scores are measured all the same.
func TestNoCeiling(t *testing.T) {
	share := []float64{0, 1, 0, 1, 1, 0, 1, 0, 1, 1}
	score := []float64{.2, .8, .3, .4, .9, .1, .6, .3, .7, .6}
	for _, c := range []struct {
		name, want string
		share, n   []float64
	}{
		{"one judge each", "no row has two judgements or more", share, []float64{1, 1, 1, 1, 1, 1, 1, 1, 0, 1}},
		{"unknown", "name it as target.raters", share, nil},
		{"all alike", "every judgement is the same", make([]float64, 10), []float64{3, 3, 3, 3, 3, 3, 3, 3, 3, 3}},
		{"by chance", "the shares differ by no more than so many judgements do by chance", []float64{.5, .5, .5, .5, .5, .5, .5, .5, .5, 1}, []float64{2, 2, 2, 2, 2, 2, 2, 2, 2, 2}},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := disagreementOf(t, Disagreement{Target: target.Share(c.share, c.n), Scores: []NamedScore{{"probe", score}}})
			for _, key := range []string{"spearman", "total_variation"} {
				if e := lineFor(t, lines, Ceiling, "", key); e.OK() || !strings.Contains(e.Reason, c.want) {
					t.Errorf("ceiling of %s: found %v, want %q", key, e, c.want)
				}
			}
			if e := lineFor(t, lines, "probe", "low", "total_variation"); !e.OK() {
				t.Errorf("the probe: found %v", e)
			}
		})
	}
	// Judges who never differ on a row leave nothing to sampling.
	lines := disagreementOf(t, Disagreement{Target: target.Share(share, []float64{2, 2, 2, 2, 2, 2, 2, 2, 2, 2})})
	if e := lineFor(t, lines, Ceiling, "", "total_variation"); e.Value != 0 {
		t.Errorf("found %v, want 0", e)
	}
}

func TestDisagreementRefuses(t *testing.T) {
	y := target.Share([]float64{0, 1}, nil)
	for want, d := range map[string]Disagreement{
		"kind number":                 {Target: target.Number([]float64{1}), Group: []int{0}, Fold: []int{0}},
		"found share 2":               {Target: target.Share([]float64{2}, nil), Group: []int{0}, Fold: []int{0}},
		"1 groups and 2 folds":        {Target: y, Group: []int{0}, Fold: []int{0, 1}},
		"probe: found 1 scores for 2": {Target: y, Group: []int{0, 1}, Fold: []int{0, 1}, Scores: []NamedScore{{"probe", []float64{1}}}},
		"probe: metric: score of row": {Target: y, Group: []int{0, 1}, Fold: []int{0, 1}, Scores: []NamedScore{{"probe", []float64{1, 7}}}},
		"found -1 draws":              {},
	} {
		s := Settings{Bootstrap: estimate.Bootstrap{Draws: 100}}
		if strings.Contains(want, "draws") {
			s.Bootstrap.Draws = -1
		}
		if _, err := d.Measure(t.Context(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found error %v, want %q", err, want)
		}
	}
}
