package compare

import (
	"cmp"
	"context"
	"math"
	"math/rand/v2"
	"slices"
	"sort"

	"tell/estimate"
)

// A reader is a predictor's scores along the answers, laid out so that any
// threshold is quick to apply.
type reader struct {
	*Trajectory
	PositionScore
	folds []int // the distinct ones
	at    []int // the fold of a row, as one of them
	// final[i] is P(final answer) at each position; stays the smallest from
	// there on, reached the largest up to there, sure the largest confidence.
	final, stays, reached, sure [][]float64
	// before are the positions before the answer is stated, by growing
	// confidence; of are those of each row, counted in all.
	before []confident
	of     [][]confident
	all    []positions
}

type positions struct{ all, right float64 }

type confident struct {
	confidence float64
	row, fold  int32   // fold is an index into folds
	right      float64 // 1 where the side is the final one
}

func newReader(t *Trajectory, p PositionScore) *reader {
	r := &reader{Trajectory: t, PositionScore: p, folds: distinctInts(t.Fold)}
	for i, score := range p.Score {
		r.at = append(r.at, slices.Index(r.folds, t.Fold[i]))
		n := len(score)
		var before []confident
		final, stays, reached, sure := make([]float64, n), make([]float64, n), make([]float64, n), make([]float64, n)
		for j, x := range score {
			final[j], sure[j] = x, max(x, 1-x)
			if t.Final[i] == 0 {
				final[j] = 1 - x
				if sideOf(x) == 1 { // as 0.5 is
					final[j] = min(final[j], math.Nextafter(0.5, 0))
				}
			}
			if t.Stated[i] < 0 || t.Position[i][j] < t.Stated[i] {
				before = append(before, confident{sure[j], int32(i), int32(r.at[i]), oneIf(sideOf(x) == t.Final[i])})
			}
			reached[j] = final[j]
			if j > 0 {
				reached[j], sure[j] = max(reached[j], reached[j-1]), max(sure[j], sure[j-1])
			}
		}
		for j := n - 1; j >= 0; j-- {
			stays[j] = final[j]
			if j+1 < n {
				stays[j] = min(stays[j], stays[j+1])
			}
		}
		r.final, r.stays = append(r.final, final), append(r.stays, stays)
		r.reached, r.sure = append(r.reached, reached), append(r.sure, sure)
		slices.SortFunc(before, byConfidence)
		r.of, r.before = append(r.of, before), append(r.before, before...)
		all := positions{all: float64(len(before))}
		for _, c := range before {
			all.right += c.right
		}
		r.all = append(r.all, all)
	}
	slices.SortFunc(r.before, byConfidence)
	return r
}

func byConfidence(a, b confident) int { return cmp.Compare(a.confidence, b.confidence) }

func sideOf(p float64) int {
	if p >= 0.5 {
		return 1
	}
	return 0
}

// choose is the threshold of each fold at the weights of the rows, from the
// rows of the other folds; +Inf where none has the precision.
func (r *reader) choose(w []float64) []float64 {
	tau := r.every(math.Inf(1))
	var sum positions // of all rows; the training rows of a fold are those less its own
	own := make([]positions, len(tau))
	for i, n := range r.all {
		own[r.at[i]].all += w[i] * n.all
		own[r.at[i]].right += w[i] * n.right
	}
	open := make([]int32, len(tau))
	for f, c := range own {
		sum.all += c.all
		sum.right += c.right
		open[f] = int32(f)
	}
	// What is less sure is taken away until the rest has the precision. Weights
	// count rows, so that the sums are exact in any order. That no fold has it
	// is certain as long as more weight than due is left.
	due := sum.all
	for k := range r.before {
		if sum.all <= due && (k == 0 || r.before[k-1].confidence < r.before[k].confidence) {
			if has := r.heldBy(k, w); has != none {
				due = 0
				still := open[:0]
				for _, f := range open {
					all, right := sum.all-own[f].all, sum.right-own[f].right
					if needs := (r.Precision - rounding) * all; f == has || right < needs {
						due = max(due, sum.all-(needs-right)/r.Precision+1)
						still = append(still, f)
					} else {
						tau[f] = r.before[k].confidence
					}
				}
				if open = still; len(open) == 0 {
					break
				}
			}
		}
		c := &r.before[k]
		x := w[c.row]
		sum.all -= x
		sum.right -= x * c.right
		own[c.fold].all -= x
		own[c.fold].right -= x * c.right
	}
	return tau
}

