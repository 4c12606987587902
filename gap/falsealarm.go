package gap

import "fmt"

// falseAlarm is how often the probe contradicts a behaviour that is right, at
// the behaviours for which the hit rate is computed.
type falseAlarm struct{ behaviour int }

func (e falseAlarm) about() about {
	a := about{
		key:        keyAt(KeyFalseAlarm, e.behaviour),
		title:      "Probe contradicts a right behaviour (matched false alarm)" + titleAt(e.behaviour),
		definition: "mean over b of P(Ŷ=1-b | B=b, Y=b), weighted by P(B=b | B≠Y) so that the behaviours are mixed as in the hit rate; of several levels, mean over b and y of P(Ŷ=y | B=b, Y=b), weighted by P(B=b, Y=y | B≠Y)",
		kind:       Share,
	}
	if b := e.behaviour; b != anyBehaviour {
		a.definition = fmt.Sprintf("P(Ŷ=%d | B=%d, Y=%d)", 1-b, b, b)
	}
	return a
}

func (e falseAlarm) at(v *view) value {
	if e.behaviour != anyBehaviour {
		return v.contradicts(e.behaviour, e.behaviour)
	}
	var out value
	wrong := 0.0
	for b := range 2 {
		wrongHere := v.weight(func(o outcome) bool { return o.behaviour == b && o.label != b })
		if wrongHere == 0 {
			continue
		}
		rate := v.contradicts(b, b)
		if rate.reason != "" {
			return value{reason: rate.reason}
		}
		out.x += wrongHere * rate.x
		out.n += rate.n
		wrong += wrongHere
	}
	if wrong == 0 {
		return value{reason: "the behaviour is never wrong"}
	}
	out.x /= wrong
	return out
}
