package gap

// net is the difference of the two kinds of discordant rows.
type net struct{}

func (net) about() about {
	return about{
		key:        KeyNet,
		title:      "Net gap",
		definition: "KBA - ABK, which equals P(Ŷ=Y) - P(B=Y)",
		kind:       Difference,
	}
}

func (net) at(v *view) value { return kba{}.at(v).minus(abk{}.at(v)) }