const none, several = -1, -2

// heldBy is the fold of the rows with weight whose confidence is that of
// before[k]: none, one, or several.
func (r *reader) heldBy(k int, w []float64) int32 {
	var fold int32 = none
	for _, c := range r.before[k:] {
		switch {
		case c.confidence > r.before[k].confidence:
			return fold
		case w[c.row] == 0 || fold == c.fold:
		case fold == none:
			fold = c.fold
		default:
			return several
		}
	}
	return fold
}

// every is one threshold for all folds.
func (r *reader) every(tau float64) []float64 {
	all := make([]float64, len(r.folds))
	for f := range all {
		all[f] = tau
	}
	return all
}

// A reading is what a reader sees at the thresholds of the folds.
type reading struct {
	tau []float64
	// none says that no fold has a threshold.
	none bool
	// decided and passage are the positions of decision and first passage, or
	// the last position where there is none.
	decided, passage      []int
	isDecided, hasPassage []bool
	// stop is the number of tokens of an answer that stops as soon as the
	// confidence is tau, side what P says there or, without a stop, the final
	// label. index is the stop as one of the row's positions, or their number.
	stop, side, index []int
}

func (r *reader) read(tau []float64) *reading {
	n := len(r.final)
	x := &reading{tau: tau, none: math.IsInf(slices.Min(tau), 1),
		decided: make([]int, n), passage: make([]int, n), isDecided: make([]bool, n), hasPassage: make([]bool, n),
		stop: make([]int, n), side: make([]int, n), index: make([]int, n)}
	for i := range n {
		threshold := tau[r.at[i]]
		at := r.Position[i]
		first := func(ascends []float64) (index, position int, ok bool) {
			j := sort.SearchFloat64s(ascends, threshold)
			if j == len(at) {
				return j, at[j-1], false
			}
			return j, at[j], true
		}
		_, x.decided[i], x.isDecided[i] = first(r.stays[i])
		_, x.passage[i], x.hasPassage[i] = first(r.reached[i])
		j, position, stops := first(r.sure[i])
		x.index[i], x.stop[i], x.side[i] = j, position, r.Final[i]
		if stops {
			x.side[i] = sideOf(r.Score[i][j])
		} else {
			x.stop[i] = r.End[i]
		}
	}
	return x
}

// meanTau is the mean of the thresholds that there are.
func (x *reading) meanTau() estimate.Value {
	var sum, n float64
	for _, t := range x.tau {
		if !math.IsInf(t, 1) {
			sum += t
			n++
		}
	}
	return estimate.Value{X: sum / n}
}

// precision is what the thresholds have on the rows that they were not chosen
// on.
func (r *reader) precision(w []float64, x *reading) estimate.Value {
	var right, all float64
	for i, before := range r.of {
		for k := len(before) - 1; k >= 0 && before[k].confidence >= x.tau[r.at[i]]; k-- {
			all += w[i]
			right += w[i] * before[k].right
		}
	}
	if all == 0 {
		return estimate.Value{Reason: "no position before the answer is stated reaches tau"}
	}
	return estimate.Value{X: right / all}
}

// survival is the estimator of Kaplan and Meier at weights of the rows.
type survival struct {
	time []int     // of events, ascending
	left []float64 // what is left after each
	last int       // of all times
	rows bool
}

func newSurvival(at []int, seen []bool, w []float64) survival {
	s := survival{}
	most := slices.Max(at) + 1
	ends, events := make([]float64, most), make([]float64, most)
	var risk float64
	for i, t := range at {
		ends[t] += w[i]
		if seen[i] {
			events[t] += w[i]
		}
		risk += w[i]
		if w[i] > 0 {
			s.last = max(s.last, t)
		}
	}
	s.rows = risk > 0
	left := 1.0
	for t := range most {
		if events[t] > 0 {
			left *= max(0, 1-events[t]/risk)
			// What no weight is left of is 0, whatever rounding makes of it.
			if risk-events[t] < rounding*risk {
				left = 0
			}
			s.time, s.left = append(s.time, t), append(s.left, left)
		}
		risk -= ends[t]
	}
	return s
}

