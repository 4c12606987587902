package firstlevel

import (
	"context"
	"math"
	"math/rand/v2"
	"strconv"

	"tell/folds"
	"tell/hidden"
	"tell/probe"
	"tell/target"
)

// Levels is a world of classes or ordered levels. Every row has noisy copies of its
// level: a cue, the behaviour and what the model knows apart from both. A copy that
// is wrong is another class, or a level next to the right one.
type Levels struct {
	Kind                                     target.Kind
	Levels, Groups, PerGroup                 int
	CueRight, BehaviourRight, KnowledgeRight float64
	// KnowsNothing leaves the knowledge out of the states.
	KnowsNothing bool
	// Noise is the number of columns of the states that tell nothing.
	Noise int
}

// copied is the probability that a copy of level y, right with the given one, is c.
func (w Levels) copied(y, c int, right float64) float64 {
	if w.Kind != target.KindOrdinal {
		if c == y {
			return right
		}
		return (1 - right) / float64(w.Levels-1)
	}
	edge := y == 0 || y == w.Levels-1
	switch d := c - y; {
	case d == 0:
		return right
	case d*d != 1:
		return 0
	case edge:
		return 1 - right
	}
	return (1 - right) / 2
}

// Truth is what the knowledge says of the level beyond cue and behaviour, in bits: the
// conditional mutual information, summed over all values of the four.
func (w Levels) Truth() float64 {
	if w.KnowsNothing {
		return 0
	}
	k := w.Levels
	var bits float64
	for cue := range k {
		for acted := range k {
			var rivals float64
			for y := range k {
				rivals += w.copied(y, cue, w.CueRight) * w.copied(y, acted, w.BehaviourRight)
			}
			for known := range k {
				var all float64
				for y := range k {
					all += w.copied(y, cue, w.CueRight) * w.copied(y, acted, w.BehaviourRight) * w.copied(y, known, w.KnowledgeRight)
				}
				for y := range k {
					before := w.copied(y, cue, w.CueRight) * w.copied(y, acted, w.BehaviourRight)
					after := before * w.copied(y, known, w.KnowledgeRight)
					if after > 0 {
						bits += after / float64(k) * math.Log2((after/all)/(before/rivals))
					}
				}
			}
		}
	}
	return bits
}

// Draw is a sample with a probe of the states, a text that reads the cue, and the
// behaviour. Levels and errors of a group are alike: with a probability of 0.3 a row
// takes those of its group.
func (w Levels) Draw(seed uint64) (hidden.Data, error) {
	rng := rand.New(rand.NewPCG(seed, 0x6c6576656c73))
	k := w.Levels
	y := target.Column{Kind: w.Kind}
	for v := range k {
		y.Levels = append(y.Levels, strconv.Itoa(v))
	}
	var ids []string
	var group, acted []int
	var states, cues [][]float64
	for g := range w.Groups {
		var of [4]float64 // the group's level and errors
		for i := range of {
			of[i] = rng.Float64()
		}
		draw := func(i int) float64 {
			if own := rng.Float64(); rng.Float64() >= 0.3 {
				return own
			}
			return of[i]
		}
		for i := range w.PerGroup {
			level := min(int(draw(0)*float64(k)), k-1)
			noisy := func(i int, right float64) int {
				u := draw(i)
				c := 0
				for ; c < k-1; c++ {
					if u -= w.copied(level, c, right); u < 0 {
						break
					}
				}
				return c
			}
			cue, did, known := noisy(1, w.CueRight), noisy(2, w.BehaviourRight), noisy(3, w.KnowledgeRight)
			row := append(w.features(cue), w.features(did)...)
			if !w.KnowsNothing {
				row = append(row, w.features(known)...)
			}
			for range w.Noise {
				row = append(row, rng.NormFloat64())
			}
			ids = append(ids, strconv.Itoa(g)+"-"+strconv.Itoa(i))
			group, acted = append(group, g), append(acted, did)
			states, cues = append(states, row), append(cues, w.features(cue))
			y.Values = append(y.Values, float64(level))
		}
	}
	plan, err := folds.New(ids, group, y.Ints(), k, folds.Settings{Seed: seed})
	if err != nil {
		return hidden.Data{}, err
	}
	d := hidden.Data{Plan: plan, Target: y}
	if d.Probe, err = scored(plan, "probe", states, y); err != nil {
		return d, err
	}
	text, err := scored(plan, "text", cues, y)
	if err != nil {
		return d, err
	}
	behaviour := hidden.Levels(plan, "behaviour", acted, y.Levels...)
	behaviour.Behaviour = true
	d.Rivals = []hidden.Predictor{behaviour, text}
	return d, nil
}

// features are an indicator of every class, or the number of an ordered level.
func (w Levels) features(level int) []float64 {
	if w.Kind == target.KindOrdinal {
		return []float64{float64(level)}
	}
	x := make([]float64, w.Levels)
	x[level] = 1
	return x
}

// scored is a probe on x, out of fold.
func scored(p *folds.Plan, name string, x [][]float64, y target.Column) (hidden.Predictor, error) {
	o, err := probe.CrossValidate(context.Background(), probe.Slices(x), y, &probe.Settings{Plan: p, C: grid, Tol: 1e-5})
	if err != nil {
		return hidden.Predictor{}, err
	}
	return hidden.Predictor{Name: name, Inner: hidden.Scores(y, o.Inner), Score: hidden.Scores(y, o.Score)}, nil
}
