package solve

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
)

// shared are the products of the columns over all rows that train in any split, each
// column less its mean over these. What the rows outside a split give is taken from them,
// which for folds is less work than the products of the split's own rows.
type shared struct {
	rows []int
	mean []float64
	gram []float64 // the upper triangle
	sums []float64 // of the columns

	// Where rows are fewer than columns: a copy in single precision, standardised once for
	// all splits, and, unless near is nil, the products of its rows, near which those of a
	// split lie.
	copy *single
	near []float32 // of all rows, those outside every split as well
}

// shareColumns returns the products that splits share, nil where they are not worth
// having: of splits that weigh their rows, or train on fewer rows than columns.
func shareColumns(op operator, splits []Split) (*shared, error) {
	if len(splits) < 2 || weighted(splits) {
		return nil, nil
	}
	for _, s := range splits {
		if len(s.rows()) < op.d {
			return nil, nil
		}
	}
	all := unionOf(splits, op.n)
	sc, err := centre(op.x, []Split{all})
	if err != nil {
		return nil, err
	}
	sh := &shared{mean: sc.mean, rows: all.rows()}
	return sh, sh.multiply(&sh.gram, &sh.sums, sh.rows, op)
}

// shareRows is shareColumns for splits that train on fewer rows than columns: a copy of the
// rows, and their products if these are asked for.
func shareRows(op operator, splits []Split, products bool) (*shared, error) {
	largest, most := 0, 0
	for i, s := range splits {
		if rows := len(s.rows()); rows > most {
			largest, most = i, rows
		}
	}
	if most >= op.d {
		return nil, nil
	}
	one, err := newSingle(op.x, op.scale, largest)
	if one == nil || err != nil {
		return nil, err
	}
	sh := &shared{copy: one}
	if !products || len(splits) < 2 || weighted(splits) {
		return sh, nil
	}
	sh.near = make([]float32, op.n*op.n)
	syrkOf(blas.NoTrans, op.n, op.d, 1, one.data, op.d, 0, sh.near, op.n)
	mirror(sh.near, op.n)
	return sh, nil
}

// precondition sets p to the products of a split's centred rows, as near as those of all
// rows give them, and reports whether single precision holds them. The centred rows sum to
// 0; to have no pivot of 0, their sum is given a square that solutions do not contain.
func (sh *shared) precondition(p *penalties, rows []int) bool {
	m, n := len(rows), sh.copy.n
	mean, all := make([]float64, m), 0.
	for i, at := range rows {
		row := sh.near[at*n : (at+1)*n]
		for _, j := range rows {
			mean[i] += float64(row[j]) / float64(m)
		}
		all += mean[i] / float64(m)
	}
	p.mean = 0
	for i, at := range rows {
		p.mean += (float64(sh.near[at*n+at]) - 2*mean[i] + all) / float64(m)
	}
	inverse := 1 / p.mean
	if !(inverse > 0) || math.IsInf(inverse, 1) {
		return false
	}
	p.scaled = grow(p.scaled, m*m)
	for i, at := range rows {
		row, to, add := sh.near[at*n:(at+1)*n], p.scaled[i*m:(i+1)*m], all-mean[i]+p.mean/float64(m)
		for j := i; j < m; j++ {
			to[j] = float32((float64(row[rows[j]]) - mean[j] + add) * inverse)
		}
	}
	return true
}

// multiply sets the upper triangle of gram to that of the products of the columns over
// some rows, and sums to the sums of the columns.
func (sh *shared) multiply(gram, sums *[]float64, rows []int, op operator) error {
	*gram, *sums = grow(*gram, op.d*op.d), grow(*sums, op.d)
	clear(*sums)
	if len(rows) == 0 {
		clear(*gram)
		return nil
	}
	one := slices.Repeat([]float64{1}, max(op.d, len(rows)))
	z := scaledRows{rows, one, func(int) []float64 { return sh.mean }, one, *sums}
	return z.multiplyColumns(*gram, op.x)
}

// enoughLeft is the share of a column's squares that must be left in a split, so that what
// is taken away costs few digits.
const enoughLeft = 1e-3

// take sets s.gram to the products of a split's standardised columns, and reports whether
// they could be had from those of all rows.
func (sh *shared) take(s *squares) (bool, error) {
	d, n := s.op.d, float64(len(s.rows))
	trains := placesOf(s.rows, s.op.n)
	var outside []int
	for _, row := range sh.rows {
		if trains[row] < 0 {
			outside = append(outside, row)
		}
	}
	if len(outside) >= len(s.rows) {
		return false, nil
	}
	var sums []float64
	if err := sh.multiply(&s.gram, &sums, outside, s.op); err != nil {
		return false, err
	}
	_, scale := s.op.scale.of(s.split, d)
	inverse := make([]float64, d)
	for j := range d {
		sums[j] = sh.sums[j] - sums[j]
		whole, at := sh.gram[j*d+j], j*d+j
		left := whole - s.gram[at] - sums[j]*sums[j]/n
		switch {
		case isConstant(whole/float64(len(sh.rows)), sh.mean[j], float64(len(sh.rows))): // and 0 here
		case left >= enoughLeft*whole && left-left == 0:
			inverse[j] = 1 / scale[j]
		default:
			return false, nil
		}
	}
	for i := range d {
		to, whole, a := s.gram[i*d+i:(i+1)*d], sh.gram[i*d+i:(i+1)*d], sums[i]/n
		for j, out := range to {
			to[j] = (whole[j] - out - a*sums[i+j]) * inverse[i] * inverse[i+j]
		}
	}
	mirror(s.gram, d)
	return true, nil
}
