package solve

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"

	"tell/target"
)

// KSparse trains logistic regressions on few columns: those whose class means differ
// most, in absolute value, on the standardised training rows (Gurnee et al. 2023,
// "Finding Neurons in a Haystack"), or, as a control, columns drawn at random. The
// penalty is that of [Logistic] on these columns.
type KSparse struct {
	// Tol and Raw are those of Logistic. Raw chooses by the differences of columns as
	// they are.
	Tol float64
	Raw bool
	// K is the number of columns, 0 for 16; all where the matrix has fewer.
	K int
	// Random draws the columns from Seed, the same ones for every split and target.
	Random bool
	Seed   uint64
}

var kSparseFamily = definition{name: "k-sparse", kinds: binaryOnly,
	make: func(_ target.Kind, o Options) Family {
		return KSparse{Tol: o.Tol, Raw: o.Raw, K: o.Coordinates, Random: o.Random, Seed: o.Seed}
	}}

// Fit implements Family.
func (s KSparse) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	n, d := x.Dims()
	if err := checkTasks(n, splits, targets, C); err != nil {
		return err
	}
	sc, err := newScaling(x, splits, s.Raw)
	if err != nil {
		return err
	}
	k := min(cmp.Or(s.K, 16), d)
	op := operator{x: x, n: n, d: d, scale: sc}
	for i, split := range splits {
		together := Together(n, d)
		for lo := 0; lo < len(targets); lo += together {
			batch := targets[lo:min(lo+together, len(targets))]
			chosen, err := s.choose(op, i, split, batch, k)
			if err != nil {
				return err
			}
			data, err := gather(x, chosen, k)
			if err != nil {
				return err
			}
			mean, scale := sc.of(i, d)
			for t, y := range batch {
				few := &Dense{n, k, data[t*n*k : (t+1)*n*k]}
				err := Logistic{Tol: s.Tol, Raw: s.Raw}.Fit(ctx, few, []Split{split}, [][]float64{y}, C, func(f *Fit) {
					w := f.Weights
					f.Split, f.Target, f.Mean, f.Scale = i, lo+t, mean, scale
					f.Weights = make([]float64, d)
					for at, j := range chosen[t*k : (t+1)*k] {
						f.Weights[j] = w[at]
					}
					visit(f)
				})
				if err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// choose returns k columns for every target, in ascending order.
func (s KSparse) choose(op operator, i int, split Split, targets [][]float64, k int) ([]int, error) {
	n, d := op.n, op.d
	chosen := make([]int, 0, len(targets)*k)
	if s.Random {
		drawn := rand.New(rand.NewPCG(s.Seed, 0x6b737061)).Perm(d)[:k] // "kspa"
		slices.Sort(drawn)
		return slices.Repeat(drawn, len(targets)), nil
	}
	contrast, difference := make([]float64, len(targets)*n), make([]float64, len(targets)*d)
	for t, y := range targets {
		setContrast(contrast[t*n:(t+1)*n], split, y)
	}
	if err := op.backward(difference, contrast, slices.Repeat([]int{i}, len(targets))); err != nil {
		return nil, err
	}
	order := make([]int, d)
	for t := range targets {
		far := difference[t*d : (t+1)*d]
		for j := range order {
			order[j] = j
		}
		slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(math.Abs(far[b]), math.Abs(far[a])) })
		chosen = append(chosen, order[:k]...)
		slices.Sort(chosen[t*k:])
	}
	return chosen, nil
}

// gather copies k columns for each of several choices: an n x k matrix for each.
func gather(x Design, chosen []int, k int) ([]float64, error) {
	n, d := x.Dims()
	data, row := make([]float64, len(chosen)*n), make([]float64, d)
	err := x.Pass(func(b Block) {
		lo, hi := b.Span()
		for r := lo; r < hi; r++ {
			copyColumns(b, row, r, 0, d)
			for at, j := range chosen {
				data[at/k*n*k+r*k+at%k] = row[j]
			}
		}
	})
	return data, err
}
