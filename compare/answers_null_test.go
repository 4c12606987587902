package compare

import (
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
)

// Of r right and w wrong candidates without ties, K of a question with right and
// wrong exchanged has the variance of an AUROC, (r+w+1)/(12rw).
func TestNullOfK(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 5))
	const n = 40
	var c Candidates
	for q := range n {
		for a := range 5 {
			right := 0
			if a < 2 {
				right = 1
			}
			c.Question, c.Fold, c.Right = append(c.Question, q), append(c.Fold, q%4), append(c.Right, right)
			c.Probe = append(c.Probe, 0.35*float64(right)+rng.NormFloat64())
		}
	}
	c.External = []Scorer{{"same", c.Probe}}
	lines, err := c.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 4000})
	if err != nil {
		t.Fatal(err)
	}
	sd := math.Sqrt(6. / (12 * 6) / n)
	twoSided := func(z float64) float64 { return 2 * distuv.UnitNormal.CDF(-math.Abs(z)) }
	same := wholeLine(t, lines, plainLine("same", KeyK))
	z := (same.Estimate.Value - 0.5) / sd
	closeTo(t, "p of a scorer", same.Null.P, twoSided(z), 0.02)
	closeTo(t, "mean of the null", same.Null.Mean, 0.5, 4*sd/math.Sqrt(4000))
	closeTo(t, "p of a probe", wholeLine(t, lines, plainLine("probe", KeyK)).Null.P, twoSided(z/math.Sqrt2), 0.02)
	if p := wholeLine(t, lines, plainLine(BestExternal, KeyKGap)).Null.P; p != 1 {
		t.Errorf("found p %v of a score against itself, expected 1", p)
	}
}

// A gap to a constant scorer has the variance of the probe's K, twice that where
// the probe is not seen to know anything.
func TestNullOfTheGap(t *testing.T) {
	q := &questions{}
	rng := rand.New(rand.NewPCG(6, 6))
	d := make([]float64, 200)
	for i := range d {
		d[i] = rng.NormFloat64()
		q.group, q.both = append(q.group, i), append(q.both, true)
	}
	length := 0.0
	for _, x := range d {
		length += x * x
	}
	one := length / (200 * 200)
	s := Settings{Permutations: 5000}
	closeTo(t, "variance", stat.Variance(q.exchangedScores(valueOf(d), nil, s), nil)/one, 1, 0.1)
	closeTo(t, "variance with the probe's part again", stat.Variance(q.exchangedScores(valueOf(d), valueOf(d), s), nil)/one, 2, 0.2)
}

func TestKnowsNeverSaidIntervals(t *testing.T) {
	// Two of ten questions; scipy.stats.binomtest(2, 10).proportion_ci() is
	// (0.02521073, 0.55609546).
	q := &questions{}
	probe := questionScore{star: make([]float64, 10)}
	for i := range 10 {
		q.group, q.both, q.said = append(q.group, i), append(q.both, true), append(q.said, false)
	}
	probe.star[3], probe.star[4], probe.star[5] = 1, 1, 1
	q.said[5] = true
	e := estimate.Estimate{Value: 0.2, N: 10, Groups: 10}
	q.boundRare(&e, probe, estimate.Bootstrap{})
	closeTo(t, "low", e.Interval.Low, 0.02521073, 1e-8)
	closeTo(t, "high", e.Interval.High, 0.55609546, 1e-8)
	// Grouped questions keep the interval of the bootstrap.
	q.group[9] = 0
	e = estimate.Estimate{Value: 0.2, N: 10, Groups: 9, Method: "bootstrap"}
	q.boundRare(&e, probe, estimate.Bootstrap{})
	if e.Method != "bootstrap" {
		t.Errorf("found method %s", e.Method)
	}
	// Without any, groups count.
	q.said[3], q.said[4] = true, true
	q.boundRare(&e, probe, estimate.Bootstrap{Level: 0.9})
	closeTo(t, "rule of three", e.Interval.High, 1-math.Pow(0.1, 1./9), 1e-12)
}

