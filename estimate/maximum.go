package estimate

import "slices"

// MaxP returns, for every one of several tests with its observed statistic and
// its null draws, the permutation p-value of that test alone and the one
// corrected over all of them by the maximum statistic (Westfall and Young 1993):
// the share of draws, the observed one among them, whose largest statistic over
// all tests is at least the observed. Both are shares from 1/(draws+1) to 1.
//
// null has a slice for every test, all of the same length; draw b of every test
// must come from the same permutation. Larger statistics speak against the null.
// It panics if the lengths differ.
func MaxP(observed []float64, null [][]float64) (p, corrected []float64) {
	p, corrected = make([]float64, len(observed)), make([]float64, len(observed))
	if len(observed) == 0 {
		return p, corrected
	}
	draws := len(null[0])
	top := slices.Clone(null[0])
	for _, site := range null[1:] {
		for b, v := range site {
			top[b] = max(top[b], v)
		}
	}
	for j, v := range observed {
		alone, largest := 1, 1
		for b := range draws {
			if null[j][b] >= v {
				alone++
			}
			if top[b] >= v {
				largest++
			}
		}
		p[j] = float64(alone) / float64(draws+1)
		corrected[j] = float64(largest) / float64(draws+1)
	}
	return p, corrected
}
