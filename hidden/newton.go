package hidden

import (
	"math"
	"slices"
)

// A model is a regression of the second level, on few columns and many rows. Its
// parameters are the weights of the columns, in their order, then those of its shape,
// such as the distances of cut points, then its intercepts; weights alone are
// penalised. The solvers of [tell/internal/solve] are made for wide matrices that many
// splits share; the null fits a narrow one tens of thousands of times, each from the
// optimum of a neighbour.
type model interface {
	// use gives it the columns and labels of the rows that train.
	use(x [][]float64, y []float64)
	// params counts the parameters, and those of the shape and the intercepts among
	// them.
	params() (all, shape, intercepts int)
	// begin sets the parameters that no weight goes with to where they can start.
	begin(w []float64)
	// objective is the penalty of w plus c times the loss, +Inf outside the domain. It
	// keeps what derivatives needs.
	objective(c float64, w []float64) float64
	// derivatives sets the gradient and the lower half of the Hessian, row by row, at
	// the w of the last objective.
	derivatives(c float64, w, gradient, hessian []float64)
	// margins sets dst to the margins of n rows, output by output.
	margins(dst []float64, x [][]float64, w []float64, n int)
	// predict sets p to the scores of further rows and returns the sum of their losses.
	predict(p []float64, x [][]float64, w, y []float64) float64
	// residual sets dst to the derivative of the log-likelihood of label y by the
	// margins, at the scores p of a row.
	residual(dst []float64, y float64, p []float64)
}

// A fitter is a model with memory that can be used again.
type fitter struct {
	model
	gradient, step, next, hessian []float64
	extra                         []float64 // a further column
	scores                        []float64 // of predicted rows
}

// path is the optimum for every C of an ascending grid, each the start of the
// next. Where start holds optima of the regression without its last column, the
// first of them is where the first begins.
func (f *fitter) path(grid []float64, start [][]float64) [][]float64 {
	all, shape, intercepts := f.params()
	w := make([]float64, all)
	if start != nil {
		f.widen(w, start[0], shape+intercepts)
	} else {
		f.begin(w)
	}
	var path [][]float64
	for _, c := range grid {
		f.minimise(c, w)
		path = append(path, slices.Clone(w))
	}
	return path
}

// widen sets w to the parameters of the regression without its last column, whose
// weight is 0. The last ones, fixed of them, belong to no column.
func (f *fitter) widen(w, without []float64, fixed int) {
	at := len(without) - fixed
	copy(w, without[:at])
	w[at] = 0
	copy(w[at+1:], without[at:])
}

// newtonTol is the relative excess of the objective, as the quadratic model sees
// it, below which one more step is the last. That step squares it.
const newtonTol = 1e-7

// minimise moves w to the optimum for C.
func (f *fitter) minimise(c float64, w []float64) {
	k := len(w)
	f.grow(k)
	at := f.objective(c, w)
	for range 100 {
		f.derivatives(c, w, f.gradient, f.hessian)
		copy(f.step, f.gradient)
		solveCholesky(f.hessian, f.step, k)
		var decrement float64
		for j := range k {
			decrement += f.gradient[j] * f.step[j]
		}
		if decrement/2 <= newtonTol*at {
			for j := range k {
				w[j] -= f.step[j]
			}
			return
		}
		for size := 1.0; ; size /= 2 {
			for j := range k {
				f.next[j] = w[j] - size*f.step[j]
			}
			if g := f.objective(c, f.next); g < at || size < 1e-6 {
				at = g
				break
			}
		}
		copy(w, f.next)
	}
}

func (f *fitter) grow(k int) {
	f.gradient, f.step, f.next = sized(f.gradient, k), sized(f.step, k), sized(f.next, k)
	f.hessian = sized(f.hessian, k*k)
}

// sized is v with n elements, of whatever value.
func sized(v []float64, n int) []float64 { return slices.Grow(v[:0], n)[:n] }

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
