package gap

import (
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
)

// power is the probability with which the smallest gap would be found.
const power = 0.8

// smallest is the net gap that the rows would show with power 0.8, from the
// standard error over groups (the minimum detectable effect; Bloom 1995,
// Evaluation Review 19:547).
type smallest struct{}

func (smallest) about() about {
	return about{
		key:   KeySmallest,
		title: "Smallest gap that could have been shown",
		definition: "(z(1-α/2) + z(0.8))·SE: the net gap that a two-sided test at level α, one minus the level of the intervals, finds in four studies of five like this one; " +
			"SE is the standard error of the net gap over groups, √(G/(G-1)·Σ_g(Σ_i(d_i - net))²)/n with d_i the probe right minus the behaviour right on row i",
		kind:  Share,
		exact: "cluster standard error",
	}
}

func (smallest) at(v *view) value {
	se, groups := v.clusterError()
	switch {
	case groups < 2:
		return value{reason: "all rows are in one group"}
	case se == 0:
		return value{reason: "the standard error over groups is 0: the net gap is the same in all of them"}
	}
	alpha := 1 - v.level
	return value{
		x: (distuv.UnitNormal.Quantile(1-alpha/2) + distuv.UnitNormal.Quantile(power)) * se, n: v.total,
		method: fmt.Sprintf("cluster standard error over %d groups, two-sided test at %.4g%%, power %.0f%%", groups, 100*alpha, 100*power),
	}
}

func (smallest) notes(v *view) []estimate.Warning {
	_, groups := v.clusterError()
	if groups >= fewGroups {
		return nil
	}
	return []estimate.Warning{{Code: estimate.FewGroups, Text: fmt.Sprintf("only %d groups: below about %d a standard error over groups is uncertain and often too small", groups, fewGroups)}}
}

// fewGroups is the bound of the flag few-groups in package estimate.
const fewGroups = 20

// clusterError is the standard error of the net gap over groups, linearized as
// that of a ratio of two sums over groups.
func (s *sample) clusterError() (se float64, groups int) {
	net, size := s.byGroup()
	total, n, squares := 0, float64(len(s.group)), 0.0
	for _, d := range net {
		total += d
	}
	for g, d := range net {
		r := float64(d) - float64(size[g])*float64(total)/n
		squares += r * r
	}
	groups = len(net)
	if groups > 1 {
		se = math.Sqrt(squares*float64(groups)/float64(groups-1)) / n
	}
	return se, groups
}
