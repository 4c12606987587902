package probe

import "gonum.org/v1/gonum/blas/blas64"

// primal looks for the weights of the features, for all splits at once: a step
// of every column is one reading of the matrix.
type primal struct {
	op     operator
	tol    float64
	sketch *sketch
	shared []*small // by split

	products []float64 // 2 k x n, then 2 k x d
	scratch  []float64
}

func newPrimal(x Design, splits []Split, l Logistic) (*primal, error) {
	n, d := x.Dims()
	sc, err := newScaling(x, splits, l.Raw)
	if err != nil {
		return nil, err
	}
	trained := make([]bool, n)
	for _, s := range splits {
		for i, in := range s.Train {
			trained[i] = trained[i] || in
		}
	}
	sk, err := newSketch(x, trained, l.Raw)
	if err != nil {
		return nil, err
	}
	return &primal{op: operator{x: x, n: n, d: d, scale: sc}, tol: l.tol(), sketch: sk, shared: make([]*small, len(splits))}, nil
}

// begin sets up a column for every split and each of the targets [lo, hi).
func (s *primal) begin(splits []Split, targets [][]int, lo, hi int) []*column {
	clear(s.shared)
	var columns []*column
	for i, split := range splits {
		for t := lo; t < hi; t++ {
			sign := make([]float64, s.op.n)
			for row, in := range split.Train {
				if in {
					sign[row] = float64(2*targets[t][row] - 1)
				}
			}
			c := newColumn(i, t, sign, s.op.d)
			c.cross = make([]float64, s.op.d)
			columns = append(columns, c)
		}
	}
	return columns
}

// inner implements space.
func (s *primal) inner(a []float64, p point) float64 { return dot(a, p.w) }

// expand implements space.
func (s *primal) expand(columns []*column, C float64) error {
	k, n, d := len(columns), s.op.n, s.op.d
	s.products = grow(s.products, 2*k*(n+d))
	weights, images := s.products[:2*k*n], s.products[2*k*n:]
	split := make([]int, 2*k)
	for i, c := range columns {
		split[i], split[k+i] = c.split, c.split
		c.gradientB, c.total = c.residual(weights[i*n:(i+1)*n], C)
		copy(weights[(k+i)*n:], c.curvature)
	}
	if err := s.op.backward(images, weights, split); err != nil {
		return err
	}
	for i, c := range columns {
		copy(c.gradient, images[i*d:(i+1)*d])
		copy(c.cross, images[(k+i)*d:(k+i+1)*d])
		blas64.Axpy(1, vector(c.at.w), vector(c.gradient))
		if c.total > 0 {
			blas64.Axpy(-c.gradientB/c.total, vector(c.cross), vector(c.gradient))
		}
		c.norm = dot(c.gradient, c.gradient)
	}
	return nil
}

// fit returns a column's probe.
func (s *primal) fit(c *column) *Fit {
	f := c.fit()
	f.Margin = c.at.margin
	mean, scale := s.op.scale.of(c.split, s.op.d)
	f.Weights = make([]float64, s.op.d)
	f.Intercept = c.at.b + divide(f.Weights, c.at.w, scale, mean)
	return f
}
