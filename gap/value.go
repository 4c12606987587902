package gap

// A value is what an estimator finds at a view: x from rows of weight n, or the
// reason why there is no x.
type value struct {
	x, n   float64
	method string // of an exact value, where it is more than about.exact
	reason string
}

func ratio(part, whole float64, ifEmpty string) value {
	if whole == 0 {
		return value{reason: ifEmpty}
	}
	return value{x: part / whole, n: whole}
}

func (v *view) share(match func(outcome) bool) value {
	return ratio(v.weight(match), v.total, "no rows")
}

// minus is the difference of two values of the same rows.
func (a value) minus(b value) value {
	switch {
	case a.reason != "":
		return a
	case b.reason != "":
		return b
	}
	return value{x: a.x - b.x, n: a.n}
}
