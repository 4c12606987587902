package gap

// abk is the share of rows on which the behaviour is right and the probe wrong.
type abk struct{}

func (abk) about() about {
	return about{
		key:        KeyABK,
		title:      "Acts but the probe does not know (ABK)",
		definition: "P(Ŷ≠Y, B=Y): the behaviour is right and the probe is wrong",
		kind:       Share,
	}
}

func (abk) at(v *view) value { return v.share(onlyBehaviour) }

func onlyBehaviour(o outcome) bool { return o.probe != o.label && o.behaviour == o.label }
