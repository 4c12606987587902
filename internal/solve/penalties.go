package solve

import (
	"cmp"
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// penalties solve (K + alpha I) a = b for many alphas by conjugate gradients in double
// precision, each preconditioned by a factor in single precision, which costs half of one in
// double and serves a group of neighbours. The columns of all alphas share the products with K.
type penalties struct {
	scaled  []float32 // K over the mean of its diagonal, the upper triangle
	mean    float64
	factors []*factor[float32]
	turned  []float32 // scratch
	images  []float32
}

// factorBytes is what factors may take at a time, unless two take more.
const factorBytes = 64 << 20

// penaltiesAbreast is how many penalties are worked on at a time for m rows.
func penaltiesAbreast(m int) int { return 2 * max(2, factorBytes/(4*max(1, m*m))) }

// narrowTile is the size of tiles for factors that divide few columns.
const narrowTile = 96

// take sets p up for the m x m matrix gram, and reports false where single precision does
// not hold its numbers.
func (p *penalties) take(gram []float64, m int) bool {
	p.mean = 0
	for i := range m {
		p.mean += gram[i*m+i] / float64(m)
	}
	inverse := 1 / p.mean
	if !(inverse > 0) || math.IsInf(inverse, 1) {
		return false
	}
	p.scaled = grow(p.scaled, m*m)
	for i := range m {
		to := p.scaled[i*m+i : (i+1)*m]
		for j, v := range gram[i*m+i : (i+1)*m] {
			to[j] = float32(v * inverse)
		}
	}
	return true
}

// form is take for the products of k rows of z, of d numbers each, with one another, or with
// blas.Trans those of its columns.
func (p *penalties) form(t blas.Transpose, z []float32, k, d int) bool {
	m, sum := k, d
	if t == blas.Trans {
		m, sum = d, k
	}
	p.scaled, p.mean = grow(p.scaled, m*m), 0
	syrkOf(t, m, sum, 1, z, d, 0, p.scaled, m)
	for i := range m {
		p.mean += float64(p.scaled[i*m+i]) / float64(m)
	}
	inverse := float32(1 / p.mean)
	if !(inverse > 0) || math.IsInf(float64(inverse), 1) {
		return false
	}
	scaleRow(inverse, p.scaled)
	return true
}

// times sets dst to the products of the k rows of z with K, of which both triangles are there.
func (p *penalties) times(dst, z []float64, k, m int) {
	norms := p.turn(k, m, func(i int) []float64 { return z[i*m : (i+1)*m] })
	p.images = grow(p.images, k*m)
	gemmOf(blas.NoTrans, blas.Trans, k, m, m, 1, p.turned, m, p.scaled, m, 0, p.images, m)
	for i, norm := range norms {
		for j, v := range p.images[i*m : (i+1)*m] {
			dst[i*m+j] = norm * p.mean * float64(v)
		}
	}
}

// turn rounds k vectors over their norms, which it returns.
func (p *penalties) turn(k, m int, of func(i int) []float64) []float64 {
	p.turned = grow(p.turned, k*m)
	norms := make([]float64, k)
	for i := range k {
		v := of(i)
		norms[i] = cmp.Or(math.Sqrt(dot(v, v)), 1)
		narrow(p.turned[i*m:(i+1)*m], v, 1/norms[i])
	}
	return norms
}

// outweighs is the alpha, in multiples of the trace of K, from which nothing needs to
// precondition.
const outweighs = 0.005

// near is how many times as large as another an alpha may be that shares its factor.
const near = 16

// factor returns the factor of K + shift I, the at-th of those in use, and reports whether
// there is one.
func (p *penalties) factor(at int, shift float64, m int) (*factor[float32], bool) {
	for len(p.factors) <= at {
		p.factors = append(p.factors, new(factor[float32]))
	}
	f := p.factors[at]
	f.m, f.few, f.upper = m, true, grow(f.upper, m*m)
	for j := range m {
		copy(f.upper[j*m+j:(j+1)*m], p.scaled[j*m+j:(j+1)*m])
		f.upper[j*m+j] += float32(shift / p.mean)
	}
	return f, f.make(narrowTile)
}

// group are neighbours of a descending list of alphas that one factor serves.
type group struct {
	lo, hi int
	shift  float64
	factor *factor[float32] // nil where the alphas outweigh K, which then needs none
}

// groups divides alphas, from the smallest on, and makes the factors. It leaves alphas out that
// have none. Those far below the smallest eigenvalue of K are all alike.
func (p *penalties) groups(alphas []float64, m int) []group {
	limit, floor := outweighs*p.mean*float64(m), 0.
	var groups []group
	for at, hi := 0, len(alphas); hi > 0; at++ {
		g := group{lo: hi - 1, hi: hi, shift: alphas[hi-1]}
		alike := func(i int) bool {
			return i >= 0 && alphas[i] < limit && alphas[i]+floor < near*(alphas[hi-1]+floor)
		}
		if alike(g.lo - 1) {
			g.lo--
			g.shift = math.Sqrt(g.shift) * math.Sqrt(alphas[g.lo])
		}
		ok := true
		if g.shift < limit {
			if g.factor, ok = p.factor(at, g.shift, m); ok && at == 0 {
				floor = max(0, g.factor.least()*p.mean/2-g.shift)
			}
			for ok && alike(g.lo-1) {
				g.lo--
			}
		}
		if hi = g.lo; ok {
			groups = append(groups, g)
		}
	}
	return groups
}

// penalised is one column: a right-hand side with one alpha.
type penalised struct {
	row    int // of the solution
	alpha  float64
	shift  float64
	factor *factor[float32] // of K + shift I, nil where alpha outweighs K
	// Of a joint problem:
	split int
	scale []float64 // of the split over that of the factor
	level *level

	right, a, residual, direction, conditioned []float64

	product float64 // residualᵀ conditioned
	short   float64 // of the squares that the solution is, for the residual carried along
}

// newPenalised is a column whose solution is 0. Its vectors are the first of some.
func newPenalised(row int, alpha float64, right, a, vectors []float64) *penalised {
	m := len(right)
	c := &penalised{row: row, alpha: alpha, right: right, a: a}
	c.residual, c.direction, c.conditioned = vectors[:m], vectors[m:2*m], vectors[2*m:3*m]
	copy(c.residual, right)
	return c
}

// penalisedSystem is what conjugate gradients need of the equations of some columns.
type penalisedSystem interface {
	// condition sets the conditioned residuals.
	condition(live []*penalised)
	// times returns the products of vectors of the columns with K; quick may round them.
	times(quick bool, columns []*penalised, of func(*penalised) []float64) ([]float64, error)
	// bound is what the penalised squares of a column exceed their minimum by, at most.
	bound(c *penalised) float64
	// plain tells whether that is the square of the residual.
	plain() bool
}

// conjugate solves for k right-hand sides and some descending alphas, and writes the rows
// of the solution that begin at row first.
func (s *squares) conjugate(got solution, first int, b []float64, k int, alphas []float64, enough func(row int, a []float64) float64) error {
	m, p := s.size, &s.penalties
	vectors := make([]float64, 3*k*len(alphas)*m)
	var columns []*penalised
	for _, g := range p.groups(alphas, m) {
		for i := g.hi - 1; i >= g.lo; i-- {
			for t := range k {
				row := first + i*k + t
				c := newPenalised(row, alphas[i], b[t*m:(t+1)*m], got.a[row*m:(row+1)*m], vectors[3*m*len(columns):])
				c.factor, c.shift = g.factor, g.shift
				columns = append(columns, c)
			}
		}
	}
	return settlePenalised(s, columns, got.short, enough)
}

// settlePenalised takes steps until enough is reached, or rounding allows no more, and sets what the
// rows of the columns are short of. What rounding takes from the residuals is found again
// from the solutions.
func settlePenalised(s penalisedSystem, columns []*penalised, shortOf []float64, enough func(row int, a []float64) float64) error {
	for range 3 {
		if err := descend(s, columns, enough); err != nil {
			return err
		}
		image, err := s.times(false, columns, func(c *penalised) []float64 { return c.a })
		if err != nil {
			return err
		}
		kept := columns[:0]
		for i, c := range columns {
			var left, drift float64
			image := image[i*len(c.a):]
			for j, v := range c.right {
				r := v - image[j] - c.alpha*c.a[j]
				left += r * r
				drift += (r - c.residual[j]) * (r - c.residual[j])
				c.residual[j] = r
			}
			short := left
			if !s.plain() {
				short = min(left/c.alpha, c.short+drift/c.alpha+2*math.Sqrt(c.short*drift/c.alpha))
			}
			if math.IsNaN(short) { // too large to square
				short = math.Inf(1)
			}
			better := short < shortOf[c.row]/16
			shortOf[c.row] = short // of the solution at hand, be it worse than before
			if better && short > enough(c.row, c.a) {
				kept = append(kept, c)
			}
		}
		if columns = kept; len(columns) == 0 {
			break
		}
	}
	return nil
}

// longest is how many steps a column may take before a factor in double precision is
// the cheaper.
const longest = 24

// descend takes steps until enough is reached in every column.
func descend(s penalisedSystem, columns []*penalised, enough func(row int, a []float64) float64) error {
	live := slices.Clone(columns)
	for _, c := range live {
		c.product = 0
	}
	for step := 0; ; step++ {
		s.condition(live)
		kept := live[:0]
		for _, c := range live {
			before := c.product
			c.product = dot(c.residual, c.conditioned)
			c.short = s.bound(c)
			if !(c.product > 0) || math.IsInf(c.product, 1) || c.short <= enough(c.row, c.a) {
				continue
			}
			beta := 0.0
			if before > 0 {
				beta = c.product / before
			}
			for j, v := range c.conditioned {
				c.direction[j] = v + beta*c.direction[j]
			}
			kept = append(kept, c)
		}
		if live = kept; len(live) == 0 || step == longest {
			return nil
		}
		image, err := s.times(true, live, func(c *penalised) []float64 { return c.direction })
		if err != nil {
			return err
		}
		kept = live[:0]
		for i, c := range live {
			m := len(c.a)
			curved := image[i*m : (i+1)*m]
			axpy(c.alpha, c.direction, curved)
			curvature := dot(c.direction, curved)
			if !(curvature > 0) {
				continue
			}
			step := c.product / curvature
			axpy(step, c.direction, c.a)
			axpy(-step, curved, c.residual)
			kept = append(kept, c)
		}
		live = kept
	}
}

// plain implements penalisedSystem.
func (s *squares) plain() bool { return s.dual }

// bound implements penalisedSystem: rᵀ(K + alpha I)⁻¹r, or rᵀr in the dual.
func (s *squares) bound(c *penalised) float64 {
	switch {
	case s.dual:
		return dot(c.residual, c.residual)
	case c.factor == nil:
		return c.product / c.alpha
	}
	return rounded * max(1, c.shift/c.alpha) * c.product / s.penalties.mean
}

// rounded is what bounds allow for the rounding of a factor in single precision.
const rounded = 4

// condition implements penalisedSystem.
func (s *squares) condition(live []*penalised) {
	s.penalties.condition(live, func(z []float32, group []*penalised) { group[0].factor.solve(z, len(group)) })
}

// condition sets the conditioned residuals: solve replaces the rows of z by what it makes of them, for
// columns that share a factor.
func (p *penalties) condition(live []*penalised, solve func(z []float32, group []*penalised)) {
	for lo, hi := 0, 0; lo < len(live); lo = hi {
		for hi = lo; hi < len(live) && live[hi].factor == live[lo].factor; hi++ {
		}
		group, m := live[lo:hi], len(live[lo].residual)
		if live[lo].factor == nil {
			for _, c := range group {
				copy(c.conditioned, c.residual)
			}
			continue
		}
		norms := p.turn(len(group), m, func(i int) []float64 {
			c := group[i]
			c.rescale(c.conditioned, c.residual)
			return c.conditioned
		})
		solve(p.turned, group)
		for i, c := range group {
			for j := range c.conditioned {
				c.conditioned[j] = norms[i] * float64(p.turned[i*m+j])
			}
			c.rescale(c.conditioned, c.conditioned)
		}
	}
}

// rescale sets dst to x in the units of the factor, or out of them.
func (c *penalised) rescale(dst, x []float64) {
	if c.scale == nil {
		copy(dst, x)
		return
	}
	multiply(dst, x, c.scale)
}

// times implements penalisedSystem.
func (s *squares) times(quick bool, columns []*penalised, of func(*penalised) []float64) ([]float64, error) {
	m, k := s.size, len(columns)
	s.packed, s.image = grow(s.packed, k*m), grow(s.image, k*m)
	for i, c := range columns {
		copy(s.packed[i*m:], of(c))
	}
	switch {
	case k == 0:
	case quick && s.rough:
		s.penalties.times(s.image, s.packed, k, m)
	case s.byRows():
		return s.image, s.throughRows(quick, columns)
	default:
		gemm(blas.NoTrans, blas.Trans, 1, general(k, m, m, s.packed), general(m, m, m, s.gram), 0, general(k, m, m, s.image))
	}
	return s.image, nil
}

// throughRows sets the images of the packed vectors: of combinations of the rows, what these
// are on the rows. Of exact products both remain.
func (s *squares) throughRows(quick bool, columns []*penalised) error {
	m, k, n, d := s.size, len(columns), s.op.n, s.op.d
	x := multiplier(&s.op)
	if quick {
		x = s.quick
	}
	s.wide, s.all = grow(s.wide, k*d), grow(s.all, k*n)
	if err := s.combine(x, s.wide, s.packed, k); err != nil {
		return err
	}
	if err := x.forward(s.all, slices.Repeat([]int{s.split}, k), rowsOf(s.wide, k, d)); err != nil {
		return err
	}
	for i, c := range columns {
		own := s.all[i*n : (i+1)*n]
		for at, row := range s.rows {
			s.image[i*m+at] = s.root[at] * own[row]
		}
		if !quick {
			copy(s.weights[c.row*d:(c.row+1)*d], s.wide[i*d:])
			copy(s.margins[c.row*n:(c.row+1)*n], own)
		}
	}
	return nil
}
