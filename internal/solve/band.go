package solve

import (
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/blas64"
)

// bandwidth is the number of diagonals above the middle one that a reduction leaves.
// More make its products faster, fewer every solution.
const bandwidth = 32

// band is a symmetric matrix K = QBQᵀ with B a band and Q orthogonal, found by the
// first stage of the reduction to tridiagonal form (Bischof, Lang and Sun 2000, ACM
// TOMS 26(4)), which is products of matrices. It takes as many operations as four
// Cholesky factors; K + alpha I is then solved for any alpha in O(m bandwidth²).
type band struct {
	m          int
	diagonals  []float64 // row i of B from its diagonal on, m x (bandwidth+1)
	reflectors []reflectors
	full       []float64 // scratch: what is still to be reduced, m x m
}

// reflectors are I - VTVᵀ on the last coordinates, a block of Q.
type reflectors struct {
	k, r int
	v    []float64 // Vᵀ, k x r
	t    []float64 // k x k, upper
}

// reduce sets b to the reduction of the m x m matrix a.
func (b *band) reduce(a []float64, m int) {
	b.m = m
	b.full = append(b.full[:0], a...)
	b.diagonals = grow(b.diagonals, m*(bandwidth+1))
	b.reflectors = b.reflectors[:0]
	var x, left, right []float64
	for lo := 0; lo < m; lo += bandwidth {
		hi := min(lo+bandwidth, m)
		k, r := hi-lo, m-hi
		if r > 1 {
			p := reflectPanel(b.full[lo*m+hi:], k, r, m)
			b.reflectors = append(b.reflectors, p)
			// With X = AVT, of what is left QᵀAQ = A - VYᵀ - YVᵀ, Y = X - V(TᵀVᵀX)/2.
			k = p.k
			x, left, right = grow(x, k*r), grow(left, 2*k*r), grow(right, 2*k*r)
			rest := general(r, r, m, b.full[hi*m+hi:])
			v, y := general(k, r, r, left[:k*r]), general(k, r, r, left[k*r:])
			copy(v.Data, p.v)
			t := general(k, k, k, p.t)
			symmetricTimes(x, v, rest, slab-hi%slab)
			gemm(blas.Trans, blas.NoTrans, 1, t, general(k, r, r, x), 0, y)
			inner, scratch := general(k, k, k, make([]float64, k*k)), general(k, k, k, make([]float64, k*k))
			gemm(blas.NoTrans, blas.Trans, 1, y, v, 0, scratch)       // XᵀV
			gemm(blas.NoTrans, blas.NoTrans, 1, scratch, t, 0, inner) // XᵀVT
			gemm(blas.NoTrans, blas.NoTrans, -0.5, inner, v, 1, y)
			copy(right, y.Data)
			copy(right[k*r:], v.Data)
			symmetricLess(rest, general(2*k, r, r, left), general(2*k, r, r, right), slab-hi%slab)
		}
		for i := lo; i < hi; i++ {
			row := b.diagonals[i*(bandwidth+1) : (i+1)*(bandwidth+1)]
			clear(row)
			copy(row, b.full[i*m+i:min(i*m+i+bandwidth+1, (i+1)*m)])
		}
	}
}

// slab is the number of rows that a symmetric matrix is gone over at a time: the columns
// before a slab are not read or written.
const slab = 192

// symmetricTimes sets dst to the product of v with the symmetric matrix a.
func symmetricTimes(dst []float64, v, a blas64.General, first int) {
	k, r := v.Rows, a.Rows
	clear(dst[:k*r])
	for lo, hi := 0, min(first, r); lo < r; lo, hi = hi, min(hi+slab, r) {
		gemm(blas.NoTrans, blas.NoTrans, 1, general(k, hi-lo, r, v.Data[lo:]), general(hi-lo, r-lo, a.Stride, a.Data[lo*a.Stride+lo:]), 1, general(k, r-lo, r, dst[lo:]))
		if hi < r {
			gemm(blas.NoTrans, blas.Trans, 1, general(k, r-hi, r, v.Data[hi:]), general(hi-lo, r-hi, a.Stride, a.Data[lo*a.Stride+hi:]), 1, general(k, hi-lo, r, dst[lo:]))
		}
	}
}

// symmetricLess takes leftᵀright, which is symmetric, from a.
func symmetricLess(a, left, right blas64.General, first int) {
	r := a.Rows
	for lo, hi := 0, min(first, r); lo < r; lo, hi = hi, min(hi+slab, r) {
		gemm(blas.Trans, blas.NoTrans, -1, general(left.Rows, hi-lo, r, left.Data[lo:]), general(right.Rows, r-lo, r, right.Data[lo:]), 1,
			general(hi-lo, r-lo, a.Stride, a.Data[lo*a.Stride+lo:]))
	}
}

