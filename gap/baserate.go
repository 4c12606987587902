package gap

import "fmt"

// NetAt is the net gap of two predictors where a share pi of the rows has label
// 1: pi·(H_p - H_b) + (1-pi)·(F_b - F_p). It is a straight line in pi.
func NetAt(pi float64, probe, behaviour Rates) float64 {
	return pi*(probe.Hit-behaviour.Hit) + (1-pi)*(behaviour.Alarm-probe.Alarm)
}

// Root is the base rate at which the net gap of two predictors changes its
// sign; ok is false where it has the same sign at all base rates.
func Root(probe, behaviour Rates) (pi float64, ok bool) {
	at0, at1 := NetAt(0, probe, behaviour), NetAt(1, probe, behaviour)
	if at0*at1 >= 0 {
		return 0, false
	}
	return at0 / (at0 - at1), true
}

// NetAt is the net gap where a share pi of the rows has label 1; ok is false
// where the rows lack a label.
func (s Summary) NetAt(pi float64) (net float64, ok bool) {
	of := func(hit, alarm string) Rates { return Rates{s.estimate(hit).Value, s.estimate(alarm).Value} }
	x := NetAt(pi, of(KeyHitProbe, KeyAlarmProbe), of(KeyHitBehaviour, KeyAlarmBehaviour))
	return x, x == x
}

// netAt is the net gap at a base rate that need not be that of the rows.
type netAt struct {
	key   string
	pi    float64
	words string
}

func (e netAt) about() about {
	return about{
		key:        e.key,
		title:      fmt.Sprintf("Net gap with label 1 on %s", e.words),
		definition: fmt.Sprintf("π(H_p - H_b) + (1-π)(F_b - F_p) with π = %s, from the hit and alarm rates of probe (p) and behaviour (b); it supposes that the rates stay as they are", e.words),
		kind:       Difference,
	}
}

func (e netAt) at(v *view) value {
	p, b, reason := v.rates()
	return value{x: NetAt(e.pi, p, b), n: v.total, reason: reason}
}

// baseRate is the share of rows of label 1.
type baseRate struct{}

func (baseRate) about() about {
	return about{
		key:        KeyBaseRate,
		title:      "Base rate of these rows",
		definition: "P(Y=1) on the rows of behaviour 0 or 1: a choice of the study, at which the net gap is taken",
		kind:       Share,
		exact:      "count of rows",
	}
}

func (baseRate) at(v *view) value { return ratio(v.ofLabel[1], v.total, "no rows") }

// baseRateRoot is where the net gap changes its sign.
type baseRateRoot struct{}

func (baseRateRoot) about() about {
	return about{
		key:        KeyBaseRateRoot,
		title:      "Base rate at which the net gap changes its sign",
		definition: "the π in (0,1) with π(H_p - H_b) + (1-π)(F_b - F_p) = 0",
		kind:       Share,
	}
}

func (baseRateRoot) at(v *view) value {
	p, b, reason := v.rates()
	if reason != "" {
		return value{reason: reason}
	}
	if pi, ok := Root(p, b); ok {
		return value{x: pi, n: v.total}
	}
	sign := "at least as accurate as"
	if NetAt(0.5, p, b) < 0 {
		sign = "no more accurate than"
	}
	return value{reason: fmt.Sprintf("the probe is %s the behaviour at every base rate", sign)}
}
