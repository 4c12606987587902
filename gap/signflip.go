package gap

import (
	"math"

	"gonum.org/v1/gonum/stat/distuv"
)

// signFlip is the randomization test of the net gap by groups: under the
// hypothesis that exchanging probe and behaviour within a group changes
// nothing, the net count of each group could as well have the opposite sign
// (Fisher's randomization test; with one row a group it is McNemar's).
type signFlip struct{}

func (signFlip) about() about {
	return about{
		key:        KeySignFlip,
		title:      "Sign-flip test of the net gap by groups",
		definition: "two-sided randomization p-value of the net gap over all sign changes of the groups' net counts; holds for dependent rows within groups",
		kind:       PValue,
		exact:      "randomization test over groups",
	}
}

func (signFlip) at(v *view) value {
	net, n := v.netByGroup()
	if len(net) == 0 {
		return value{reason: "probe and behaviour are right on as many rows in every group"}
	}
	return value{x: SignFlipP(net), n: float64(n)}
}

// netByGroup is KBA minus ABK as a count of rows in each group where it is not
// 0, and the number of rows in those groups.
func (s *sample) netByGroup() (net []int, rows int) {
	sum, size := s.byGroup()
	for k, d := range sum {
		if d != 0 {
			net = append(net, d)
			rows += size[k]
		}
	}
	return net, rows
}

// byGroup is KBA minus ABK as a count of rows in each group, and the number of
// its rows, by order of appearance.
func (s *sample) byGroup() (net, size []int) {
	at := make(map[int]int)
	for i, g := range s.group {
		k, ok := at[g]
		if !ok {
			k = len(net)
			at[g] = k
			net, size = append(net, 0), append(size, 0)
		}
		size[k]++
		switch o := outcomes[s.cell[i]]; {
		case onlyProbe(o):
			net[k]++
		case onlyBehaviour(o):
			net[k]--
		}
	}
	return net, size
}

// maxExact bounds the work of the exact distribution, groups times rows; above
// it the sum of signs is normal to every printed digit.
const maxExact = 1 << 28

// SignFlipP is the p-value of a sum of group counts d under the hypothesis that
// each could as well have the opposite sign: P(|Σ ±d| ≥ |Σ d|) over independent fair signs.
func SignFlipP(d []int) float64 {
	sum, most, squares := 0, 0, 0.0
	for _, x := range d {
		sum += x
		most += max(x, -x)
		squares += float64(x) * float64(x)
	}
	sum = max(sum, -sum)
	if len(d)*most > maxExact {
		return min(1, 2*distuv.UnitNormal.Survival((float64(sum)-1)/math.Sqrt(squares)))
	}
	p := flips(d, most)
	tail := 0.0
	for k := range p {
		if total := 2*k - most; total >= sum || -total >= sum {
			tail += p[k]
		}
	}
	return min(1, tail)
}

// flips is the distribution of the sum of ±d: p[k] is the probability that the
// negative terms leave k positive units, a sum of 2k - most.
func flips(d []int, most int) []float64 {
	p := make([]float64, most+1)
	p[0] = 1
	reach := 0
	for _, x := range d {
		x = max(x, -x)
		reach += x
		for k := reach; k >= 0; k-- {
			p[k] /= 2
			if k >= x {
				p[k] += p[k-x] / 2
			}
		}
	}
	return p
}
