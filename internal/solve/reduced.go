package solve

import (
	"context"
	"errors"
	"math"
	"slices"
)

// suitsReduced tells whether to train in as many coordinates as there are rows. There must
// be so few that products in them are cheap, and enough fits to repay the Gram matrix.
func suitsReduced(n, d, fits int) bool { return n <= d/2 && n <= maxReduced && fits >= fewFits }

const (
	maxReduced = 1024
	fewFits    = 8
	maxWhole   = 1 << 19 // numbers in Hessians of all coordinates
)

// errRounded means that the Gram matrix of a split has lost the digits that a fit needs.
var errRounded = errors.New("solve: the Gram matrix has lost digits")

// reduced are the training rows Z of a split in as many coordinates: the rows of √blur Uᵀ,
// with U the factor of I + ZZᵀ/blur. By the representer theorem weights are combinations
// Zᵀα, and those of the coordinates are √blur U α, of the same norm and margins as long as
// blur, which lets ZZᵀ have a factor, is nothing: it takes at most blur |α|²/2 from the
// objective.
type reduced struct {
	op     operator
	split  int
	rows   []int
	local  Split // of these rows
	factor shifted
	space  *primal
}

// take sets the coordinates up for a split, with Hessians of all of them, if whole, and not of
// the leading subspace alone.
func (r *reduced) take(x Design, sc scaling, i int, split Split, l Logistic, whole bool) error {
	n, d := x.Dims()
	*r = reduced{op: operator{x: x, n: n, d: d, scale: sc}, split: i, rows: split.rows(), factor: r.factor}
	m := len(r.rows)
	r.local = allRows(m)
	if split.Weight != nil {
		r.local.Weight = pick(split.Weight, r.rows)
	}
	mean, scale := sc.of(i, d)
	data := make([]float64, m*m)
	if err := measureGram(data, x, r.rows, mean, scale); err != nil {
		return err
	}
	trace := 0.0
	for at := range m {
		trace += data[at*m+at]
	}
	blur := 0x1p-52 * trace
	for !r.factor.makeAtOnce(data, m, m, 1/blur) {
		if blur *= 16; !(blur < trace) {
			return errRounded
		}
	}
	clear(data)
	root := math.Sqrt(blur)
	for at := range m {
		for j := range at + 1 {
			data[at*m+j] = root * r.factor.upper[j*m+at]
		}
	}
	coordinates := &operator{x: &Dense{m, m, data}, n: m, d: m, scale: unitScaling(1, m)}
	r.space = &primal{exact: coordinates, quick: coordinates, n: m, d: m, scale: coordinates.scale, tol: l.tol(), blur: blur}
	var err error
	if whole {
		r.space.sketch = &sketch{rank: m, coords: data}
		return nil
	}
	r.space.sketch, err = newSketch(coordinates, r.local.Train, m, 0)
	return err
}

// pick returns the elements of x at some places.
func pick(x []float64, at []int) []float64 {
	picked := make([]float64, len(at))
	for i, j := range at {
		picked[i] = x[j]
	}
	return picked
}

// fitReduced trains a few splits after the other, and leaves to the primal what a split does
// not come to the optimum of.
func (g glm) fitReduced(ctx context.Context, x Design, splits []Split, targets [][]float64, grid []float64, visit func(*Fit)) error {
	sc, err := newScaling(x, splits, g.Raw)
	if err != nil {
		return err
	}
	n, _ := x.Dims()
	spaces := make([]reduced, abreast(n))
	whole := g.outputs() == 1 && len(targets)*n*n <= maxWhole
	for first := 0; first < len(splits); first += len(spaces) {
		batch := spaces[:min(len(spaces), len(splits)-first)]
		err := eachAtOnce(batch, func(k int) error { return batch[k].take(x, sc, first+k, splits[first+k], g.Logistic, whole) })
		if errors.Is(err, errNoColumns) {
			return g.fitPrimal(ctx, x, splits, targets, grid, visit)
		}
		lost := errors.Is(err, errRounded)
		if err != nil && !lost {
			return err
		}
		together := max(1, targetsTogether(n, n, len(batch))/g.outputs())
		for lo := 0; lo < len(targets); lo += together {
			hi, done := min(lo+together, len(targets)), 0
			if !lost {
				if done, err = g.fitSpaces(ctx, batch, targets, lo, hi, grid, visit); err != nil {
					return err
				}
			}
			err := g.fitPrimal(ctx, x, splits[first:first+len(batch)], targets[lo:hi], grid[done:], func(f *Fit) {
				f.Split, f.Target, f.CIndex = first+f.Split, lo+f.Target, done+f.CIndex
				visit(f)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// fitSpaces trains on the targets [lo, hi) and returns the number of values of C that all
// probes came to the optimum at.
func (g glm) fitSpaces(ctx context.Context, batch []reduced, targets [][]float64, lo, hi int, grid []float64, visit func(*Fit)) (int, error) {
	problems := make([][]*problem, len(batch))
	for k := range batch {
		r := &batch[k]
		for t := lo; t < hi; t++ {
			problems[k] = append(problems[k], g.begin(r.space, r.local, 0, pick(targets[t], r.rows), t))
		}
	}
	for i := range grid {
		err := eachAtOnce(problems, func(k int) error { return g.minimise(ctx, batch[k].space, problems[k], grid, i) })
		if err != nil {
			return i, err
		}
		for _, all := range problems {
			if slices.ContainsFunc(all, func(p *problem) bool { return p.status != Converged }) {
				return i, nil
			}
		}
		for k := range batch {
			if err := batch[k].fits(g, problems[k], grid, i, visit); err != nil {
				return i, err
			}
		}
	}
	return len(grid), nil
}

// fits hands over probes, whose margins are taken from the weights through the rows.
func (r *reduced) fits(g glm, problems []*problem, grid []float64, i int, visit func(*Fit)) error {
	q, m, n, d := g.outputs(), len(r.rows), r.op.n, r.op.d
	k := len(problems) * q
	z, alpha := make([]float64, k*m), make([]float64, k*n)
	for j, p := range problems {
		copy(z[j*q*m:], p.at.w)
	}
	r.factor.finish(z, k)
	for c := range k {
		for j, row := range r.rows {
			alpha[c*n+row] = z[c*m+j] / math.Sqrt(r.space.blur)
		}
	}
	of, weights := slices.Repeat([]int{r.split}, k), make([]float64, k*d)
	if err := r.op.backward(weights, alpha, of); err != nil {
		return err
	}
	if err := r.op.forward(alpha, of, rowsOf(weights, k, d)); err != nil {
		return err
	}
	for j, p := range problems {
		f := g.result(r.op.scale, r.split, p, weights[j*q*d:(j+1)*q*d], alpha[j*q*n:(j+1)*q*n])
		f.C, f.CIndex = grid[i], i
		visit(f)
	}
	return nil
}
