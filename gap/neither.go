package gap

// neitherBound is the net gap on all rows with those of neither behaviour
// counted as wrong, or as right. The net gap of any way to count them lies
// between the two.
type neitherBound struct{ wrong bool }

func (e neitherBound) about() about {
	a := about{
		key:        KeyNeitherRight,
		title:      "Net gap if neither is right",
		definition: "P(Ŷ=Y) - P(B=Y or B is neither), on all rows: the lower bound of the net gap over every way to count rows of neither behaviour",
		kind:       Difference, everyRow: true,
	}
	if e.wrong {
		a.key, a.title = KeyNeitherWrong, "Net gap if neither is wrong"
		a.definition = "P(Ŷ=Y) - P(B=Y), on all rows: the upper bound of the net gap over every way to count rows of neither behaviour"
	}
	return a
}

func (e neitherBound) at(v *view) value {
	if v.total == 0 {
		return value{reason: "no row has behaviour 0 or 1"}
	}
	gained := v.weight(onlyProbe) - v.weight(onlyBehaviour)
	if e.wrong {
		gained += v.neitherRight
	} else {
		gained -= v.neither - v.neitherRight
	}
	all := v.total + v.neither
	return value{x: gained / all, n: all}
}
