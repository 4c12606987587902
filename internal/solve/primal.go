package solve

import "slices"

// primal looks for the weights of the features, for several splits at once: a
// step of every column is one reading of the matrix.
//
// Gradients and margins are exact. The directions that conjugate gradients look
// for need fewer digits, and are multiplied by the matrix in single precision
// until a column is seen to want more.
type primal struct {
	exact  multiplier
	quick  multiplier // or exact
	n, d   int
	scale  scaling
	tol    float64
	blur   float64 // what the squared length of a row may be off by, see reduced
	sketch *sketch
	shared []*small // by split

	products []float64 // k x n and k x d
	scratch  []float64
}

func newPrimal(x Design, splits []Split, l Logistic) (*primal, error) {
	n, d := x.Dims()
	union := unionOf(splits, n)
	last := len(splits)
	sc, err := newScaling(x, append(slices.Clip(splits), union), l.Raw)
	if err != nil {
		return nil, err
	}
	exact := &operator{x: x, n: n, d: d, scale: sc}
	s := &primal{exact: exact, quick: exact, n: n, d: d, scale: sc, tol: l.tol()}
	if !l.Raw {
		quick, err := newSingle(x, sc, last)
		if err != nil {
			return nil, err
		}
		if quick != nil {
			s.quick = quick
		}
	}
	s.sketch, err = newSketch(s.quick, union.Train, d, last)
	return s, err
}

// unionOf has every row that trains in any split.
func unionOf(splits []Split, n int) Split {
	union := Split{Train: make([]bool, n)}
	for _, s := range splits {
		for i := range s.Train {
			union.Train[i] = union.Train[i] || s.in(i)
		}
	}
	return union
}

// signs are those of the labels of the training rows, and 0 elsewhere.
func (s Split) signs(y []float64) []float64 {
	sign := make([]float64, len(y))
	for row := range sign {
		if s.in(row) {
			sign[row] = 2*y[row] - 1
		}
	}
	return sign
}

// sharesOf deals the splits out to spaces that are searched at the same time.
// It depends on the matrix alone, so that the bytes do not depend on the number
// of processors. One too large to be copied is read for all splits at once.
func sharesOf(splits, n, d int) [][]int {
	const most = 2
	shares := make([][]int, min(most, splits))
	if n*d > maxSingle {
		shares = shares[:1]
	}
	for i := range splits {
		k := i * len(shares) / splits
		shares[k] = append(shares[k], i)
	}
	return shares
}

// twin returns a space of the same matrix that can be searched at the same
// time.
func (s *primal) twin() *primal {
	c := &primal{exact: s.exact.twin(), n: s.n, d: s.d, scale: s.scale, tol: s.tol, sketch: s.sketch}
	c.quick = c.exact
	if s.quick != s.exact {
		c.quick = s.quick.twin()
	}
	c.shared = make([]*small, len(s.scale.mean)/max(1, s.d))
	return c
}

// begin sets up a column for each of some splits and each of the targets
// [lo, hi).
func (s *primal) begin(splits []Split, share []int, targets [][]float64, lo, hi int) []*column {
	var columns []*column
	for _, i := range share {
		for t := lo; t < hi; t++ {
			c := newColumn(i, t, splits[i].signs(targets[t]), splits[i].Weight, s.d)
			c.cross, c.vectors = make([]float64, s.d), make([]float64, 3*s.d)
			columns = append(columns, c)
		}
	}
	return columns
}

// inner implements space.
func (s *primal) inner(a []float64, p point) float64 { return dot(a, p.w) }

// expand implements space.
func (s *primal) expand(columns []*column, C float64) error {
	k, n, d := len(columns), s.n, s.d
	s.products = grow(s.products, k*(n+d))
	rows, images := s.products[:k*n], s.products[k*n:]
	split := make([]int, k)
	for i, c := range columns {
		split[i] = c.split
		c.gradientB, c.total = c.residual(rows[i*n:(i+1)*n], C)
	}
	if err := s.exact.backward(images, rows, split); err != nil {
		return err
	}
	for i, c := range columns {
		copy(c.gradient, images[i*d:(i+1)*d])
		copy(rows[i*n:(i+1)*n], c.curvature)
	}
	if err := s.quick.backward(images, rows, split); err != nil {
		return err
	}
	for i, c := range columns {
		copy(c.cross, images[i*d:(i+1)*d])
		axpy(1, c.at.w, c.gradient)
		if c.total > 0 {
			axpy(-c.gradientB/c.total, c.cross, c.gradient)
		}
		c.norm = dot(c.gradient, c.gradient)
	}
	return nil
}

// fit returns a column's probe.
func (s *primal) fit(c *column) *Fit {
	f := c.fit()
	f.Margin = c.at.margin
	mean, scale := s.scale.of(c.split, s.d)
	f.Weights = make([]float64, s.d)
	f.Intercept = c.at.b + divide(f.Weights, c.at.w, scale, mean)
	f.Mean, f.Scale = mean, scale
	return f
}
