package gap

import "fmt"

// Rates are how often a predictor says 1 by the label: the hit rate
// H = P(says 1 | Y=1) and the alarm rate F = P(says 1 | Y=0).
type Rates struct{ Hit, Alarm float64 }

// rate is one of the two rates of the probe or of the behaviour.
type rate struct {
	of    predictor
	label int
}

func (e rate) about() about {
	p := predictors[e.of]
	name, keys := "Hit rate", [...]string{behaviour: KeyHitBehaviour, probe: KeyHitProbe}
	if e.label == 0 {
		name, keys = "Alarm rate", [...]string{behaviour: KeyAlarmBehaviour, probe: KeyAlarmProbe}
	}
	return about{
		key:        keys[e.of],
		title:      name + " of " + p.words,
		definition: fmt.Sprintf("P(%s=1 | Y=%d)", p.symbol, e.label),
		kind:       Share,
	}
}

func (e rate) at(v *view) value {
	return ratio(v.says1[e.of][e.label], v.ofLabel[e.label], oneLabel(e.label))
}

// rates are the rates of probe and behaviour, or the reason why there are none.
func (v *view) rates() (probed, behaved Rates, reason string) {
	for y, n := range v.ofLabel {
		if n == 0 {
			return Rates{}, Rates{}, oneLabel(y)
		}
	}
	of := func(p predictor) Rates { return Rates{rate{p, 1}.at(v).x, rate{p, 0}.at(v).x} }
	return of(probe), of(behaviour), ""
}
