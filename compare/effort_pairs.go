package compare

import (
	"slices"

	"tell/estimate"
)

// pairs are counts of pairs of rows, by the groups of the easier and the harder one.
type pairs struct {
	group            []int // of every row, from 0
	all, spent, read [][]float64
}

// comparablePairs are those of which it is known which row took less: the one that did
// was not cut off. Of those that took the same, one that was cut off took more.
func (d *Effort) comparablePairs() *pairs {
	names := distinctInts(d.Group)
	p := &pairs{group: make([]int, len(d.Group))}
	for i, g := range d.Group {
		p.group[i], _ = slices.BinarySearch(names, g)
	}
	for _, of := range []*[][]float64{&p.all, &p.spent, &p.read} {
		*of = make([][]float64, len(names))
		for g := range *of {
			(*of)[g] = make([]float64, len(names))
		}
	}
	spent := midranks(d.Effort)
	cut := make([]bool, len(spent))
	for i := range cut {
		if cut[i] = d.Censored != nil && d.Censored[i]; cut[i] {
			spent[i] += 0.25
		}
	}
	for i, a := range p.group {
		for j, b := range p.group {
			switch less := spent[i] <= spent[j]; {
			case !(d.Difficulty[i] < d.Difficulty[j]), less && cut[i], !less && cut[j]:
				continue
			}
			p.all[a][b]++
			p.spent[a][b] += ordered(spent[i], spent[j])
			p.read[a][b] += ordered(d.Decoded[i], d.Decoded[j])
		}
	}
	return p
}

// ordered is 1 where the harder row has more, ½ where both have the same.
func ordered(easier, harder float64) float64 {
	switch {
	case easier < harder:
		return 1
	case easier > harder:
		return 0
	}
	return 0.5
}

// share is that of the pairs in order. The rows of a group have one weight.
func (p *pairs) share(w []float64, in [][]float64) estimate.Value {
	of := make([]float64, len(p.all))
	for i, g := range p.group {
		of[g] = w[i]
	}
	var sum, all float64
	for a, wa := range of {
		if wa == 0 {
			continue
		}
		for b, wb := range of {
			sum += wa * wb * in[a][b]
			all += wa * wb * p.all[a][b]
		}
	}
	return ratio(sum, all, "no pair of rows can be compared")
}
