package gap

import "fmt"

// anyBehaviour asks for both behaviours together where a behaviour is expected.
const anyBehaviour = -1

// hitRate is how often the probe is right where the behaviour is wrong.
type hitRate struct{ behaviour int }

func (e hitRate) about() about {
	a := about{
		key:        keyAt(KeyHitRate, e.behaviour),
		title:      "Probe right where the behaviour is wrong" + titleAt(e.behaviour),
		definition: "P(Ŷ=Y | B≠Y)",
		kind:       Share,
	}
	if b := e.behaviour; b != anyBehaviour {
		a.definition = fmt.Sprintf("P(Ŷ=%d | B=%d, Y=%d)", 1-b, b, 1-b)
	}
	return a
}

func (e hitRate) at(v *view) value {
	if e.behaviour != anyBehaviour {
		return v.contradicts(e.behaviour, 1-e.behaviour)
	}
	wrong := v.weight(func(o outcome) bool { return o.behaviour != o.label })
	return ratio(v.weight(onlyProbe), wrong, "the behaviour is never wrong")
}

// contradicts is how often the probe says otherwise than behaviour b on rows of
// label y.
func (v *view) contradicts(b, y int) value {
	of := v.weight(func(o outcome) bool { return o.behaviour == b && o.label == y })
	against := v.weight(func(o outcome) bool { return o.behaviour == b && o.label == y && o.probe != b })
	return ratio(against, of, fmt.Sprintf("no row has behaviour %d and label %d", b, y))
}

func keyAt(key string, behaviour int) string {
	if behaviour == anyBehaviour {
		return key
	}
	return fmt.Sprintf("%s_b%d", key, behaviour)
}

func titleAt(behaviour int) string {
	if behaviour == anyBehaviour {
		return ""
	}
	return fmt.Sprintf(", behaviour %d", behaviour)
}
