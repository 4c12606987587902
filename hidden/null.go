package hidden

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"

	"golang.org/x/sync/errgroup"
	"gonum.org/v1/gonum/floats"

	"tell/estimate"
)

// nullStream keeps the null's random numbers apart from those of other purposes
// under one seed.
const nullStream = 0x68696464656e // "hidden"

// permute draws the null "given the rivals, the probe adds nothing".
//
// In each unit the probe's logit is L = M + e, with M its weighted
// least-squares fit on the columns of J0 over the training rows; the weights are
// p0(1-p0), so that e is the effective score's part of the probe. A draw keeps M
// and flips the sign of e in a fair half of the groups, the same in every unit,
// and J1 is fitted and its C chosen anew. Under the null the score
// contributions of groups, the sums of (y - p0) e, have mean 0 and are
// independent, so that flips leave their distribution as it is, exactly where
// they are symmetric and else in large samples, whatever the dependence within
// a group and the size of e on a row (Hemerik, Goeman and Finos 2020, J. R.
// Statist. Soc. B 82:841; Winkler et al. 2014, NeuroImage 92:381, for flips of
// whole blocks).
//
// Every row so keeps its rivals, and with them the prediction of J0: flips stay
// within the finest strata of it. Exchanging logits between rows of a coarse
// stratum would part rows of a group, break what the probe shares with a single
// rival, and need groups of equal size.
//
// Fair flips would take the groups' contributions for independent, but a row's
// score depends on the labels of the rows that trained its probe. Where the
// states hold nothing, a contribution is a sum of terms r_i r_j K_ij over rows j
// of other folds, each of which stands in the contributions of both i and j: the
// variance of their total is twice the sum of theirs, whatever the number of
// folds. (The correction of Nadeau and Bengio 2003, Machine Learning 52:239, is
// 2.25 for five folds.) Where they hold much it is that sum. Draws therefore
// have twice the variance: the probability that group g, of contribution u_g,
// keeps its sign is (1 + Z u_g / |u|) / 2, with one standard normal Z a draw.
func (t *task) permute(ctx context.Context, r *Result, base *level, zero *fitted) error {
	if t.Permutations < 0 {
		return nil
	}
	along, rest := base.project(t.probe, zero)
	group := numbered(t.Plan.Group)
	lean := t.contributions(rest, zero, group)
	auroc0 := t.auroc(r.J0)(nil).X
	right0 := t.right(r.J0)
	draws := make([][3]float64, t.Permutations)

	workers := t.Bootstrap.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	g, ctx := errgroup.WithContext(ctx)
	for worker := range workers {
		g.Go(func() error {
			f := t.fitter()
			column := make([][]float64, len(rest))
			for k := range column {
				column[k] = make([]float64, len(rest[k]))
			}
			for b := worker; b < len(draws); b += workers {
				if err := ctx.Err(); err != nil {
					return err
				}
				sign := signs(lean, t.Seed, b)
				for k := range column {
					for i, e := range rest[k] {
						column[k][i] = along[k][i] + sign[group[i%len(t.y)]]*e
					}
				}
				p := base.fitFrom(column, zero, f).mean()
				var gain, more float64
				for i := range t.y {
					gain += t.bits(p, i) - t.bits(r.J0, i)
				}
				for i, hit := range t.right(p) {
					more += hit - right0[i]
				}
				n := float64(len(t.y))
				draws[b] = [3]float64{gain / n, t.auroc(p)(nil).X - auroc0, more / n}
			}
			return nil
		})
	}
	if err := g.Wait(); err != nil {
		return err
	}
	for k, a := range []*Added{&r.Information, &r.AUROC, &r.Accuracy} {
		var column []float64
		for _, d := range draws {
			column = append(column, d[k])
		}
		a.Null = newNull(a.Estimate.Value, column)
	}
	return nil
}

// newNull counts the draws that are at least the observed value, up to rounding:
// where the probe is a function of the rivals every draw is that value.
func newNull(observed float64, draws []float64) Null {
	const rounding = 1e-9
	n := Null{Draws: draws, P: 1}
	for _, x := range draws {
		n.Mean += x / float64(len(draws))
		if x >= observed-rounding {
			n.P++
		}
	}
	n.P /= float64(len(draws) + 1)
	return n
}

// permuteRivals draws the AUROC of every rival on permuted labels, its scores
// fixed.
//
// The scores of a fold come from a model that was fitted to the labels of the
// others, so that under the null their AUROC has about twice the variance that
// permutations of labels under fixed scores have, see permute. Draws are
// therefore moved away from their mean by the root of 2. Without that, p was at
// most .05 in 32 and 26 of 300 data sets with rivals of 2 and 60 columns of noise;
// with it, in 18 and 10.
func (t *task) permuteRivals(r *Result, alone [][]float64) error {
	if t.Permutations < 0 {
		return nil
	}
	permuter, err := t.Plan.Permuter(t.Target.Ints(), t.Plan.OuterFold(0), t.Unit)
	if err != nil {
		return err
	}
	draws := make([][]float64, len(alone))
	relabelled := make([]func(y []int) float64, len(alone))
	for k, score := range alone {
		relabelled[k] = t.relabelled(score)
	}
	for b := range t.Permutations {
		y := permuter.Draw(t.Seed, b)
		for k := range alone {
			draws[k] = append(draws[k], relabelled[k](y))
		}
	}
	for k := range r.Rivals {
		mean := floats.Sum(draws[k]) / float64(len(draws[k]))
		for b, x := range draws[k] {
			draws[k][b] = mean + math.Sqrt2*(x-mean)
		}
		r.Rivals[k].Null = newNull(r.Rivals[k].AUROC.Value, draws[k])
	}
	return nil
}