// A question without a greedy answer is in no gain; a right greedy answer was
// said even where said does not have it.
func TestGreedyAnswers(t *testing.T) {
	x := smallCandidates()
	x.Greedy[1] = false
	lines, err := x.Measure(context.Background(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	gain := lineOf(t, lines, plainLine("probe", KeyChoiceGain))
	closeTo(t, "gain", gain.Value, 0, 0)
	if gain.N != 1 || gain.Groups != 1 {
		t.Errorf("found %d questions in %d groups, expected 1", gain.N, gain.Groups)
	}
	x = smallCandidates()
	clear(x.Said)
	if lines, err = x.Measure(context.Background(), fewDraws); err != nil {
		t.Fatal(err)
	}
	closeTo(t, "never said", lineOf(t, lines, plainLine("", KeyQuestionsNeverSaid)).Value, 1, 0)
}

// Where the labels of single rows are exchanged at random, the separation has
// the variance of an AUROC; p is that of a spread by √2, and one over all layers
// is no smaller.
func TestNullOfTheSeparation(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	const n = 400
	x := Targets{Names: [2]string{"know", "act"}}
	var score [2][2][]float64
	for i := range n {
		y := rng.IntN(2)
		x.Label[0], x.Label[1] = append(x.Label[0], y), append(x.Label[1], 1-y)
		x.Group, x.Fold = append(x.Group, i), append(x.Fold, i%4)
		for l, strength := range []float64{0.08, 0} {
			for k := range 2 {
				m := strength * sideSign(x.Label[k][i])
				score[l][k] = append(score[l][k], expitOf(m+rng.NormFloat64()))
			}
		}
	}
	x.Layers = []TargetLayer{{Layer: 0, Score: score[0]}, {Layer: 1, Score: score[1]}}
	lines, err := x.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 2000})
	if err != nil {
		t.Fatal(err)
	}
	for l := range 2 {
		like := plainLine("probe", KeySeparation)
		like.Layer = l
		s := wholeLine(t, lines, like)
		n1 := 0.0
		for _, y := range x.Label[0] {
			n1 += float64(y)
		}
		sd := math.Sqrt((n + 1) / (12 * n1 * (n - n1)))
		closeTo(t, "p", s.Null.P, distuv.UnitNormal.CDF(-(s.Estimate.Value-0.5)/sd/math.Sqrt2), 0.03)
		like.Key = KeySeparationPMax
		all := lineOf(t, lines, like).Value
		// Two layers of independent noise.
		closeTo(t, "p over layers", all, 1-(1-s.Null.P)*(1-s.Null.P), 0.03)
	}
}

func sideSign(y int) float64 { return float64(2*y - 1) }

func expitOf(m float64) float64 { return 1 / (1 + math.Exp(-m)) }

// 0.95 of the way from 0.5, not of the AUROC.
func TestLayerReachedIsOfTheExcess(t *testing.T) {
	// 20 rows a fold: AUROC 0.5, 0.6 and 0.62 in all folds. 0.6 is above 0.95 of
	// 0.62, and below 0.5 + 0.95 * 0.12.
	x := Targets{Names: [2]string{"know", "act"}}
	wins := []int{50, 60, 62} // of the 100 pairs of a fold
	var layers [3][]float64
	for fold := range 3 {
		for i := range 20 {
			x.Group, x.Fold = append(x.Group, fold*20+i), append(x.Fold, fold)
			x.Label[0], x.Label[1] = append(x.Label[0], i/10), append(x.Label[1], i/10)
			for l, w := range wins {
				p := float64(i+1) / 40 // label 0: 1 to 10
				if i >= 10 {
					// Row k of label 1 is above as many of label 0 as are left of w.
					above := min(10, max(0, w-10*(i-10)))
					p = (float64(above) + 0.5) / 40
				}
				layers[l] = append(layers[l], p)
			}
		}
	}
	for l, p := range layers {
		x.Layers = append(x.Layers, TargetLayer{Layer: l, Score: [2][]float64{p, p}})
	}
	v := x.prepare().view(make([]float64, 60))
	if v.reached[0].Reason == "" {
		t.Error("rows without weight reach a layer")
	}
	ones := make([]float64, 60)
	for i := range ones {
		ones[i] = 1
	}
	v = x.prepare().view(ones)
	closeTo(t, "AUROC", v.own[1][0].X, 0.6, 1e-12)
	closeTo(t, "reached", v.reached[0].X, 2, 0)
}

