package gap

// kba is the share of rows on which the probe is right and the behaviour wrong.
type kba struct{}

func (kba) about() about {
	return about{
		key:        KeyKBA,
		title:      "Knows but does not act (KBA)",
		definition: "P(Ŷ=Y, B≠Y): the probe is right and the behaviour is wrong",
		kind:       Share,
	}
}

func (kba) at(v *view) value { return v.share(onlyProbe) }

func onlyProbe(o outcome) bool { return o.probe == o.label && o.behaviour != o.label }
