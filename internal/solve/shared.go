package solve

import "slices"

// shared are the products of the columns over all rows that train in any split, each
// column less its mean over these. What the rows outside a split give is taken from them,
// which for folds is less work than the products of the split's own rows.
type shared struct {
	rows []int
	mean []float64
	gram []float64 // the upper triangle
	sums []float64 // of the columns
}

// shareColumns returns the products that splits share, nil where they are not worth
// having: of splits that weigh their rows, or train on fewer rows than columns.
func shareColumns(op operator, splits []Split) (*shared, error) {
	if len(splits) < 2 || weighted(splits) {
		return nil, nil
	}
	all := Split{Train: make([]bool, op.n)}
	for _, s := range splits {
		trains := 0
		for row, in := range s.Train {
			if in {
				all.Train[row] = true
				trains++
			}
		}
		if trains < op.d {
			return nil, nil
		}
	}
	sc, err := centre(op.x, []Split{all})
	if err != nil {
		return nil, err
	}
	sh := &shared{mean: sc.mean}
	for row, in := range all.Train {
		if in {
			sh.rows = append(sh.rows, row)
		}
	}
	return sh, sh.multiply(&sh.gram, &sh.sums, sh.rows, op)
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
