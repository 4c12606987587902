package compare

import (
	"cmp"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tell/estimate"
	"tell/folds"
)

// readKeys are estimated for every predictor of the difficulty, in this order.
var readKeys = []string{KeyEffortEasy, KeyEffortHard, KeyEffortEasyOverAll, KeyRankGapEasy, KeyExcessEasy}

// An effortReading is how hard the rows are as a predictor reads them.
type effortReading struct {
	name            string
	decoded, effort []float64
	right           []int
	below           bool  // some effort is below 0
	byRead, bySpent []int // rows by what is decoded, and by effort
	seen            placed
}

// placed are rows at some weights. A draw with harder rows has other thirds and other
// ranks: what is read is read off its own rows.
type placed struct {
	easy, hard  []bool    // the easiest third that was not answered wrongly, and the hardest
	read, spent []float64 // ranks, as shares of the rows
	follows     []float64 // the effort that has the rank of what is decoded
}

func (d *Effort) read(of EffortRival) effortReading {
	r := effortReading{name: of.Name, decoded: of.Decoded, effort: d.Effort, right: d.Right, byRead: ascending(of.Decoded), bySpent: ascending(d.Effort)}
	r.below = slices.ContainsFunc(d.Effort, func(x float64) bool { return x < 0 })
	r.seen = r.at(ones(len(d.Effort)))
	return r
}

// at places the rows. Weights are whole numbers.
func (r *effortReading) at(w []float64) placed {
	n := len(w)
	p := placed{make([]bool, n), make([]bool, n), make([]float64, n), make([]float64, n), make([]float64, n)}
	total := floats.Sum(w)
	next, left := 0, 0.0 // of the efforts, from the least
	ranked(r.decoded, r.byRead, w, func(rows []int, below, weight float64) {
		sum := 0.0
		for need := weight; need > 0; {
			for ; left == 0; next++ {
				left = w[r.bySpent[next]]
			}
			take := min(need, left)
			sum += take * r.effort[r.bySpent[next-1]]
			need, left = need-take, left-take
		}
		for _, i := range rows {
			p.read[i], p.follows[i] = (below+weight/2)/total, sum/weight
			p.easy[i] = p.read[i] < 1./3 && (r.right == nil || r.right[i] == 1)
			p.hard[i] = p.read[i] >= 2./3
		}
	})
	ranked(r.effort, r.bySpent, w, func(rows []int, below, weight float64) {
		for _, i := range rows {
			p.spent[i] = (below + weight/2) / total
		}
	})
	return p
}

// ranked visits rows of equal x that have a weight, in ascending order, with the weight
// of those below.
func ranked(x []float64, order []int, w []float64, visit func(rows []int, below, weight float64)) {
	below := 0.0
	for lo := 0; lo < len(order); {
		hi, weight := lo, 0.0
		for ; hi < len(order) && x[order[hi]] == x[order[lo]]; hi++ {
			weight += w[order[hi]]
		}
		if weight > 0 {
			visit(order[lo:hi], below, weight)
		}
		below, lo = below+weight, hi
	}
}

// values sets out to those of readKeys, and returns the last, the excess.
func (r *effortReading) values(w []float64, out []estimate.Value) estimate.Value {
	p := r.at(w)
	const easy, hard = "no row is read as easy and answered rightly", "no row is read as hard"
	onEasy, onHard := weighted(w, p.easy), weighted(w, p.hard)
	out[0] = ratio(floats.Dot(onEasy, r.effort), floats.Sum(onEasy), easy)
	out[1] = ratio(floats.Dot(onHard, r.effort), floats.Sum(onHard), hard)
	if out[2] = difference(out[0], out[1]); r.below {
		out[2] = estimate.Value{Reason: "an effort below 0 has no ratio"}
	} else if out[2].Reason == "" {
		out[2] = ratio(out[0].X, out[1].X, "no effort is spent on hard rows")
	}
	out[3] = ratio(floats.Dot(onEasy, p.spent)-floats.Dot(onEasy, p.read), floats.Sum(onEasy), easy)
	out[4] = ratio(floats.Dot(onEasy, r.effort)-floats.Dot(onEasy, p.follows), floats.Sum(onEasy), easy)
	return out[4]
}

