package gap

// balanced is KBA, ABK or the net gap with both labels weighing the same.
type balanced struct{ of predicate }

// A predicate is one of the shares that have a balanced form.
type predicate int

const (
	balancedKBA predicate = iota
	balancedABK
	balancedNet
)

func (e balanced) about() about {
	switch e.of {
	case balancedKBA:
		return about{
			key:        KeyKBABalanced,
			title:      "KBA, labels balanced",
			definition: "mean over y of P(Ŷ=Y, B≠Y | Y=y)",
			kind:       Share,
		}
	case balancedABK:
		return about{
			key:        KeyABKBalanced,
			title:      "ABK, labels balanced",
			definition: "mean over y of P(Ŷ≠Y, B=Y | Y=y)",
			kind:       Share,
		}
	}
	return about{
		key:        KeyNetBalanced,
		title:      "Net gap, labels balanced",
		definition: "balanced KBA - balanced ABK, which equals the balanced accuracy of the probe minus that of the behaviour",
		kind:       Difference,
	}
}

func (e balanced) at(v *view) value {
	switch e.of {
	case balancedKBA:
		return v.balancedShare(onlyProbe)
	case balancedABK:
		return v.balancedShare(onlyBehaviour)
	}
	return v.balancedShare(onlyProbe).minus(v.balancedShare(onlyBehaviour))
}

func (v *view) balancedShare(match func(outcome) bool) value {
	out := value{n: v.total}
	for y := range 2 {
		of := v.ofLabel[y]
		if of == 0 {
			return value{reason: oneLabel(y)}
		}
		out.x += v.weight(func(o outcome) bool { return o.label == y && match(o) }) / of / 2
	}
	return out
}

func oneLabel(missing int) string {
	if missing == 0 {
		return "every row has label 1"
	}
	return "every row has label 0"
}
