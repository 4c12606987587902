package solve

import (
	"cmp"
	"errors"
	"math"
)

// scaling is the standardisation of every split: z = (x - mean) / scale.
type scaling struct {
	mean, scale []float64 // splits x d
}

// of returns the mean and the scale of one split over d columns.
func (s scaling) of(split, d int) (mean, scale []float64) {
	return s.mean[split*d : (split+1)*d], s.scale[split*d : (split+1)*d]
}

// relativeTo returns the scaling that columns need which one of the splits has
// standardised already.
func (s scaling) relativeTo(split, d int) scaling {
	mean, scale := s.of(split, d)
	r := scaling{make([]float64, len(s.mean)), make([]float64, len(s.scale))}
	for i := range s.mean {
		j := i % d
		r.mean[i] = (s.mean[i] - mean[j]) / scale[j]
		r.scale[i] = s.scale[i] / scale[j]
	}
	return r
}

// newScaling standardises the columns for every split, or leaves them raw.
func newScaling(x Design, splits []Split, raw bool) (scaling, error) {
	if raw {
		_, d := x.Dims()
		return unitScaling(len(splits), d), nil
	}
	return standardise(x, splits)
}

// unitScaling leaves the columns as they are.
func unitScaling(splits, d int) scaling {
	s := scaling{make([]float64, splits*d), make([]float64, splits*d)}
	for i := range s.scale {
		s.scale[i] = 1
	}
	return s
}

// centre measures the means alone.
func centre(x Design, splits []Split) (scaling, error) {
	n, d := x.Dims()
	s := unitScaling(len(splits), d)
	weight, count := weightsOf(splits, n)
	err := s.average(x, weight, count)
	return s, err
}

// weightsOf returns the weights of the rows of every split, and their sums.
func weightsOf(splits []Split, n int) (weight, count []float64) {
	weight, count = make([]float64, len(splits)*n), make([]float64, len(splits))
	for c, s := range splits {
		for i := range n {
			weight[c*n+i] = s.weight(i)
			count[c] += weight[c*n+i]
		}
	}
	return weight, count
}

// average sets the means.
func (s scaling) average(x Design, weight, count []float64) error {
	k, d := len(count), len(s.mean)/max(1, len(count))
	if err := x.Pass(func(b Block) { b.Backward(s.mean, weight, k) }); err != nil {
		return err
	}
	for c := range k {
		for j := range d {
			s.mean[c*d+j] /= count[c]
		}
	}
	return nil
}

// standardise measures the mean and the population standard deviation of every
// column over the training rows of every split, each row counted by its weight,
// as scikit-learn's StandardScaler does with sample_weight.
func standardise(x Design, splits []Split) (scaling, error) {
	s, err := spread(x, splits)
	for i, v := range s.scale {
		if v == 0 {
			s.scale[i] = 1
		}
	}
	return s, err
}

// spread is standardise with a scale of 0 for constant columns.
func spread(x Design, splits []Split) (scaling, error) {
	n, d := x.Dims()
	k := len(splits)
	weight, count := weightsOf(splits, n)
	mean := make([]float64, k*d)
	if err := (scaling{mean: mean}).average(x, weight, count); err != nil {
		return scaling{}, err
	}
	shift := make([]float64, d)
	for c := range k {
		for j := range d {
			shift[j] += mean[c*d+j] / float64(k)
		}
	}
	// Squares about a common shift near every mean cost one reading for all splits.
	scale := make([]float64, k*d)
	if err := eachSquarer(x, func(q squarer) { q.backwardSquared(scale, weight, shift, k) }); err != nil {
		return scaling{}, err
	}
	var lost []int
	for c := range k {
		kept, own := true, scale[c*d:(c+1)*d]
		for j, total := range own {
			m, square := mean[c*d+j], total/count[c]
			own[j] = square - (m-shift[j])*(m-shift[j])
			kept = kept && (own[j] >= enoughLeft*square || isConstant(square, m, count[c]))
		}
		if !kept {
			lost = append(lost, c)
			clear(own)
		}
	}
	// Where a column hardly varies in a split, but does elsewhere, these are far from its mean
	// and leave rounding alone.
	if len(lost) > 0 {
		err := eachSquarer(x, func(q squarer) {
			for _, c := range lost {
				q.backwardSquared(scale[c*d:(c+1)*d], weight[c*n:(c+1)*n], mean[c*d:(c+1)*d], 1)
			}
		})
		if err != nil {
			return scaling{}, err
		}
	}
	for _, c := range lost {
		scaleTo(scale[c*d:(c+1)*d], 1/count[c], scale[c*d:(c+1)*d])
	}
	for i, m := range mean {
		variance := max(0, scale[i])
		if scale[i] = math.Sqrt(variance); isConstant(variance, m, count[i/d]) {
			scale[i] = 0
		}
	}
	return scaling{mean, scale}, nil
}

// eachSquarer calls visit for every block.
func eachSquarer(x Design, visit func(q squarer)) error {
	var refused error
	err := x.Pass(func(b Block) {
		q, ok := b.(squarer)
		if !ok {
			refused = errors.New("rows in compressed form cannot be standardised; leave the columns as they are (Raw)")
			return
		}
		visit(q)
	})
	return cmp.Or(err, refused)
}

// isConstant tells whether a variance over n rows is no more than the rounding
// of a constant column; the bound is that of scikit-learn's StandardScaler.
func isConstant(variance, mean, n float64) bool {
	const eps = 0x1p-52
	return variance <= n*eps*variance+(n*mean*eps)*(n*mean*eps)
}
