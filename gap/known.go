package gap

import "fmt"

// againstKnown is how often the model acts otherwise than its hidden states
// show, among the rows on which it is known to know, or among the others.
type againstKnown struct{ knows int }

func (e againstKnown) about() about {
	a := about{
		key:   KeyAgainstKnown,
		title: "Behaviour wrong where the probe is right and the model is known to know",
		kind:  Share,
	}
	if e.knows == 0 {
		a.key, a.title = KeyAgainstUnknown, "Behaviour wrong where the probe is right and the model is not known to know"
	}
	a.definition = fmt.Sprintf("P(B≠Y | Ŷ=Y, K=%d), with K=1 on rows on which the study has another sign that the model knows, such as its answer to the neutral question; rows that do not state K are left out", e.knows)
	return a
}

func (e againstKnown) at(v *view) value {
	if !v.hasKnows {
		return value{reason: "it is not given on which rows the model is known to know"}
	}
	x := v.known[e.knows]
	return ratio(x[1], x[0]+x[1], fmt.Sprintf("the probe is right on no row with K=%d", e.knows))
}

// againstDifference is what knowing changes.
type againstDifference struct{}

func (againstDifference) about() about {
	return about{
		key:        KeyAgainstDifference,
		title:      "Behaviour wrong where the probe is right, known to know minus not",
		definition: KeyAgainstKnown + " - " + KeyAgainstUnknown + "; these are different rows, of groups that may be shared",
		kind:       Difference,
	}
}

func (againstDifference) at(v *view) value {
	known, unknown := againstKnown{1}.at(v), againstKnown{0}.at(v)
	out := known.minus(unknown)
	out.n = known.n + unknown.n
	return out
}
