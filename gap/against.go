package gap

import "fmt"

// anyLabel asks for both labels together where a label is expected.
const anyLabel = -1

// against is how often the behaviour is wrong where the probe is right: how
// often the model acts otherwise where its hidden states show the label.
type against struct{ label int }

func (e against) about() about {
	a := about{
		key:        KeyAgainst,
		title:      "Behaviour wrong where the probe is right",
		definition: "P(B≠Y | Ŷ=Y)",
		kind:       Share,
	}
	if y := e.label; y != anyLabel {
		a.key += fmt.Sprintf("_y%d", y)
		a.title += fmt.Sprintf(", label %d", y)
		a.definition = fmt.Sprintf("P(B=%d | Ŷ=%d, Y=%d)", 1-y, y, y)
	}
	return a
}

func (e against) at(v *view) value {
	known := func(o outcome) bool { return o.probe == o.label && (e.label == anyLabel || o.label == e.label) }
	wrong := v.weight(func(o outcome) bool { return known(o) && o.behaviour != o.label })
	reason := "the probe is never right"
	if e.label != anyLabel {
		reason = fmt.Sprintf("the probe is right on no row of label %d", e.label)
	}
	return ratio(wrong, v.weight(known), reason)
}
