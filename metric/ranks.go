package metric

import (
	"cmp"
	"math"
	"slices"

	"tell/estimate"
)

// order is rows in ascending order of a number, with the first of every run of
// equals marked.
type order struct {
	row   []int
	first []bool
}

func newOrder(x []float64) order {
	o := order{row: make([]int, len(x)), first: make([]bool, len(x))}
	for i := range o.row {
		o.row[i] = i
	}
	slices.SortStableFunc(o.row, func(a, b int) int { return cmp.Compare(x[a], x[b]) })
	for k, i := range o.row {
		o.first[k] = k == 0 || x[i] != x[o.row[k-1]]
	}
	return o
}

// runs calls visit for every run of equal numbers.
func (o order) runs(visit func(rows []int)) {
	for lo := 0; lo < len(o.row); {
		hi := lo + 1
		for hi < len(o.row) && !o.first[hi] {
			hi++
		}
		visit(o.row[lo:hi])
		lo = hi
	}
}

// ranks sets dst to the rank of every row when it counts by its weight: the weight of
// smaller numbers and half that of equal ones.
func (o order) ranks(dst, w []float64) {
	below := 0.0
	o.runs(func(rows []int) {
		here := 0.0
		for _, i := range rows {
			here += w[i]
		}
		for _, i := range rows {
			dst[i] = below + here/2
		}
		below += here
	})
}

// rankCorrelation is Spearman's: the weighted correlation of weighted ranks.
func rankCorrelation(x, y []float64, of string) statistic {
	first, second := newOrder(x), newOrder(y)
	return func(w []float64) estimate.Value {
		a, b := make([]float64, len(w)), make([]float64, len(w))
		first.ranks(a, w)
		second.ranks(b, w)
		var n, ma, mb float64
		for i, v := range w {
			n += v
			ma += v * a[i]
			mb += v * b[i]
		}
		if n == 0 {
			return estimate.Value{Reason: "no rows"}
		}
		var aa, ab, bb float64
		for i, v := range w {
			da, db := a[i]-ma/n, b[i]-mb/n
			aa += v * da * da
			ab += v * da * db
			bb += v * db * db
		}
		// Ranks of equal numbers differ by rounding at most.
		const eps = 1e-20
		switch {
		case bb <= eps*n*n*n:
			return estimate.Value{Reason: "every row has the same " + of}
		case aa <= eps*n*n*n:
			return estimate.Value{Reason: "every row has the same score"}
		}
		return estimate.Value{X: min(1, max(-1, ab/math.Sqrt(aa*bb)))}
	}
}

// concordance counts pairs of rows, each pair by the product of the weights of its
// rows.
type concordance struct {
	x order // with the rows of every run in the order of y
	y []int // rank of each row, equals sharing one
	n int   // of ranks
}

// pairs of rows: all that differ in x, in y, and by how much more of those that differ
// in both are in the same order than in the other.
type pairs struct{ x, y, excess float64 }

func newConcordance(x, y []float64) concordance {
	c := concordance{x: newOrder(x), y: make([]int, len(y))}
	byY := newOrder(y)
	byY.runs(func(rows []int) {
		for _, i := range rows {
			c.y[i] = c.n
		}
		c.n++
	})
	return c
}

// count takes rows in the order of x and adds up, for each, the weight of those
// before it on either side of its y, kept in a Fenwick tree.
func (c concordance) count(w []float64) pairs {
	tree, at := make([]float64, c.n+1), make([]float64, c.n)
	var all, squares, p float64
	c.x.runs(func(rows []int) {
		here := 0.0
		for _, i := range rows {
			if w[i] == 0 {
				continue
			}
			here += w[i]
			upTo := 0.0 // weight of lower or equal y
			for k := c.y[i] + 1; k > 0; k -= k & -k {
				upTo += tree[k]
			}
			p += w[i] * (upTo - at[c.y[i]] - (all - upTo))
		}
		for _, i := range rows {
			at[c.y[i]] += w[i]
			for k := c.y[i] + 1; k <= c.n; k += k & -k {
				tree[k] += w[i]
			}
		}
		all += here
		squares += here * here
	})
	got := pairs{x: (all*all - squares) / 2, excess: p}
	same := 0.0
	for _, v := range at {
		same += v * v
	}
	got.y = (all*all - same) / 2
	return got
}

// InOrder is the share of the pairs of rows of different y whose x are in the same
// order, equal ones half: (1 + D) / 2 with D Somers' D of x given y.
func InOrder(y, x []float64) func(w []float64) estimate.Value {
	pairs := Pairs(y, x)
	return func(w []float64) estimate.Value {
		inOrder, all := pairs(w)
		if all <= 0 {
			return estimate.Value{Reason: "no two rows differ"}
		}
		return estimate.Value{X: inOrder / all}
	}
}

// Pairs weighs what [InOrder] is the share of.
func Pairs(y, x []float64) func(w []float64) (inOrder, all float64) {
	c := newConcordance(y, x)
	return func(w []float64) (inOrder, all float64) {
		p := c.count(w)
		return (p.x + p.excess) / 2, p.x
	}
}
