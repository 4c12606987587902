package gap

import "fmt"

// matchedAUROC is the AUROC of the score for the label among rows of equal
// behaviour.
type matchedAUROC struct{ behaviour int }

func (e matchedAUROC) about() about {
	a := about{
		key:   keyAt(KeyMatchedAUROC, e.behaviour),
		title: "Behaviour-matched AUROC" + titleAt(e.behaviour),
		definition: "mean over b of AUROC(s for Y | B=b), weighted by n1·n0/(n1+n0) with n1 and n0 the rows of each label at b; " +
			"of several classes, over b and c of AUROC(P(c) for Y=c | B=b); 0.5 means that the probe only reads the coming behaviour",
		kind: AUROC,
	}
	if e.behaviour != anyBehaviour {
		a.definition = fmt.Sprintf("AUROC(s for Y | B=%d), ties counted half", e.behaviour)
	}
	return a
}

func (e matchedAUROC) at(v *view) value {
	if e.behaviour != anyBehaviour {
		return v.aurocAt(e.behaviour)
	}
	// n1·n0/(n1+n0) times AUROC, which is above/(n1·n0), is above/(n1+n0).
	var num, den, n float64
	for b := range 2 {
		zero, one := v.labelsAt(b)
		if zero > 0 && one > 0 {
			num += v.above[b] / (zero + one)
			den += zero * one / (zero + one)
			n += zero + one
		}
	}
	if n == 0 {
		return value{reason: "no behaviour has rows of both labels"}
	}
	return value{x: num / den, n: n}
}

func (v *view) aurocAt(b int) value {
	zero, one := v.labelsAt(b)
	switch {
	case zero+one == 0:
		return value{reason: fmt.Sprintf("no row has behaviour %d", b)}
	case zero == 0:
		return value{reason: fmt.Sprintf("every row of behaviour %d has label 1", b)}
	case one == 0:
		return value{reason: fmt.Sprintf("every row of behaviour %d has label 0", b)}
	}
	return value{x: v.above[b] / (zero * one), n: zero + one}
}

// labelsAt is the weight of label 0 and of label 1 among rows of behaviour b.
func (v *view) labelsAt(b int) (zero, one float64) {
	zero = v.weight(func(o outcome) bool { return o.behaviour == b && o.label == 0 })
	one = v.weight(func(o outcome) bool { return o.behaviour == b && o.label == 1 })
	return zero, one
}
