package planted

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Adds is what a probe adds to its rivals in a population.
type Adds struct {
	Information     float64 // bits a row
	AUROC, Accuracy float64
}

// Truth is what a perfect probe on the states without blur adds to perfect
// rivals: the cues of the prompt, the behaviour or, where it is given, the
// model's log-odds, and the peer's knowledge. It is exact but for the log-odds,
// over which it is a sum of steps. A probe on blurred states adds less, and
// nothing where this is 0.
func (w States) Truth() Adds {
	prior := math.Log(w.LabelOne / (1 - w.LabelOne))
	cells := []cell{{p: [2]float64{1 - w.LabelOne, w.LabelOne}, rivals: prior, all: prior}}
	for range w.Cues {
		cells = split(cells, binary(w.CueRight), true, true)
	}
	if w.HoldGraded || w.GivenGraded {
		steps := w.steps()
		cells = split(cells, steps, w.GivenGraded, true)
		if !w.GivenGraded {
			// The decision alone is known of m.
			b := binary(w.BehaviourRight)
			for i := range cells {
				k := 0
				if steps[i%len(steps)].odds > 0 {
					k = 1
				}
				cells[i].rivals += b[k].odds
			}
		}
	} else {
		cells = split(cells, binary(w.BehaviourRight), true, true)
	}
	cells = split(cells, binary(w.KnowledgeRight), w.GivenPeer, w.GivenPeer || w.HoldKnowledge)

	of := func(odds func(cell) float64) Adds {
		return Adds{-entropy(cells, odds), auroc(cells, odds), accuracy(cells, odds)}
	}
	with, without := of(func(c cell) float64 { return c.all }), of(func(c cell) float64 { return c.rivals })
	return Adds{with.Information - without.Information, with.AUROC - without.AUROC, with.Accuracy - without.Accuracy}
}

// cell is rows of equal signals: their share with each label and the log-odds of
// label 1 given what the rivals know of them, and all that is known.
type cell struct {
	p           [2]float64
	rivals, all float64
}

// outcome is one value of a signal: its probability given each label and the
// log-odds that it adds.
type outcome struct {
	p    [2]float64
	odds float64
}

// binary is a signal that points to the label with probability right.
func binary(right float64) []outcome {
	odds := math.Log(right / (1 - right))
	return []outcome{{[2]float64{right, 1 - right}, -odds}, {[2]float64{1 - right, right}, odds}}
}

// steps cuts m into narrow steps.
func (w States) steps() []outcome {
	const width, end = 0.01, 8
	d := w.apart()
	var steps []outcome
	for x := -end - d; x < end+d; x += width {
		var o outcome
		for y, mean := range []float64{-d, d} {
			o.p[y] = distuv.UnitNormal.CDF(x+width-mean) - distuv.UnitNormal.CDF(x-mean)
		}
		o.odds = 2 * d * (x + width/2)
		steps = append(steps, o)
	}
	return steps
}

// split refines the cells by a signal that is known to the rivals, and to all.
func split(cells []cell, signal []outcome, rivals, all bool) []cell {
	var fine []cell
	for _, c := range cells {
		for _, o := range signal {
			f := c
			f.p[0] *= o.p[0]
			f.p[1] *= o.p[1]
			if rivals {
				f.rivals += o.odds
			}
			if all {
				f.all += o.odds
			}
			fine = append(fine, f)
		}
	}
	return fine
}

// entropy is the cross-entropy of the odds, in bits a row.
func entropy(cells []cell, odds func(cell) float64) float64 {
	var sum float64
	for _, c := range cells {
		sum += c.p[1]*math.Log1p(math.Exp(-odds(c))) + c.p[0]*math.Log1p(math.Exp(odds(c)))
	}
	return sum / math.Ln2
}

func accuracy(cells []cell, odds func(cell) float64) float64 {
	var sum float64
	for _, c := range cells {
		if odds(c) > 0 {
			sum += c.p[1]
		} else {
			sum += c.p[0]
		}
	}
	return sum
}

func auroc(cells []cell, odds func(cell) float64) float64 {
	// Odds that are equal but for rounding are ties.
	at := func(c cell) float64 { return math.Round(odds(c) * 1e9) }
	sorted := slices.Clone(cells)
	slices.SortFunc(sorted, func(a, b cell) int { return cmp.Compare(at(a), at(b)) })
	var above float64
	var below, tied [2]float64
	for i, c := range sorted {
		tied[0] += c.p[0]
		tied[1] += c.p[1]
		if i+1 == len(sorted) || at(sorted[i+1]) != at(c) {
			above += tied[1] * (below[0] + tied[0]/2)
			below[0] += tied[0]
			below[1] += tied[1]
			tied = [2]float64{}
		}
	}
	return above / (below[0] * below[1])
}