// reflectPanel replaces the k rows of a, of length r, by the lower triangle L in a = LQ,
// and returns Qᵀ as reflectors.
func reflectPanel(a []float64, k, r, stride int) reflectors {
	n := min(k, r-1)
	p := reflectors{k: n, r: r, v: make([]float64, n*r), t: make([]float64, n*n)}
	scratch, tau := make([]float64, k), make([]float64, n)
	for i := range n {
		row := a[i*stride : i*stride+r]
		v := p.v[i*r : (i+1)*r]
		row[i], tau[i] = lapack.Dlarfg(r-i, row[i], row[i+1:], 1)
		copy(v[i+1:], row[i+1:])
		clear(row[i+1:])
		v[i] = 1
		if i+1 < k {
			reflect(a[(i+1)*stride+i:], k-i-1, stride, v[i:], tau[i], scratch)
		}
	}
	// Schreiber and Van Loan (1989): I - VTVᵀ is the product of the reflections.
	inner := make([]float64, n*n)
	syrk(blas.NoTrans, 1, general(n, r, r, p.v), 0, inner, n)
	for i := range n {
		for j := range i {
			sum := 0.0
			for l := j; l < i; l++ {
				sum += p.t[j*n+l] * inner[l*n+i]
			}
			p.t[j*n+i] = -tau[i] * sum
		}
		p.t[i*n+i] = tau[i]
	}
	return p
}

// apply multiplies the last coordinates of the rows of z by I - VTVᵀ, or its transpose.
func (p reflectors) apply(z []float64, k, m int, t blas.Transpose) {
	if k == 0 {
		return
	}
	part, v := general(k, p.r, m, z[m-p.r:]), general(p.k, p.r, p.r, p.v)
	image, turned := general(k, p.k, p.k, make([]float64, k*p.k)), general(k, p.k, p.k, make([]float64, k*p.k))
	gemm(blas.NoTrans, blas.Trans, 1, part, v, 0, image)
	// Rows are multiplied from the right.
	if t == blas.Trans {
		gemm(blas.NoTrans, blas.NoTrans, 1, image, general(p.k, p.k, p.k, p.t), 0, turned)
	} else {
		gemm(blas.NoTrans, blas.Trans, 1, image, general(p.k, p.k, p.k, p.t), 0, turned)
	}
	gemm(blas.NoTrans, blas.NoTrans, -1, turned, v, 1, part)
}

// divide replaces the rows of z by their products with (K + alpha I)⁻¹: as many rows for
// every alpha. It reports false where rounding leaves no Cholesky factor of one of them.
func (b *band) divide(z []float64, alphas []float64) bool {
	rows := len(z) / max(1, b.m)
	for _, p := range b.reflectors {
		p.apply(z, rows, b.m, blas.Trans)
	}
	const w = bandwidth + 1
	u := make([]float64, len(b.diagonals))
	for i, alpha := range alphas {
		copy(u, b.diagonals)
		for j := range b.m {
			u[j*w] += alpha
		}
		if !factorBand(u, b.m) {
			return false
		}
		for k := i * rows / len(alphas); k < (i+1)*rows/len(alphas); k++ {
			divideBand(z[k*b.m:(k+1)*b.m], u)
		}
	}
	for i := len(b.reflectors) - 1; i >= 0; i-- {
		b.reflectors[i].apply(z, rows, b.m, blas.NoTrans)
	}
	return true
}

// factorBand replaces the diagonals of a band by those of its Cholesky factor U.
func factorBand(u []float64, m int) bool {
	const w = bandwidth + 1
	for i := range m {
		row := u[i*w : (i+1)*w]
		if !(row[0] > 0) || math.IsInf(row[0], 1) {
			return false
		}
		simd.Dscal(w, 1/math.Sqrt(row[0]), row, 1)
		for j := 1; j < min(w, m-i); j++ {
			axpy(-row[j], row[j:], u[(i+j)*w:(i+j)*w+w-j])
		}
	}
	return true
}

// divideBand solves UᵀUx = z.
func divideBand(z, u []float64) {
	const w = bandwidth + 1
	m := len(z)
	for i := range m {
		k := min(w, m-i)
		z[i] /= u[i*w]
		axpy(-z[i], u[i*w+1:i*w+k], z[i+1:i+k])
	}
	for i := m - 1; i >= 0; i-- {
		k := min(w, m-i)
		z[i] = (z[i] - dot(u[i*w+1:i*w+k], z[i+1:i+k])) / u[i*w]
	}
}
