package compare

import (
	"fmt"
	"math"
)

// checkSets reports sets that are missing or named twice, and rows that occur twice.
func checkSets(sets, ids []string) error {
	if len(sets) == 0 {
		return fmt.Errorf("compare: found no sets, expected at least one")
	}
	if err := once("sets", sets); err != nil {
		return err
	}
	return once("rows", ids)
}

func (d *Transfer) check() error {
	if err := checkSets(d.Sets, d.ID); err != nil {
		return err
	}
	if len(d.Group) != len(d.ID) {
		return fmt.Errorf("compare: found %d groups for %d rows, expected as many", len(d.Group), len(d.ID))
	}
	if err := checkLevels("label", d.Label, d.ID, 0); err != nil {
		return err
	}
	if d.Unit != nil && len(d.Unit) != len(d.ID) {
		return fmt.Errorf("compare: found the units of %d rows, expected those of %d", len(d.Unit), len(d.ID))
	}
	if d.Behaviour != nil {
		if err := checkLevels("behaviour", d.Behaviour, d.ID, -1); err != nil {
			return err
		}
	}
	if len(d.In) != len(d.Sets) {
		return fmt.Errorf("compare: found the rows of %d sets, expected %d", len(d.In), len(d.Sets))
	}
	for a, in := range d.In {
		if len(in) != len(d.ID) {
			return fmt.Errorf("compare: set %s: found %d marks for %d rows, expected as many", d.Sets[a], len(in), len(d.ID))
		}
	}
	if d.Untrained != nil && len(d.Untrained) != len(d.Sets) {
		return fmt.Errorf("compare: found the reasons of %d sets, expected those of %d", len(d.Untrained), len(d.Sets))
	}
	names := map[string]bool{"": true, behaviourPredictor: true}
	for _, p := range append([]TransferScores{{probePredictor, d.Score}}, d.Others...) {
		if names[p.Name] {
			return fmt.Errorf("compare: found a predictor named %q, expected a name that is not empty, taken or %q", p.Name, behaviourPredictor)
		}
		names[p.Name] = true
		if len(p.Score) != len(d.Sets) {
			return fmt.Errorf("compare: %s: found scores of %d sets, expected %d", p.Name, len(p.Score), len(d.Sets))
		}
		for a, score := range p.Score {
			if len(score) != len(d.ID) {
				return fmt.Errorf("compare: %s trained in %s: found %d scores for %d rows, expected as many", p.Name, d.Sets[a], len(score), len(d.ID))
			}
			for i, x := range score {
				if !math.IsNaN(x) && !(x >= 0 && x <= 1) {
					return fmt.Errorf("compare: %s trained in %s: row %q: found score %v, expected P(label=1), or NaN for none", p.Name, d.Sets[a], d.ID[i], x)
				}
			}
		}
	}
	if d.Control >= len(d.Sets) {
		return fmt.Errorf("compare: found control set %d of %d sets, expected the number of one, or -1 for none", d.Control, len(d.Sets))
	}
	if d.Control >= 0 && !(d.FPR > 0 && d.FPR < 1) {
		return fmt.Errorf("compare: found a false-positive rate of %v, expected one between 0 and 1, such as 0.01", d.FPR)
	}
	if len(d.Paired) > 0 && len(d.Pair) != len(d.ID) {
		return fmt.Errorf("compare: found the pairs of %d rows, expected those of %d", len(d.Pair), len(d.ID))
	}
	for _, p := range d.Paired {
		if p[0] == p[1] || min(p[0], p[1]) < 0 || max(p[0], p[1]) >= len(d.Sets) {
			return fmt.Errorf("compare: found sets %d and %d as paired, expected two of 0 to %d", p[0], p[1], len(d.Sets)-1)
		}
	}
	for _, of := range d.Directions {
		if a, b := of.Sets[0], of.Sets[1]; a == b || min(a, b) < 0 || max(a, b) >= len(d.Sets) {
			return fmt.Errorf("compare: found directions of sets %d and %d, expected two of 0 to %d", a, b, len(d.Sets)-1)
		}
		if (of.Cosines == nil) == (of.Reason == "") {
			return fmt.Errorf("compare: directions of %s and %s: expected cosines or a reason why there are none", d.Sets[of.Sets[0]], d.Sets[of.Sets[1]])
		}
	}
	return nil
}
