package result

import (
	"fmt"
	"math"
)

// check reports the first row that no file can hold.
func (t Table) check() error {
	for i, r := range t {
		if found, expected := r.fault(); expected != "" {
			return fmt.Errorf("table, row %d (%s %q): found %s, expected %s", i, r.Block, r.Key, found, expected)
		}
	}
	return nil
}

// fault says what is wrong with a row. Nothing is expected of one that is sound.
func (r Row) fault() (found, expected string) {
	e := r.Estimate
	switch {
	case r.Key == "":
		return "no key", "one"
	case r.Layer < None:
		return fmt.Sprintf("layer %d", r.Layer), "0 or more, or none"
	case r.Position < None:
		return fmt.Sprintf("position %d", r.Position), "0 or more, or none"
	case e.OK() && !finite(e.Value):
		return fmt.Sprintf("value %v", e.Value), "a finite number, or a reason"
	case e.N < 0:
		return fmt.Sprintf("n %d", e.N), "0 or more"
	case e.Groups < 0:
		return fmt.Sprintf("groups %d", e.Groups), "0 or more"
	}
	if bounded(r.Unit) && e.OK() && !(math.Abs(e.Value) <= most) {
		return fmt.Sprintf("value %v", e.Value), "at most 1 for the unit " + r.Unit
	}
	if v := e.Interval; v != nil {
		switch {
		case bounded(r.Unit) && !(v.Low >= -most && v.High <= most):
			return fmt.Sprintf("an interval from %v to %v", v.Low, v.High), "at most 1 for the unit " + r.Unit
		case !finite(v.Low) || !finite(v.High) || v.Low > v.High:
			return fmt.Sprintf("an interval from %v to %v", v.Low, v.High), "two finite numbers, the lower one first"
		case !(v.Level > 0 && v.Level < 1):
			return fmt.Sprintf("level %v", v.Level), "a number between 0 and 1"
		}
	}
	if n := r.Null; n != nil {
		switch {
		case !finite(n.Mean):
			return fmt.Sprintf("null mean %v", n.Mean), "a finite number"
		case !(n.P >= 0 && n.P <= 1):
			return fmt.Sprintf("p %v", n.P), "0 to 1"
		}
	}
	return "", ""
}

// most is the largest share or difference of shares, and a little for rounding.
const most = 1 + 1e-9

// bounded reports whether values of a unit lie between -1 and 1.
func bounded(unit string) bool {
	return unit == UnitShare || unit == UnitDifference || unit == UnitProbability || unit == UnitP
}

// check reports settings that no run has, and that nothing can be drawn with.
func (p Protocol) check() error {
	const maxDraws = 1_000_000
	switch {
	case !(p.Level >= 0 && p.Level < 1):
		return fmt.Errorf("protocol, level: found %v, expected a number between 0 and 1", p.Level)
	case p.Bootstrap < 0 || p.Bootstrap > maxDraws:
		return fmt.Errorf("protocol, bootstrap: found %d, expected 0 to %d", p.Bootstrap, maxDraws)
	}
	return nil
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
