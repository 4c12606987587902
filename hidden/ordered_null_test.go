package hidden

import (
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/folds"
	"tell/target"
)

var orderedRuns = flag.Int("ordered-runs", 10, "data sets of a line of TestOrderedNullNeedsNoCutPoints")

// orderedNull is rows whose ordered levels go by two rivals and nothing else: 70, 20, 7
// and 3 of a hundred where these say nothing, and no fewer than four of one. The probe
// goes along with the rivals; beside noise it may hold the square of one, which cut points
// could be moved by. Noise of labels and probe is alike within groups.
func orderedNull(t *testing.T, seed uint64, groups, each int, square float64) *task {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 0x6e756c6c))
	normal := distuv.UnitNormal
	cuts := []float64{math.Log(0.7 / 0.3), math.Log(0.9 / 0.1), math.Log(0.97 / 0.03)}
	for {
		var ids []string
		var group []int
		var rivals [2][]float64
		var probe []float64
		y := target.Column{Kind: target.KindOrdinal, Levels: []string{"0", "1", "2", "3"}}
		var count [4]int
		for g := range groups {
			like := [2]float64{rng.NormFloat64(), rng.NormFloat64()}
			noise := func(k int) float64 { return math.Sqrt(0.4)*like[k] + math.Sqrt(0.6)*rng.NormFloat64() }
			if each == 1 {
				noise = func(int) float64 { return rng.NormFloat64() }
			}
			for range each {
				a := rng.NormFloat64()
				b := 0.8*a + 0.6*rng.NormFloat64()
				u := normal.CDF(noise(0))
				latent := a/2 + b/2 + math.Log(u/(1-u))
				level := 0
				for ; level < 3 && latent > cuts[level]; level++ {
				}
				count[level]++
				ids, group = append(ids, strconv.Itoa(len(ids))), append(group, g)
				rivals[0], rivals[1] = append(rivals[0], a), append(rivals[1], b)
				probe = append(probe, a+b+square*a*a+noise(1))
				y.Values = append(y.Values, float64(level))
			}
		}
		if min(count[0], count[1], count[2], count[3]) < 4 {
			continue
		}
		plan, err := folds.New(ids, group, y.Ints(), 4, folds.Settings{Seed: seed, Folds: 4, Inner: 2})
		if err != nil {
			continue // of a level, all rows are in one group
		}
		d := Data{Plan: plan, Target: y, Probe: Column(plan, "probe", probe)}
		for k, x := range rivals {
			d.Rivals = append(d.Rivals, Column(plan, fmt.Sprint("rival ", k), x))
		}
		s := Settings{C: []float64{10}}.withDefaults()
		if err := d.check(s); err != nil {
			continue
		}
		return newTask(d, s)
	}
}

// With fair flips p is at most .05 in about one of twenty, though the column is projected
// on other columns and the intercept, and not on the cut points. The column is not
// trained: what its training adds to the variance is apart.
func TestOrderedNullNeedsNoCutPoints(t *testing.T) {
	const draws = 39
	runs := *orderedRuns
	for _, of := range []struct {
		name         string
		groups, each int
		square       float64
	}{{"150 rows", 150, 1, 0}, {"150 rows, the square of a rival", 150, 1, 1}, {"60 groups of 3, the square of a rival", 60, 3, 1}} {
		rejected := 0
		for seed := range runs {
			k := orderedNull(t, uint64(seed), of.groups, of.each, of.square)
			base, f := k.level(k.Rivals), k.fitter()
			zero := base.fit(nil)
			along, rest := base.project(k.probe, zero)
			gain := func(column [][]float64) (sum float64) {
				p := base.fitFrom(column, zero, f).mean()
				for i := range k.y {
					sum += k.bits(p, i)
				}
				return sum
			}
			observed, larger := gain(k.probe), 1
			fair := make([]float64, of.groups)
			column := make([][]float64, len(rest))
			for b := range draws {
				sign := signs(fair, uint64(seed), b)
				for u := range column {
					column[u] = make([]float64, len(rest[u]))
					for i, e := range rest[u] {
						column[u][i] = along[u][i] + sign[k.Plan.Group[i]]*e
					}
				}
				if gain(column) >= observed-1e-9 {
					larger++
				}
			}
			if larger <= (draws+1)/20 {
				rejected++
			}
		}
		t.Logf("%s: p <= .05 in %d of %d", of.name, rejected, runs)
		if large := max(2, runs/40); rejected > 2*large {
			t.Errorf("%s: p <= .05 in %d of %d, expected one of twenty", of.name, rejected, runs)
		}
	}
}
