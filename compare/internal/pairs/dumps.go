package pairs

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"

	"tell/compare"
)

// Dumps are two dumps that read one latent with noise of their own.
type Dumps struct {
	Groups, PerGroup int
	Latent           float64    // standard deviation of the latent around the label, which is at ±1
	Noise            [2]float64 // standard deviation of each dump's noise
	Act              [2]float64 // accuracy of each behaviour
	InGroup          float64
	Margin           float64
}

// Draw returns a sample.
func (p Dumps) Draw(rng *rand.Rand) compare.Dumps {
	d := compare.Dumps{Names: [2]string{"base", "tuned"}, Margin: p.Margin}
	for g := range p.Groups {
		shared, luck := rng.NormFloat64(), rng.Float64()
		for range p.PerGroup {
			y := rng.IntN(2)
			latent := sign(y) + p.Latent*(math.Sqrt(p.InGroup)*shared+math.Sqrt(1-p.InGroup)*rng.NormFloat64())
			u := rng.Float64()
			if rng.Float64() < p.InGroup {
				u = luck
			}
			d.ID, d.Group, d.Label = append(d.ID, strconv.Itoa(len(d.ID))), append(d.Group, g), append(d.Label, y)
			for k := range 2 {
				d.Score[k] = append(d.Score[k], expit(Scale*(latent+p.Noise[k]*rng.NormFloat64())))
				if rng.Float64() < 0.3 {
					u = rng.Float64() // the dumps do not act alike on every row
				}
				d.Behaviour[k] = append(d.Behaviour[k], oneIf((u < p.Act[k]) == (y == 1)))
			}
		}
	}
	d.Peer = d.Score[1]
	return d
}

// World is the population with what compare estimates on it.
func (p Dumps) World(name string) World {
	var auroc, right [2]float64
	for k, noise := range p.Noise {
		sd := math.Hypot(p.Latent, noise)
		auroc[k], right[k] = phi(math.Sqrt2/sd), phi(1/sd)
	}
	w := World{Name: name, Lines: func(ctx context.Context, rng *rand.Rand, s compare.Settings) ([]compare.Line, error) {
		return p.Draw(rng).Measure(ctx, s)
	}, Truth: func(l compare.Line, _ []compare.Line) (float64, bool) {
		act := p.Act[1] - p.Act[0]
		switch {
		case l.Key == compare.KeyAUROCChange:
			return auroc[1] - auroc[0], true
		case l.Key == compare.KeyPremium:
			return auroc[0] - auroc[1], true
		case l.Key == compare.KeyAccuracyChange && l.Predictor == "behaviour":
			return act, true
		case l.Key == compare.KeyAccuracyChange:
			return right[1] - right[0], true
		case l.Key == compare.KeyNetGapChange:
			return right[1] - right[0] - act, true
		}
		return 0, false
	}}
	if p.Noise[0] == p.Noise[1] {
		w.Null = func(compare.Line) bool { return p.Act[0] == p.Act[1] }
	}
	return w
}

// noiseFor is the noise of a second dump whose accuracy is lower by a margin.
func (p Dumps) noiseFor(margin float64) float64 {
	low, high := p.Noise[0], 20.0
	first := phi(1 / math.Hypot(p.Latent, p.Noise[0]))
	for range 60 {
		mid := (low + high) / 2
		if first-phi(1/math.Hypot(p.Latent, mid)) < margin {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// AllDumps are the worlds of the table. In the third the change of the probe's
// accuracy is the margin: it must be called equivalent in 5% of samples.
func AllDumps() []World {
	base := Dumps{Groups: 80, PerGroup: 5, Latent: 0.8, Noise: [2]float64{0.6, 0.6}, Act: [2]float64{0.8, 0.8}, InGroup: 0.2, Margin: 0.06}
	other, edge := base, base
	other.Noise[1], other.Act[1] = 1.4, 0.6
	edge.Noise[1] = edge.noiseFor(edge.Margin)
	return []World{base.World("same latent, noise alike"), other.World("same latent, other noise"), edge.World("accuracy lower by the margin"), doses("doses", 0.04), doses("doses without an effect", 0)}
}

// doses is a behaviour that moves by slope a unit of dose, at 19 random
// directions by a random slope. Without a slope the direction is one of them.
func doses(name string, slope float64) World {
	const groups, per, random, spread = 60, 5, 19, 0.03
	dose := []float64{-4, 0, 4}
	w := World{Name: name}
	w.Lines = func(ctx context.Context, rng *rand.Rand, s compare.Settings) ([]compare.Line, error) {
		d := compare.Doses{}
		var luck [][]float64
		for g := range groups {
			shared := rng.Float64()
			for range per {
				d.ID, d.Group = append(d.ID, strconv.Itoa(len(d.ID))), append(d.Group, g)
				row := make([]float64, len(dose))
				for k := range row {
					row[k] = rng.Float64()
					if rng.Float64() < 0.2 {
						row[k] = shared
					}
				}
				luck = append(luck, row)
			}
		}
		series := func(name string, slope float64) compare.Series {
			out := compare.Series{Name: name, Dose: dose}
			for k, x := range dose {
				column := make([]float64, len(luck))
				for i := range column {
					column[i] = float64(oneIf(luck[i][k] < 0.5+slope*x))
				}
				out.Behaviour = append(out.Behaviour, column)
			}
			return out
		}
		own := slope
		if slope == 0 {
			own = spread * rng.NormFloat64()
		}
		d.Series = series("steered", own)
		d.Unrelated = series("unrelated", 0).Behaviour
		for r := range random {
			d.Random = append(d.Random, series(fmt.Sprint("random ", r), spread*rng.NormFloat64()))
		}
		return d.Measure(ctx, s)
	}
	w.Truth = func(l compare.Line, _ []compare.Line) (float64, bool) {
		x, _ := strconv.ParseFloat(l.Value, 64)
		switch {
		case l.Key == compare.KeyDoseChange:
			return slope * x, slope != 0
		case l.Key == compare.KeyDoseSlope:
			return slope, slope != 0
		case l.Key == compare.KeyDoseUnrelated, l.Key == compare.KeyDoseSlopeOf:
			return 0, true
		}
		return 0, false
	}
	if slope == 0 {
		w.Null = func(compare.Line) bool { return true }
	}
	return w
}
