package solve

import "context"

// Counted is the family f, which calls trained after every probe that it hands over, from
// one goroutine at a time.
func Counted(f Family, trained func()) Family { return counted{f, trained} }

type counted struct {
	Family
	trained func()
}

// Fit implements Family.
func (c counted) Fit(ctx context.Context, x Design, splits []Split, targets [][]float64, C []float64, visit func(*Fit)) error {
	return c.Family.Fit(ctx, x, splits, targets, C, func(f *Fit) {
		visit(f)
		c.trained()
	})
}

// forPermutations implements permutable.
func (c counted) forPermutations() Family { return counted{ForPermutations(c.Family), c.trained} }
