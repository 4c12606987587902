package gap

import (
	"fmt"

	"tell/estimate"
)

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

// notes says where another base rate would turn the net gap round.
func (net) notes(v *view) []estimate.Warning {
	p, b, reason := v.rates()
	pi, ok := Root(p, b)
	if reason != "" || !ok {
		return nil
	}
	below, above := "below", "above"
	if NetAt(0, p, b) > 0 {
		below, above = above, below
	}
	return []estimate.Warning{{Code: BaseRateDependent, Text: fmt.Sprintf(
		"these rows have label 1 in %.0f%%; the net gap is negative where label 1 is %s %.1f%% of rows and positive %s it", 100*v.ofLabel[1]/v.total, below, 100*pi, above)}}
}
