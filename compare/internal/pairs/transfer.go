package pairs

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"

	"tell/compare"
)

// Transfer is two sets with directions at a cosine, a shift of the evidence in the
// second, and a control set. The noise of the states has no preferred direction.
type Transfer struct {
	Groups, PerGroup int
	DPrime           float64
	Cosine, Shift    float64
	InGroup          float64
	FPR              float64
}

// Draw returns a sample.
func (t Transfer) Draw(rng *rand.Rand) compare.Transfer {
	d := compare.Transfer{Sets: []string{"a", "b", "control"}, FPR: t.FPR, Control: 2}
	d.In, d.Score = make([][]bool, 3), make([][]float64, 3)
	c, s := t.Cosine, math.Sqrt(1-t.Cosine*t.Cosine)
	w := [3][2]float64{{1, 0}, {c, s}, {1, 0}} // of the probes; the control's is a's
	group := 0
	for set := range 3 {
		for range t.Groups {
			shared := [2]float64{rng.NormFloat64(), rng.NormFloat64()}
			for range t.PerGroup {
				y := rng.IntN(2)
				if set == 2 {
					y = 0
				}
				var x [2]float64
				for j := range x {
					x[j] = sign(y)*t.DPrime/2*w[set][j] + math.Sqrt(t.InGroup)*shared[j] + math.Sqrt(1-t.InGroup)*rng.NormFloat64()
				}
				d.ID, d.Group, d.Label = append(d.ID, strconv.Itoa(len(d.ID))), append(d.Group, group), append(d.Label, y)
				for k := range 3 {
					d.In[k] = append(d.In[k], k == set)
					z := w[k][0]*x[0] + w[k][1]*x[1]
					if set == 1 && k != 1 {
						z += t.Shift
					}
					d.Score[k] = append(d.Score[k], expit(Scale*z))
				}
			}
			group++
		}
	}
	return d
}

// World is the population with what compare estimates on it.
func (t Transfer) World(name string) World {
	w := World{Name: name, Lines: func(ctx context.Context, rng *rand.Rand, s compare.Settings) ([]compare.Line, error) {
		return t.Draw(rng).Measure(ctx, s)
	}}
	w.Truth = func(l compare.Line, all []compare.Line) (float64, bool) {
		foreign := l.Train != l.Test
		d, shift := t.DPrime, 0.0
		if foreign {
			d, shift = d*t.Cosine, t.Shift
		}
		if l.Train != "a" || l.Test == "control" && l.Key != compare.KeyRealisedFPR {
			return 0, false
		}
		switch l.Key {
		case compare.KeyAUROC:
			return phi(d / math.Sqrt2), true
		case compare.KeyAccuracy:
			return accuracy(d, shift), true
		case compare.KeyAccuracyMatched:
			return (phi(t.DPrime/2) + phi(d-t.DPrime/2)) / 2, true
		case compare.KeyRecovery:
			return (phi(d/math.Sqrt2) - 0.5) / (phi(t.DPrime/math.Sqrt2) - 0.5), foreign
		}
		for _, at := range all {
			if at.Key == compare.KeyThresholdAtFPR && at.Train == l.Train && at.Test == l.Test {
				z := math.Log(at.Estimate.Value/(1-at.Estimate.Value)) / Scale
				switch l.Key {
				case compare.KeyRealisedFPR:
					return phi(-t.DPrime/2 - z), true
				case compare.KeyRecallAtFPR:
					return phi(d/2 + shift - z), true
				case compare.KeyTestedFPR:
					return phi(-d/2 + shift - z), true
				}
			}
		}
		return 0, false
	}
	if t.Cosine == 0 {
		w.Null = func(l compare.Line) bool { return l.Train == "a" && l.Test == "b" || l.Train == "b" && l.Test == "a" }
	}
	return w
}

// Transfers are the worlds of the table.
func Transfers() []World {
	base := Transfer{Groups: 60, PerGroup: 5, DPrime: 2.2, Cosine: 1, InGroup: 0.2, FPR: 0.1}
	half, none, shift := base, base, base
	half.Cosine, none.Cosine, shift.Shift = 0.5, 0, 0.9
	rare := base
	rare.Groups, rare.FPR = 120, 0.02
	return []World{base.World("cosine 1"), half.World("cosine .5"), none.World("cosine 0"), shift.World("cosine 1, shifted"), rare.World("cosine 1, 2% false positives")}
}