// at is the share left after a position, not estimable once nothing was seen
// any more.
func (s survival) at(position int) estimate.Value {
	k := sort.SearchInts(s.time, position+1)
	switch {
	case !s.rows:
		return estimate.Value{Reason: "no rows"}
	case position > s.last && (k == 0 || s.left[k-1] > 0):
		return estimate.Value{Reason: "no answer is recorded up to this position"}
	case k == 0:
		return estimate.Value{X: 1}
	}
	return estimate.Value{X: s.left[k-1]}
}

func (s survival) median() estimate.Value {
	for k, left := range s.left {
		if left <= 0.5+rounding {
			return estimate.Value{X: float64(s.time[k])}
		}
	}
	return estimate.Value{Reason: "more than half of the answers are left at the last position, by Kaplan and Meier"}
}

type namedCurve struct {
	s      survival
	reason string
}

// trajectoryStream keeps the null's random numbers apart from those of other
// purposes under one seed.
const trajectoryStream = 0x7472616a656374 // "traject"

// test sets waste and agreement against their nulls.
func (t *Trajectory) test(ctx context.Context, lines []Line, readers []*reader, view func(w []float64) *trajectoryView, s Settings) error {
	if s.Permutations == 0 {
		return nil
	}
	ones := make([]float64, len(t.Final))
	for i := range ones {
		ones[i] = 1
	}
	v := view(ones)
	for n := range lines {
		l := &lines[n]
		k := slices.IndexFunc(readers, func(r *reader) bool { return r.Name == l.Predictor })
		if k < 0 || !l.Estimate.OK() {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r := readers[k]
		switch {
		case l.Key == KeyWaste && l.Column == "":
			l.Null = nullOf(l.Estimate.Value, 0, r.shuffled(v.read[k].tau, s), true)
		case l.Key == KeyAgreement:
			x := v.read[k]
			if l.Column == ColumnTau {
				for _, tau := range t.Taus {
					if formatTau(tau) == l.Value {
						x = r.read(r.every(tau))
					}
				}
			}
			l.Null = nullOf(l.Estimate.Value, 0, r.randomStops(x, s), true)
		}
	}
	return nil
}

// shuffled is the waste with every row's scores in another order of its
// positions.
func (r *reader) shuffled(tau []float64, s Settings) []float64 {
	draws := make([]float64, s.Permutations)
	for b := range draws {
		rng := rand.New(estimate.Source(s.Seed^trajectoryStream, uint64(b)))
		var sum, n float64
		for i, final := range r.final {
			if r.Stated[i] <= 0 {
				continue
			}
			n++
			order := rng.Perm(len(final))
			// The decision is one past the last position below the threshold.
			threshold := tau[r.at[i]]
			j := len(order)
			for j > 0 && final[order[j-1]] >= threshold {
				j--
			}
			if j < len(order) && r.Position[i][j] < r.Stated[i] {
				sum += float64(r.Stated[i]-r.Position[i][j]) / float64(r.Stated[i])
			}
		}
		if n > 0 {
			draws[b] = sum / n
		}
	}
	return draws
}

// randomStops is the agreement where rows stop at the share of their positions
// at which another row did.
func (r *reader) randomStops(x *reading, s Settings) []float64 {
	at := make([]float64, len(x.index)) // of the row's positions
	for i, j := range x.index {
		at[i] = float64(j) / float64(len(r.Position[i]))
	}
	draws := make([]float64, s.Permutations)
	for b := range draws {
		rng := rand.New(estimate.Source(s.Seed^trajectoryStream^1, uint64(b)))
		for i, from := range rng.Perm(len(at)) {
			j := int(math.Floor(at[from]*float64(len(r.Position[i])) + rounding))
			if at[from] == 1 || sideOf(r.Score[i][j]) == r.Final[i] {
				draws[b] += 1 / float64(len(at))
			}
		}
	}
	return draws
}