// weighted are the weights of some rows, 0 on the others.
func weighted(w []float64, on []bool) []float64 {
	of := make([]float64, len(w))
	for i, in := range on {
		if in {
			of[i] = w[i]
		}
	}
	return of
}

// sizeOf is the number of some rows, and that of their groups.
func (d *Effort) sizeOf(rows []bool) (n, groups int) {
	var of []int
	for i, in := range rows {
		if in {
			of = append(of, d.Group[i])
		}
	}
	return len(of), countGroups(of)
}

// effortStream keeps these random numbers apart from those of other purposes
// under one seed.
const effortStream = 0x6566666f7274 // "effort"

// exchange sets ranks and excess on easy rows against those of the efforts of other
// rows. What rows of a group share, they share in every draw: groups exchange their
// efforts as wholes with groups of as many rows, and rows, or units, within them.
func (d *Effort) exchange(lines []Line, readings []effortReading, s Settings) error {
	of, err := d.exchanger()
	if err != nil {
		return err
	}
	draws := map[string][2][]float64{} // by predictor: ranks, excess
	for b := range s.Permutations {
		from := of(s.Seed^effortStream, b)
		for _, r := range readings {
			var rank, excess, n float64
			for i, in := range r.seen.easy {
				if in {
					rank += r.seen.spent[from[i]] - r.seen.read[i]
					excess += r.effort[from[i]] - r.seen.follows[i]
					n++
				}
			}
			// A small one shows that the effort follows.
			sofar := draws[r.name]
			draws[r.name] = [2][]float64{append(sofar[0], -rank/n), append(sofar[1], -excess/n)}
		}
	}
	together := d.Unit == nil && countGroups(d.Group) < len(d.Group)
	for i := range lines {
		l := &lines[i]
		k := slices.Index([]string{KeyRankGapEasy, KeyExcessEasy}, l.Key)
		if k < 0 || !l.Estimate.OK() {
			continue
		}
		l.Null = nullOf(-l.Estimate.Value, 0, draws[l.Predictor][k], true)
		l.Null.Mean = -l.Null.Mean
		if together {
			l.Estimate.Warn(folds.RowsExchanged, "p takes the rows of a group as exchangeable one by one; where several of them word one question, name it as unit")
		}
	}
	return nil
}

// exchanger draws, for every row, the one whose effort it gets.
func (d *Effort) exchanger() (func(seed uint64, draw int) []int, error) {
	n := len(d.Group)
	rows := make([]int, n) // in an order of their own
	for i := range rows {
		rows[i] = i
	}
	slices.SortFunc(rows, func(i, j int) int { return cmp.Or(cmp.Compare(d.Group[i], d.Group[j]), cmp.Compare(d.ID[i], d.ID[j])) })
	// Every unit has a label of its own. None is 0 or 1: two rows are no halves.
	const first = 2
	var units [][]int
	label, group, unit, place := make([]int, n), make([]int, n), make([]int, n), make([]int, n)
	number := make(map[[2]int]int)
	for k, i := range rows {
		key := [2]int{d.Group[i], k}
		if d.Unit != nil {
			key[1] = d.Unit[i]
		}
		u, seen := number[key]
		if !seen {
			u = len(units)
			number[key], units = u, append(units, nil)
		}
		label[k], group[k], unit[k], place[k] = first+u, d.Group[i], u, len(units[u])
		units[u] = append(units[u], i)
	}
	p, err := folds.NewPermuter(label, group, nil, unit)
	if err != nil {
		return nil, err
	}
	return func(seed uint64, draw int) []int {
		from := make([]int, n)
		for k, l := range p.Draw(seed, draw) {
			from[rows[k]] = units[l-first][place[k]]
		}
		return from
	}, nil
}