// An answer that does not stop has all its tokens, also those past the last
// position.
func TestUnstoppedAnswersHaveAllTokens(t *testing.T) {
	x := smallTrajectory()
	x.End = []int{2, 10, 1, 8}
	x.Taus = []float64{0.95}
	lines, err := x.Measure(context.Background(), Settings{Bootstrap: fewDraws.Bootstrap, Permutations: 50})
	if err != nil {
		t.Fatal(err)
	}
	at := plainLine("probe", KeySaved)
	at.Column, at.Value = ColumnTau, "0.95"
	// b stops at 3 of 10, c and d never, a at its end.
	closeTo(t, "saved", lineOf(t, lines, at).Value, 7./21, 1e-12)
	at.Key = KeyAgreement
	// Of two who stop, a on the right side.
	if l := wholeLine(t, lines, at); l.Estimate.Value != 1 || l.Null.Mean >= 1 || l.Null.Mean < 0.5 {
		t.Errorf("found %+v with null %+v", l.Estimate, l.Null)
	}
}

// Three blocks: Student's quantile of two degrees of freedom.
func TestJackknife(t *testing.T) {
	a := Agreements{Halvings: 1, Whole: Agreement{Between: 0.5}, LeftOut: []Agreement{{Between: 0.4}, {Between: 0.5}, {Between: 0.6}}}
	e := a.jackknifed(9, 9, 0.95, func(a Agreement) (float64, string) { return a.Between, "" })
	// (2/3) Σ (0.1² + 0.1²) = 0.0133.
	half := 4.30265273 * math.Sqrt(2./3*0.02)
	closeTo(t, "low", e.Interval.Low, 0.5-half, 1e-7)
	closeTo(t, "high", e.Interval.High, 0.5+half, 1e-7)
}

// One of four positions is sure of the final answer. Shuffled, it is the last
// one in a quarter of the draws, and a quarter before the statement.
func TestShuffledPositions(t *testing.T) {
	x := Trajectory{Group: []int{0, 1}, Fold: []int{0, 1}, Final: []int{1, 1}, Stated: []int{4, -1}, End: []int{4, 4},
		Probe: PositionScore{Score: [][]float64{{0.9, 0.6, 0.6, 0.6}, {0.9, 0.6, 0.6, 0.6}}}}
	x = x.withDefaults()
	r := newReader(&x, x.Probe)
	closeTo(t, "mean waste", stat.Mean(r.shuffled(r.every(0.8), Settings{Permutations: 4000}), nil), 1./16, 0.01)
}

// A position that fewer than half of the answers have says so, whoever reads it.
func TestFewAnswersReachAPosition(t *testing.T) {
	x := smallTrajectory() // answers with 3, 4, 2 and 3 positions
	x.Baselines = []PositionScore{{Name: "text so far", Score: x.Probe.Score}}
	lines, err := x.Measure(t.Context(), fewDraws)
	if err != nil {
		t.Fatal(err)
	}
	flagged := map[string]int{}
	for _, l := range lines {
		few := slices.Contains(l.Estimate.Flags(), FewReach)
		if few != (l.Position == 3 && l.Estimate.OK()) {
			t.Errorf("%s of %s at position %d: %v", l.Key, l.Predictor, l.Position, l.Estimate.Flags())
		}
		if few {
			flagged[l.Key]++
		}
	}
	if flagged[KeyUndecided] == 0 {
		t.Errorf("found flags on %v, expected them on the curves of what is left", flagged)
	}
}
