package hidden

import (
	"math"
	"slices"
	"strings"
)

// The codes of warnings.
const (
	NoBehaviour         = "no-behaviour"
	NoGradedBehaviour   = "no-graded-behaviour"
	RivalIsLabel        = "rival-is-label"
	ConstantRival       = "constant-rival"
	ControlWithoutPower = "control-without-power"
)

// flag adds to the numbers what a reader must know beside them.
func (t *task) flag(r *Result) {
	none := make([]bool, len(t.y))
	var isLabel, constants, powerless []string
	for k, p := range t.Rivals {
		rival := &r.Rivals[k]
		auroc := &rival.AUROC
		same := true
		for _, s := range p.Score {
			same = same && constant(s, none)
		}
		switch in := auroc.Interval; {
		case same:
			constants = append(constants, p.Name)
			auroc.Warn(ConstantRival, "%s is the same on every row", p.Name)
			auroc.Warn(ControlWithoutPower, "%s cannot tell the labels apart, so that it excludes nothing", p.Name)
		case auroc.OK() && auroc.Value >= 1-1e-12:
			isLabel = append(isLabel, p.Name)
			auroc.Warn(RivalIsLabel, "%s tells the labels apart without an error: it may be the label", p.Name)
		case in != nil && in.Low <= 0.5 || in == nil && auroc.OK() && auroc.Value <= 0.5:
			powerless = append(powerless, p.Name)
			auroc.Warn(ControlWithoutPower, "the interval of %s does not lie above 0.5: it is not seen to do better than chance, so that it excludes nothing", p.Name)
		}
	}
	for _, a := range []*Added{&r.Information, &r.AUROC, &r.Accuracy} {
		e := &a.Estimate
		if len(isLabel) > 0 {
			e.Warn(RivalIsLabel, "%s tells the labels apart without an error: nothing can be added to it", strings.Join(isLabel, ", "))
		}
		if n := len(constants) + len(powerless); n > 0 && n == len(t.Rivals) {
			e.Warn(ControlWithoutPower, "no rival is seen to do better than chance: what is added is added to nothing")
		}
		switch behaviour, graded := t.behaviour(); {
		case !behaviour:
			e.Warn(NoBehaviour, "no behaviour was given: what the probe adds may be what the model does")
		case !graded:
			e.Warn(NoGradedBehaviour, "no graded behaviour was given: what the probe adds may be how sure the model is of what it does")
		}
	}
}

// behaviour tells whether a rival is what the model did, and whether one of them
// has more than the three values of a decision.
func (t *task) behaviour() (given, graded bool) {
	for _, p := range t.Rivals {
		if !p.Behaviour {
			continue
		}
		given = true
		var values []float64
		for _, x := range p.Score[0] {
			if !math.IsNaN(x) && !slices.Contains(values, x) {
				values = append(values, x)
			}
			if len(values) > 3 {
				graded = graded || p.Levels == nil
				break
			}
		}
	}
	return given, graded
}
