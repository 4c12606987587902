package planted

import (
	"fmt"
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/gap"
)

// Levels is a population of several classes, or of ordered levels, in which the
// probe's prediction and the behaviour are independent given the label. Everything
// random in a row except the label comes from standard normals that have
// correlation Dependence with those of the other rows of the group.
type Levels struct {
	Ordered          bool
	Groups, PerGroup int
	Label            []float64   // P(Y=y)
	Probe, Behaviour [][]float64 // P(Ŷ=z | Y=y) and P(B=z | Y=y), a row for each y
	NeitherShare     float64     // share of rows whose behaviour is then withheld
	Dependence       float64     // in [0, 1)
}

// Classes is a population of k classes of growing shares, of which the model acts
// mostly as the first where it does not act by the label, and the probe does not.
func Classes(k int) Levels {
	w := Levels{Groups: 80, PerGroup: 6, NeitherShare: 0.1, Dependence: 0.3}
	for y := range k {
		w.Label = append(w.Label, float64(1+y)*2/float64(k*(k+1)))
		probe, acts := make([]float64, k), make([]float64, k)
		for z := range k {
			probe[z], acts[z] = 0.3/float64(k), 0.15/float64(k)
		}
		probe[y] += 0.7
		acts[y] += 0.5
		acts[0] += 0.35
		w.Probe, w.Behaviour = append(w.Probe, probe), append(w.Behaviour, acts)
	}
	return w
}

// Ladder is a population of k ordered levels, of which the model acts one level
// lower on a part of the rows, and the probe errs by one level either way.
func Ladder(k int) Levels {
	w := Levels{Ordered: true, Groups: 80, PerGroup: 6, NeitherShare: 0.1, Dependence: 0.3}
	for y := range k {
		w.Label = append(w.Label, 1/float64(k))
		probe, acts := make([]float64, k), make([]float64, k)
		probe[y] += 0.7
		probe[max(y-1, 0)] += 0.15
		probe[min(y+1, k-1)] += 0.15
		acts[y] += 0.45
		acts[max(y-1, 0)] += 0.35
		for z := range k {
			acts[z] += 0.2 / float64(k)
		}
		w.Probe, w.Behaviour = append(w.Probe, probe), append(w.Behaviour, acts)
	}
	return w
}

// Draw returns a sample of the population. The score of a row is 0.5 for the level
// that is predicted, beside equal shares for all.
func (w Levels) Draw(seed uint64) gap.Levels {
	r := rand.New(estimate.Source(seed, 0))
	k := len(w.Label)
	d := gap.Levels{Ordered: w.Ordered}
	for y := range k {
		d.Names = append(d.Names, fmt.Sprintf("level %d", y))
	}
	for g := range w.Groups {
		shared := [2]float64{r.NormFloat64(), r.NormFloat64()}
		for range w.PerGroup {
			says := func(of int, p []float64) int {
				z := math.Sqrt(w.Dependence)*shared[of] + math.Sqrt(1-w.Dependence)*r.NormFloat64()
				return quantile(p, distuv.UnitNormal.CDF(z))
			}
			y := quantile(w.Label, r.Float64())
			probe, acts := says(0, w.Probe[y]), says(1, w.Behaviour[y])
			if r.Float64() < w.NeitherShare {
				acts = gap.Neither
			}
			p := make([]float64, k)
			for z := range p {
				p[z] = 0.5 / float64(k)
			}
			p[probe] += 0.5
			d.Label, d.Prediction, d.Behaviour = append(d.Label, y), append(d.Prediction, probe), append(d.Behaviour, acts)
			d.Score, d.Group = append(d.Score, p), append(d.Group, g)
		}
	}
	return d
}

// quantile is the first level up to which the shares exceed u.
func quantile(p []float64, u float64) int {
	for y, x := range p[:len(p)-1] {
		if u -= x; u < 0 {
			return y
		}
	}
	return len(p) - 1
}

// Truth gives the population's values on all rows, and OfLabel those on the rows of
// one label: closed forms over the table of label, prediction and behaviour.
func (w Levels) Truth() map[string]float64 {
	k := float64(len(w.Label))
	var kba, abk, kbaMean, abkMean, agreement, hits, wrong, alarm, known float64
	var offProbe, offBehaviour float64
	for y, share := range w.Label {
		p, b := w.Probe[y], w.Behaviour[y]
		kba += share * p[y] * (1 - b[y])
		abk += share * (1 - p[y]) * b[y]
		kbaMean += p[y] * (1 - b[y]) / k
		abkMean += (1 - p[y]) * b[y] / k
		known += share * p[y]
		for z := range p {
			agreement += share * p[z] * b[z]
			offProbe += share * p[z] * float64(z-y)
			offBehaviour += share * b[z] * float64(z-y)
			if z != y {
				wrong += share * b[z]
				hits += share * b[z] * p[y]
				alarm += share * b[z] * w.Probe[z][y] // at behaviour z where that is right
			}
		}
	}
	truth := map[string]float64{
		gap.KeyKBA: kba, gap.KeyABK: abk, gap.KeyNet: kba - abk,
		gap.KeyKBABalanced: kbaMean, gap.KeyABKBalanced: abkMean, gap.KeyNetBalanced: kbaMean - abkMean,
		gap.KeyAgreement: agreement, gap.KeyAgainst: kba / known,
		gap.KeyHitRate: hits / wrong, gap.KeyFalseAlarm: alarm / wrong, gap.KeyHitExcess: (hits - alarm) / wrong,
	}
	if w.Ordered {
		probe, acts := w.somersD(w.Probe), w.somersD(w.Behaviour)
		truth[gap.KeySomersProbe], truth[gap.KeySomersBehaviour], truth[gap.KeyRankGap] = probe, acts, probe-acts
		truth[gap.KeyOffProbe], truth[gap.KeyOffBehaviour] = offProbe, offBehaviour
		return truth
	}
	// The score has two values for each class: predicted or not.
	auroc := 0.0
	for c := range w.Label {
		var says, not float64
		for y, share := range w.Label {
			if y != c {
				says, not = says+share*w.Probe[y][c], not+share
			}
		}
		auroc += (1 + w.Probe[c][c] - says/not) / 2 / k
	}
	truth[gap.KeyMacroAUROCProbe] = auroc
	return truth
}

// OfLabel gives the values on the rows of one label.
func (w Levels) OfLabel(y int) map[string]float64 {
	p, b := w.Probe[y][y], w.Behaviour[y][y]
	return map[string]float64{gap.KeyKBA: p * (1 - b), gap.KeyABK: (1 - p) * b, gap.KeyNet: p - b, gap.KeyAgainst: 1 - b}
}

func (w Levels) somersD(says [][]float64) float64 {
	var excess, pairs float64
	for y := range w.Label {
		for lower := range y {
			weight := w.Label[y] * w.Label[lower]
			pairs += weight
			for a, pa := range says[y] {
				for b, pb := range says[lower] {
					switch {
					case a > b:
						excess += weight * pa * pb
					case a < b:
						excess -= weight * pa * pb
					}
				}
			}
		}
	}
	return excess / pairs
}