// contributions are the groups' sums of (y - p0) e over test rows and repeats,
// as a vector of length 1. Of several levels, y - p0 are the derivatives of the
// log-likelihood by the margins.
func (t *task) contributions(rest [][]float64, zero *fitted, group []int) []float64 {
	u := make([]float64, slices.Max(group)+1)
	f, n := t.fitter(), len(t.y)
	off := make([]float64, t.margins())
	for k, unit := range t.Plan.Units {
		for i, test := range unit.Test {
			if !test {
				continue
			}
			f.residual(off, t.y[i], zero.score[unit.Repeat][i*t.width:(i+1)*t.width])
			for a, r := range off {
				u[group[i]] += r * rest[k][a*n+i]
			}
		}
	}
	if length := floats.Norm(u, 2); length > 0 {
		floats.Scale(1/length, u)
	}
	return u
}

// signs draws -1 or 1 for every group.
func signs(lean []float64, seed uint64, draw int) []float64 {
	rng := rand.New(estimate.Source(seed^nullStream, uint64(draw)))
	z := rng.NormFloat64()
	sign := make([]float64, len(lean))
	for g, u := range lean {
		sign[g] = -1
		if rng.Float64() < (1+z*u)/2 {
			sign[g] = 1
		}
	}
	return sign
}

// numbered renames groups to 0 and on, in the order of their numbers.
func numbered(group []int) []int {
	names := slices.Compact(slices.Sorted(slices.Values(group)))
	number := make([]int, len(group))
	for i, g := range group {
		number[i], _ = slices.BinarySearch(names, g)
	}
	return number
}

// project splits a column, given for each unit and row, into its weighted
// least-squares fit on the level's columns over training rows and the rest, both in
// units of the training rows. The weights are the second derivatives of the loss by
// the margins at J0, which stand in its Hessian.
//
// The cut points of ordered levels are estimated as well, and not among the columns: e is
// orthogonal to the scores of the others, and its part in those of the cut points, I_ec,
// stays. It is not needed. J1 fits the cut points anew, and gains half the square of Σ r e
// over I_ee - I_ec I_cc⁻¹ I_ce, its variance where they are estimated. The flips of a draw
// leave its column no part in them on average, so that there variance and divisor both are
// I_ee. Gains are so distributed alike, to first order; docs/validity.md has the size. An e
// that is orthogonal to the cut points too would have a larger square, whose flips would
// no longer leave the columns of J0 alone.
func (l *level) project(column [][]float64, zero *fitted) (fit, rest [][]float64) {
	f := l.fitter()
	n := len(l.y)
	for k := range l.parts {
		b := &l.parts[k].blocks[0]
		zTest := l.use(b, f, column[k])
		all, shape, intercepts := f.params()
		w := make([]float64, all)
		f.widen(w, zero.weights[k], shape+intercepts)
		f.grow(all)
		// The penalty beside so large a C is a trace of a ridge, for columns that
		// depend on each other.
		const c = 1e8
		f.objective(c, w)
		f.derivatives(c, w, f.gradient, f.hessian)
		// The normal equations, without the shape.
		at := all - shape - intercepts - 1
		var kept []int
		for m := range all {
			if m < at || m >= all-intercepts {
				kept = append(kept, m)
			}
		}
		h, x := make([]float64, len(kept)*len(kept)), make([]float64, len(kept))
		for a, m := range kept {
			x[a] = f.hessian[max(m, at)*all+min(m, at)]
			for b, o := range kept[:a+1] {
				h[a*len(kept)+b] = f.hessian[m*all+o]
			}
		}
		solveCholesky(h, x, len(kept))
		clear(w)
		for a, m := range kept {
			w[m] = x[a]
		}
		fitted, left := make([]float64, len(column[k])), make([]float64, len(column[k]))
		set := func(z [][]float64, rows []int) {
			m := make([]float64, len(rows)*l.margins())
			f.margins(m, z, w, len(rows))
			for a, i := range rows {
				for c := range l.margins() {
					from := c*len(rows) + a
					fitted[c*n+i], left[c*n+i] = m[from], z[len(z)-1][from]-m[from]
				}
			}
		}
		set(append(slices.Clip(b.z), f.extra), b.train)
		set(zTest, b.test)
		fit, rest = append(fit, fitted), append(rest, left)
	}
	return fit, rest
}
