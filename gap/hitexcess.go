package gap

// hitExcess is the hit rate minus what the probe's readiness to contradict that
// behaviour would give.
type hitExcess struct{ behaviour int }

func (e hitExcess) about() about {
	return about{
		key:        keyAt(KeyHitExcess, e.behaviour),
		title:      "Hit rate minus matched false alarm" + titleAt(e.behaviour),
		definition: "hit rate - matched false alarm; 0 means that the probe contradicts a wrong behaviour no more often than a right one",
		kind:       Difference,
	}
}

func (e hitExcess) at(v *view) value {
	hit, alarm := hitRate(e).at(v), falseAlarm(e).at(v)
	out := hit.minus(alarm)
	out.n = hit.n + alarm.n
	return out
}
