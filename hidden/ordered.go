package hidden

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"tell/internal/solve"
	"tell/target"
)

// ordered is the cumulative logit of k ordered levels, with the objective of
// [solve.Cumulative]. Its cut points are 0 and the sums of the distances from one to
// the next, which are its shape, so that its intercept stands for where they lie.
type ordered struct {
	levels int
	x      [][]float64
	y      []float64

	margin                        []float64
	under, above, weight, product []float64 // by row
}

func (o *ordered) use(x [][]float64, y []float64) {
	o.x, o.y = x, y
	for _, v := range []*[]float64{&o.margin, &o.under, &o.above, &o.weight, &o.product} {
		*v = sized(*v, len(y))
	}
}

func (o *ordered) params() (all, shape, intercepts int) {
	return len(o.x) + o.levels - 1, o.levels - 2, 1
}

// begin puts the cut points where the shares of the levels have them.
func (o *ordered) begin(w []float64) {
	count := make([]float64, o.levels)
	for _, y := range o.y {
		count[int(y)]++
	}
	var below, last float64
	for k := range o.levels - 1 {
		below += count[k]
		cut := math.Log(below / (float64(len(o.y)) - below))
		if k == 0 {
			w[len(w)-1] = -cut
		} else {
			w[len(o.x)+k-1] = cut - last
		}
		last = cut
	}
}

// cuts are the cut points at w, and whether they ascend.
func (o *ordered) cuts(w []float64) (cuts []float64, ascend bool) {
	cuts, ascend = make([]float64, o.levels-1), true
	shape := w[len(w)-o.levels+1 : len(w)-1]
	for k, gap := range shape {
		cuts[k+1] = cuts[k] + gap
		ascend = ascend && gap > 0 && cuts[k+1] > cuts[k]
	}
	return cuts, ascend
}

func (o *ordered) objective(c float64, w []float64) float64 {
	cuts, ascend := o.cuts(w)
	if !ascend {
		return math.Inf(1)
	}
	linear(o.margin, o.x, w)
	var loss float64
	m := make([]float64, 1)
	for i, y := range o.y {
		m[0] = o.margin[i]
		loss += solve.Loss(target.KindOrdinal, y, m, cuts)
	}
	weights := w[:len(o.x)]
	return floats.Dot(weights, weights)/2 + c*loss
}

// derivatives takes -ln P(level) of a row as log(1+exp(-a)) + log(1+exp(b)) -
// log(1-exp(b-a)), with a and b the cut points above and below the level, each less
// the margin.
func (o *ordered) derivatives(c float64, w, gradient, hessian []float64) {
	k, d, top := len(w), len(o.x), o.levels-1
	cuts, _ := o.cuts(w)
	clear(gradient)
	clear(hessian)
	rest := o.product
	for i, level := range o.y {
		y := int(level)
		var above, under float64
		rest[i], o.above[i], o.under[i] = 0, 0, 0
		if y < top {
			above = solve.Sigmoid(o.margin[i] - cuts[y])
			o.above[i] = above * (1 - above)
		}
		if y > 0 {
			under = solve.Sigmoid(cuts[y-1] - o.margin[i])
			o.under[i] = under * (1 - under)
		}
		rest[i] = above - under
		o.weight[i] = o.above[i] + o.under[i]
		// The distance g ends at cut g+1, so that it moves all cuts from there on.
		for g := range o.levels - 2 {
			if g < y && y < top {
				gradient[d+g] -= c * above
			}
			if g < y-1 {
				gradient[d+g] += c * under
			}
			for h := range g + 1 {
				if g < y && y < top {
					hessian[(d+g)*k+d+h] += c * o.above[i]
				}
				if g < y-1 {
					hessian[(d+g)*k+d+h] += c * o.under[i]
				}
			}
		}
		if y > 0 && y < top {
			e := math.Expm1(cuts[y] - cuts[y-1])
			gradient[d+y-1] -= c / e
			hessian[(d+y-1)*k+d+y-1] += c * (e + 1) / (e * e)
		}
	}
	for a, x := range o.x {
		gradient[a] = c*floats.Dot(rest, x) + w[a]
	}
	gradient[k-1] = c * floats.Sum(rest)
	for a, x := range o.x {
		floats.MulTo(o.product, o.weight, x)
		for b := range a + 1 {
			hessian[a*k+b] = c * floats.Dot(o.product, o.x[b])
		}
		hessian[a*k+a]++
		hessian[(k-1)*k+a] = c * floats.Sum(o.product)
	}
	hessian[k*k-1] = c * floats.Sum(o.weight)
	for g := range o.levels - 2 {
		moved := o.product // by the margin and the distance
		for i, level := range o.y {
			y := int(level)
			moved[i] = 0
			if g < y && y < top {
				moved[i] -= o.above[i]
			}
			if g < y-1 {
				moved[i] -= o.under[i]
			}
		}
		for a, x := range o.x {
			hessian[(d+g)*k+a] = c * floats.Dot(moved, x)
		}
		hessian[(k-1)*k+d+g] = c * floats.Sum(moved)
	}
}

func (o *ordered) margins(dst []float64, x [][]float64, w []float64, _ int) { linear(dst, x, w) }

func (o *ordered) predict(p []float64, x [][]float64, w, y []float64) float64 {
	cuts, _ := o.cuts(w)
	margin := make([]float64, len(y))
	linear(margin, x, w)
	var loss float64
	for i := range y {
		loss += solve.Loss(target.KindOrdinal, y[i], margin[i:i+1], cuts)
		solve.Score(p[i*o.levels:(i+1)*o.levels], target.KindOrdinal, margin[i:i+1], cuts)
	}
	return loss
}

// residual is F(y) + F(y-1) - 1, with F the probability of a level or a lower one.
func (o *ordered) residual(dst []float64, y float64, p []float64) {
	below := floats.Sum(p[:int(y)])
	dst[0] = below + below + p[int(y)] - 1
}
