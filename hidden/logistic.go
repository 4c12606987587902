package hidden

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tell/internal/solve"
)

// regression is a logistic regression on few columns and many rows. It minimises
// the objective of [solve.Logistic] by Newton's method with the exact Hessian.
// That solver is made for wide matrices that many splits share; the null fits a
// narrow one tens of thousands of times, each from the optimum of a neighbour.
type regression struct {
	x [][]float64 // columns, standardised
	y []float64   // label 0 or 1, of each row

	p, residual, weight, weighted []float64 // by row
	gradient, step, next, hessian []float64
	extra                         []float64 // memory of a further column
}

// params is the number of weights with the intercept, which comes last.
func (r *regression) params() int { return len(r.x) + 1 }

// path is the optimum for every C of an ascending grid, each the start of the
// next. Where start holds optima of the regression without its last column, the
// first of them is where the first begins.
func (r *regression) path(grid []float64, start [][]float64) [][]float64 {
	w := make([]float64, r.params())
	if start != nil {
		last := len(start[0]) - 1
		copy(w, start[0][:last])
		w[len(w)-1] = start[0][last]
	}
	var path [][]float64
	for _, c := range grid {
		r.minimise(c, w)
		path = append(path, slices.Clone(w))
	}
	return path
}

// newtonTol is the relative excess of the objective, as the quadratic model sees
// it, below which one more step is the last. That step squares it.
const newtonTol = 1e-7

// minimise moves w to the optimum for C.
func (r *regression) minimise(c float64, w []float64) {
	k := r.params()
	r.grow(k)
	f := r.objective(c, w)
	for range 100 {
		r.derivatives(c, w)
		copy(r.step, r.gradient)
		solveCholesky(r.hessian, r.step, k)
		var decrement float64
		for j := range k {
			decrement += r.gradient[j] * r.step[j]
		}
		if decrement/2 <= newtonTol*f {
			for j := range k {
				w[j] -= r.step[j]
			}
			return
		}
		for size := 1.0; ; size /= 2 {
			for j := range k {
				r.next[j] = w[j] - size*r.step[j]
			}
			if g := r.objective(c, r.next); g < f || size < 1e-6 {
				f = g
				break
			}
		}
		copy(w, r.next)
	}
}

func (r *regression) grow(k int) {
	n := len(r.y)
	for _, v := range []*[]float64{&r.p, &r.residual, &r.weight, &r.weighted} {
		*v = slices.Grow((*v)[:0], n)[:n]
	}
	for _, v := range []*[]float64{&r.gradient, &r.step, &r.next} {
		*v = slices.Grow((*v)[:0], k)[:k]
	}
	r.hessian = slices.Grow(r.hessian[:0], k*k)[:k*k]
}

// objective is that of solve.Logistic at w; it keeps P(label = 1) of every row.
func (r *regression) objective(c float64, w []float64) float64 {
	k := r.params()
	margins(r.p, r.x, w)
	var loss float64
	product := 1.0 // of many 1+e, so that one logarithm serves them
	for i, m := range r.p {
		e := math.Exp(-math.Abs(m))
		p := 1 / (1 + e)
		if m < 0 {
			p *= e
		}
		r.p[i] = p
		if (m > 0) != (r.y[i] == 1) {
			loss += math.Abs(m)
		}
		if product *= 1 + e; product > 0x1p1000 {
			loss += math.Log(product)
			product = 1
		}
	}
	loss += math.Log(product)
	return floats.Dot(w[:k-1], w[:k-1])/2 + c*loss
}

// margins sets dst to the margin of every row.
func margins(dst []float64, x [][]float64, w []float64) {
	for i := range dst {
		dst[i] = w[len(x)]
	}
	for j, column := range x {
		floats.AddScaled(dst, w[j], column)
	}
}

// derivatives fills in the gradient and the lower half of the Hessian at w, for
// the probabilities that objective kept.
func (r *regression) derivatives(c float64, w []float64) {
	k := r.params()
	for i, p := range r.p {
		r.residual[i] = p - r.y[i]
		r.weight[i] = p * (1 - p)
	}
	last := r.hessian[(k-1)*k:]
	for a, x := range r.x {
		r.gradient[a] = c*floats.Dot(r.residual, x) + w[a]
		floats.MulTo(r.weighted, r.weight, x)
		for b := range a + 1 {
			r.hessian[a*k+b] = c * floats.Dot(r.weighted, r.x[b])
		}
		r.hessian[a*k+a]++
		last[a] = c * floats.Sum(r.weighted)
	}
	r.gradient[k-1] = c * floats.Sum(r.residual)
	last[k-1] = c * floats.Sum(r.weight)
}

// solveCholesky overwrites x with the solution of H·s = x for the positive
// definite H, of which it reads and overwrites the lower half.
func solveCholesky(h, x []float64, k int) {
	for a := range k {
		for b := range a + 1 {
			s := h[a*k+b]
			for j := range b {
				s -= h[a*k+j] * h[b*k+j]
			}
			if a == b {
				h[a*k+a] = math.Sqrt(max(s, 1e-300))
			} else {
				h[a*k+b] = s / h[b*k+b]
			}
		}
	}
	for a := range k {
		for b := range a {
			x[a] -= h[a*k+b] * x[b]
		}
		x[a] /= h[a*k+a]
	}
	for a := k - 1; a >= 0; a-- {
		for b := a + 1; b < k; b++ {
			x[a] -= h[b*k+a] * x[b]
		}
		x[a] /= h[a*k+a]
	}
}

// bits is log2 of the probability given to label y by P(label = 1) = p.
func bits(y, p float64) float64 {
	const epsilon = 0x1p-52
	p = min(max(p, epsilon), 1-epsilon)
	if y == 1 {
		return math.Log2(p)
	}
	return math.Log1p(-p) / math.Ln2
}

// lossOf is the log loss of a margin, in nats.
func lossOf(y, margin float64) float64 { return solve.LogisticLoss((2*y - 1) * margin) }

func sigmoid(margin float64) float64 { return solve.Sigmoid(margin) }
