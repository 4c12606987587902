package solve

// multiplier multiplies by the standardised matrix Z of every column's split.
//
// A batch has k columns, of which column c belongs to split[c]. Products over
// examples are the rows of k x n matrices, products over features the rows of
// k x d matrices.
type multiplier interface {
	// forward sets dst = a Zᵀ.
	forward(dst []float64, split []int, a [][]float64) error
	// backward sets acc = r Z for the k x n matrix r.
	backward(acc, r []float64, split []int) error
	// gram sets dst = a Zᵀ W Z in one reading of the matrix, where weight[c] is
	// the diagonal of W for column c. On return image holds a Zᵀ, and sums the
	// total over the rows of weight times image.
	gram(dst, image, sums []float64, split []int, a, weight [][]float64) error
	// twin returns a multiplier by the same matrix for use at the same time.
	twin() multiplier
}

// operator is a multiplier that does not form Z: for z = (x - mean) / scale,
//
//	wᵀz = (w/scale)ᵀx - (w/scale)ᵀmean
//	Σ r z = (Σ r x - mean Σ r) / scale.
type operator struct {
	x     Design
	n, d  int
	scale scaling

	unscaled, offset, weighted []float64 // scratch: k x d, k, k x n
}

// twin implements multiplier.
func (o *operator) twin() multiplier {
	return &operator{x: o.x, n: o.n, d: o.d, scale: o.scale}
}

func (o *operator) prepare(split []int, a [][]float64) []float64 {
	k := len(split)
	o.unscaled = grow(o.unscaled, k*o.d)
	o.offset = grow(o.offset, k)
	for c, s := range split {
		mean, scale := o.scale.of(s, o.d)
		o.offset[c] = divide(o.unscaled[c*o.d:(c+1)*o.d], a[c], scale, mean)
	}
	return o.unscaled
}

// divide sets dst = a/scale and returns -dstᵀmean.
func divide(dst, a, scale, mean []float64) float64 {
	var offset float64
	scale, mean, dst = scale[:len(a)], mean[:len(a)], dst[:len(a)]
	for j, v := range a {
		u := v / scale[j]
		dst[j] = u
		offset -= u * mean[j]
	}
	return offset
}

// forward implements multiplier.
func (o *operator) forward(dst []float64, split []int, a [][]float64) error {
	u := o.prepare(split, a)
	return o.x.Pass(func(b Block) {
		b.Forward(dst, u, len(split))
		o.addOffset(dst, b, len(split))
	})
}

// backward implements multiplier.
func (o *operator) backward(acc, r []float64, split []int) error {
	clear(acc)
	if err := o.x.Pass(func(b Block) { b.Backward(acc, r, len(split)) }); err != nil {
		return err
	}
	for c, s := range split {
		o.finish(acc[c*o.d:(c+1)*o.d], s, sum(r[c*o.n:(c+1)*o.n]))
	}
	return nil
}

// gram implements multiplier.
func (o *operator) gram(dst, image, sums []float64, split []int, a, weight [][]float64) error {
	k := len(split)
	u := o.prepare(split, a)
	o.weighted = grow(o.weighted, k*o.n)
	clear(dst)
	clear(sums)
	err := o.x.Pass(func(b Block) {
		b.Forward(image, u, k)
		o.addOffset(image, b, k)
		lo, hi := b.Span()
		for c := range k {
			sums[c] += multiply(o.weighted[c*o.n+lo:c*o.n+hi], image[c*o.n+lo:c*o.n+hi], weight[c][lo:hi])
		}
		b.Backward(dst, o.weighted, k)
	})
	if err != nil {
		return err
	}
	for c, s := range split {
		o.finish(dst[c*o.d:(c+1)*o.d], s, sums[c])
	}
	return nil
}

func (o *operator) addOffset(dst []float64, b Block, k int) {
	lo, hi := b.Span()
	for c := range k {
		row := dst[c*o.n+lo : c*o.n+hi]
		for i := range row {
			row[i] += o.offset[c]
		}
	}
}

// finish turns Σ r x into Σ r z for one column whose r sum to total.
func (o *operator) finish(acc []float64, split int, total float64) {
	mean, scale := o.scale.of(split, o.d)
	mean, scale = mean[:len(acc)], scale[:len(acc)]
	for j, v := range acc {
		acc[j] = (v - mean[j]*total) / scale[j]
	}
}

// multiply sets dst to the elementwise product and returns its sum.
func multiply(dst, a, b []float64) float64 {
	dst, b = dst[:len(a)], b[:len(a)]
	var total float64
	for i, v := range a {
		p := v * b[i]
		dst[i] = p
		total += p
	}
	return total
}

func sum(x []float64) float64 {
	var s float64
	for _, v := range x {
		s += v
	}
	return s
}

// grow returns a slice of n elements, reusing buf where it is long enough.
func grow[T any](buf []T, n int) []T {
	if cap(buf) < n {
		return make([]T, n)
	}
	return buf[:n]
}
