package solve

import "gonum.org/v1/gonum/blas"

// dualSingle takes the steps of the dual in single precision: K and the factor of I + cK
// are rounded, vectors too, to a largest element of 1. What the steps come to is
// settled in double precision (see dual.expand), so that only the way there is rounded.
type dualSingle struct {
	unit float64   // that K is divided by
	gram []float32 // m x m
	factor[float32]

	z, products []float32 // k x m
	units       []float64 // that the rows of z are divided by
}

// mostRounded bounds the trace of cK: that of I + cK times a rounding of 6e-8 stays far
// below I.
const mostRounded = 1e6

// singleTile is the size of tiles in single precision: a wider one packs the columns
// less often.
const singleTile = 128

// toSingle goes on in single precision, unless K is too large for it at C.
func (s *dual) toSingle(C float64) {
	n, m := len(s.order), s.m
	var trace, most float64
	for i := range m {
		trace += s.gram[i*(n+1)]
		most = max(most, s.gram[i*(n+1)])
	}
	const least = 1e-100 // that numbers can be divided by
	if !(C/4*trace <= mostRounded) || most < least {
		s.single = nil
		return
	}
	if s.single == nil {
		s.single = new(dualSingle)
	}
	r := s.single
	r.m, r.unit, r.gram = m, most, grow(r.gram, m*m)
	for i := range m {
		narrow(r.gram[i*m:(i+1)*m], s.gram[i*n:i*n+m], 1/most)
	}
}

// shift factors I + cK and reports whether rounding leaves a factor.
func (r *dualSingle) shift(c float64) bool {
	m, unit := r.m, float32(c*r.unit)
	r.upper = grow(r.upper, m*m)
	for i := range m {
		to := r.upper[i*m+i : (i+1)*m]
		for j, v := range r.gram[i*m+i : (i+1)*m] {
			to[j] = unit * v
		}
		to[0]++
	}
	return r.make(singleTile)
}

// take rounds a vector of every column.
func (r *dualSingle) take(k int, of func(i int) []float64) {
	r.z, r.units = grow(r.z, k*r.m), grow(r.units, k)
	for i := range k {
		v := of(i)
		r.units[i] = largest(v)
		narrow(r.z[i*r.m:(i+1)*r.m], v, 1/r.units[i])
	}
}

// norms is that of the dual.
func (r *dualSingle) norms(columns []*column) {
	k, m := len(columns), r.m
	r.take(k, func(i int) []float64 { return columns[i].gradient })
	r.products = grow(r.products, k*m)
	z := general32(k, m, m, r.z)
	gemm32(blas.NoTrans, blas.Trans, 1, z, general32(m, m, m, r.gram), 0, general32(k, m, m, r.products))
	for i, c := range columns {
		var norm float64
		for j, v := range r.products[i*m : (i+1)*m] {
			norm += c.gradient[j] * float64(v)
		}
		c.norm = max(0, norm*r.unit*r.units[i])
	}
}

// condition is that of the dual, with the factor of I + cK.
func (r *dualSingle) condition(live []*combination, c float64) {
	m := r.m
	r.take(len(live), func(i int) []float64 { return live[i].residual })
	r.solve(r.z, len(live))
	for i, e := range live {
		unit := r.units[i]
		for j, v := range r.z[i*m : (i+1)*m] {
			e.conditioned[j] = float64(v) * unit
			e.conditionedImage[j] = (e.residual[j] - e.conditioned[j]) / c
		}
	}
}

// fitsOutside hands over what a permutation test needs of the columns: the margins of
// the rows outside training, and no weights.
func (s *dual) fitsOutside(columns []*column, visit func(*Fit)) {
	k, m, n := len(columns), s.m, len(s.order)
	out := n - m
	s.residuals, s.products = grow(s.residuals, k*m), grow(s.products, k*out)
	for i, c := range columns {
		copy(s.residuals[i*m:], c.at.w)
	}
	if out > 0 {
		s.times(s.products, s.residuals, k, m, n)
	}
	for i, c := range columns {
		f := c.fit()
		f.Margin = make([]float64, n)
		for j, v := range s.products[i*out : (i+1)*out] {
			f.Margin[s.order[m+j]] = v + c.at.b
		}
		visit(f)
	}
}
