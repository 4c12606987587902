package pairs

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"

	"tell/compare"
)

// Scale turns evidence into log-odds.
const Scale = 1.7

// Condition is a world of pairs. The evidence of a pair is sign(y) d'/2, shifted
// in the second condition, plus noise of which a part is common to rows of a
// group and a part to both rows of a pair. Behaviour is an observer with noise of
// its own.
type Condition struct {
	Groups, PerGroup int
	Probe, Behaviour [2]float64 // d' by condition
	Shift            float64    // of the probe's evidence in the second condition
	Bias             float64    // of the behaviour's there
	InGroup, InPair  float64    // shares of the noise
	Neither          float64
}

// Draw returns a sample.
func (c Condition) Draw(rng *rand.Rand) compare.Condition {
	d := compare.Condition{Names: [2]string{"neutral", "pressure"}}
	own := math.Sqrt(max(0, 1-c.InGroup-c.InPair))
	for g := range c.Groups {
		group := [2]float64{rng.NormFloat64(), rng.NormFloat64()}
		for range c.PerGroup {
			y := rng.IntN(2)
			pair := [2]float64{rng.NormFloat64(), rng.NormFloat64()}
			d.Pair, d.Group = append(d.Pair, strconv.Itoa(len(d.Pair))), append(d.Group, g)
			for k := range 2 {
				noise := func(who int) float64 {
					return math.Sqrt(c.InGroup)*group[who] + math.Sqrt(c.InPair)*pair[who] + own*rng.NormFloat64()
				}
				z := sign(y)*c.Probe[k]/2 + noise(0) + float64(k)*c.Shift
				m := sign(y)*c.Behaviour[k]/2 + noise(1) + float64(k)*c.Bias
				b := oneIf(m > 0)
				if rng.Float64() < c.Neither {
					b = -1
				}
				d.Label[k] = append(d.Label[k], y)
				d.Score[k] = append(d.Score[k], expit(Scale*z))
				d.Behaviour[k] = append(d.Behaviour[k], b)
			}
		}
	}
	return d
}

// accuracy is that of an observer with a shift of its evidence.
func accuracy(d, shift float64) float64 { return (phi(d/2+shift) + phi(d/2-shift)) / 2 }

// Truth are the population's values of the probe and of both, by key, and of the
// behaviour with the prefix "behaviour ".
func (c Condition) Truth() map[string]float64 {
	first, second := accuracy(c.Probe[0], 0), accuracy(c.Probe[1], c.Shift)
	// Alarms at the matched threshold are those of the first condition.
	hit := phi(c.Probe[1] - c.Probe[0]/2)
	matched := (hit + phi(c.Probe[0]/2)) / 2
	act := accuracy(c.Behaviour[0], 0) - accuracy(c.Behaviour[1], c.Bias)
	return map[string]float64{
		"accuracy_fall":              first - second,
		"accuracy_fall_matched":      first - matched,
		"accuracy_matched":           matched,
		"hit_matched":                hit,
		"auroc_change":               phi(c.Probe[1]/math.Sqrt2) - phi(c.Probe[0]/math.Sqrt2),
		"d_prime_change":             c.Probe[1] - c.Probe[0],
		"d_prime_change_matched":     c.Probe[1] - c.Probe[0],
		"criterion_change":           -c.Shift,
		"logit_shift":                Scale * c.Shift,
		"override_share":             1 - (first-second)/act,
		"override_share_matched":     1 - (first-matched)/act,
		"behaviour accuracy_fall":    act,
		"behaviour d_prime_change":   c.Behaviour[1] - c.Behaviour[0],
		"behaviour criterion_change": -c.Bias,
	}
}

// World is the population with what compare estimates on it.
func (c Condition) World(name string, null bool) World {
	truth := c.Truth()
	w := World{Name: name, Lines: func(ctx context.Context, rng *rand.Rand, s compare.Settings) ([]compare.Line, error) {
		return c.Draw(rng).Measure(ctx, s)
	}, Truth: func(l compare.Line, _ []compare.Line) (float64, bool) {
		key := l.Key
		if l.Predictor == "behaviour" {
			key = "behaviour " + key
		}
		x, ok := truth[key]
		return x, ok
	}}
	if null {
		w.Null = func(compare.Line) bool { return true }
	}
	return w
}

// Conditions are the worlds of the table.
func Conditions() []World {
	base := Condition{Groups: 60, PerGroup: 5, Probe: [2]float64{2.2, 2.2}, Behaviour: [2]float64{2.2, 0.6}, InGroup: 0.2, InPair: 0.5}
	override := base
	persuasion := base
	persuasion.Probe[1] = 0.6
	half := base
	half.Probe[1] = 1.32
	shift := base
	shift.Shift, shift.InGroup, shift.InPair = -0.9, 0.2, 0.8 // no noise of the row: ranks are kept
	null := base
	null.Behaviour[1] = 2.2
	small := override
	small.Groups = 30
	weak := half
	weak.Behaviour[1], weak.Groups = 1.9, 40
	return []World{
		override.World("override", false), persuasion.World("persuasion", false), half.World("half", false),
		shift.World("shift, ranks kept", false), null.World("nothing changes", true),
		small.World("override, 30 groups", false), weak.World("behaviour hardly falls, 40 groups", false),
	}
}
