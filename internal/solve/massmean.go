package solve

import (
	"context"
	"math"
)

// MassMean probes along the difference of the two class means of the
// standardised training rows (the mass-mean direction of Marks and Tegmark
// 2023, "The Geometry of Truth", section 5). A one-dimensional logistic
// regression with the penalty 1/C on the projection gives the probabilities.
// The weights of a split's rows count in the means, in the standardisation and
// in the regression.
//
// It has no freedom to overfit in its direction, which makes it a useful
// second opinion on a logistic probe.
type MassMean struct {
	// Tol is the tolerance of the one-dimensional fit. Zero means 1e-8.
	Tol float64
	// Raw leaves the columns as they are instead of standardising them.
	Raw bool
}

// Fit implements Family.
func (m MassMean) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	n, d := x.Dims()
	if err := checkTasks(n, splits, targets, C); err != nil {
		return err
	}
	sc, err := newScaling(x, splits, m.Raw)
	if err != nil {
		return err
	}
	if len(splits) == 0 {
		return nil
	}
	op := operator{x: x, n: n, d: d, scale: sc}
	together := targetsTogether(n, d, len(splits))
	for lo := 0; lo < len(targets); lo += together {
		batch := targets[lo:min(lo+together, len(targets))]
		err := m.fit(ctx, op, splits, batch, C, func(f *Fit) {
			f.Target += lo
			visit(f)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (m MassMean) fit(ctx context.Context, op operator, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	k, n, d := len(splits)*len(targets), op.n, op.d
	split := make([]int, 0, k)
	contrast := make([]float64, k*n) // 1/n1 on label 1, -1/n0 on label 0, times the weight
	for i, s := range splits {
		for _, y := range targets {
			setContrast(contrast[len(split)*n:(len(split)+1)*n], s, y)
			split = append(split, i)
		}
	}
	direction, projection := make([]float64, k*d), make([]float64, k*n)
	if err := op.backward(direction, contrast, split); err != nil {
		return err
	}
	for c := range k {
		normalise(direction[c*d : (c+1)*d])
	}
	if err := op.forward(projection, split, rowsOf(direction, k, d)); err != nil {
		return err
	}
	for c := range k {
		line := &Dense{n, 1, projection[c*n : (c+1)*n]}
		i, t := c/len(targets), c%len(targets)
		err := Logistic{Tol: m.Tol}.Fit(ctx, line, splits[i:i+1], targets[t:t+1], C, func(f *Fit) {
			a := f.Weights[0]
			f.Split, f.Target = i, t
			f.Weights = make([]float64, d)
			mean, scale := op.scale.of(i, d)
			f.Mean, f.Scale = mean, scale
			for j, v := range direction[c*d : (c+1)*d] {
				f.Weights[j] = a * v / scale[j]
				f.Intercept -= f.Weights[j] * mean[j]
			}
			visit(f)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func setContrast(dst []float64, s Split, y []float64) {
	var count [2]float64
	for i := range s.Train {
		count[int(y[i])] += s.weight(i)
	}
	for i := range s.Train {
		if w := s.weight(i); w > 0 {
			dst[i] = w * (2*y[i] - 1) / count[int(y[i])]
		}
	}
}

func normalise(x []float64) {
	if norm := math.Sqrt(dot(x, x)); norm > 0 {
		scaleTo(x, 1/norm, x)
	}
}
