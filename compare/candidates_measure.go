package compare

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/internal/solve"
)

// questionView is the questions at the weights of a draw.
type questionView struct {
	w      []float64
	chosen map[int]int // by fold, the external scorer of the highest K elsewhere
}

func (q *questions) view(w []float64, external []questionScore) *questionView {
	v := &questionView{w: w, chosen: make(map[int]int)}
	if len(external) == 0 {
		return v
	}
	at := make(map[int]int)
	for _, f := range distinctInts(q.fold) {
		at[f] = len(at)
	}
	sum := make([]float64, len(at))
	best := make([]float64, len(at))
	for k, e := range external {
		clear(sum)
		total := 0.0
		for i, weight := range w {
			if q.both[i] {
				sum[at[q.fold[i]]] += weight * e.k[i]
				total += weight * e.k[i]
			}
		}
		for f, pos := range at {
			if elsewhere := total - sum[pos]; k == 0 || elsewhere > best[pos]+rounding {
				best[pos], v.chosen[f] = elsewhere, k
			}
		}
	}
	return v
}

// bestOf is a question's value by the scorer that was chosen for its fold.
func (q *questions) bestOf(v *questionView, external []questionScore, of func(questionScore) []float64) func(i int) float64 {
	return func(i int) float64 { return of(external[v.chosen[q.fold[i]]])[i] }
}

func kOf(s questionScore) []float64    { return s.k }
func starOf(s questionScore) []float64 { return s.star }

func valueOf(x []float64) func(i int) float64 { return func(i int) float64 { return x[i] } }

const noBoth = "question has right and wrong candidates"

func (c Candidates) addKnowledge(sl *slate[*questionView], q *questions, probe questionScore, external []questionScore, all *questionScore) {
	type measured struct {
		key string
		of  func(questionScore) []float64
	}
	both := []measured{{KeyK, kOf}, {KeyKStar, starOf}}
	add := func(l Line, s questionScore) {
		for _, m := range both {
			l.Key = m.key
			sl.add(l, q.both, func(v *questionView) estimate.Value { return shareOf(v.w, q.both, valueOf(m.of(s)), noBoth) })
		}
	}
	add(c.line("probe", ""), probe)
	for _, layer := range c.Layers {
		l := c.line("probe", "")
		l.Layer = layer.Layer
		add(l, c.score(q, layer.Score))
	}
	for k, e := range c.External {
		add(c.line(e.Name, ""), external[k])
	}
	if all != nil {
		add(c.line(AllExternal, ""), *all)
	}
	if len(external) > 0 {
		for _, m := range both {
			sl.add(c.line(BestExternal, m.key), q.both, func(v *questionView) estimate.Value {
				return shareOf(v.w, q.both, q.bestOf(v, external, m.of), noBoth)
			})
		}
	}
	gap := func(name string, other func(v *questionView, of func(questionScore) []float64) func(i int) float64) {
		l := c.line(name, "")
		l.Train, l.Test = name, "probe"
		for _, m := range []struct {
			key      string
			of       func(questionScore) []float64
			relative bool
		}{{KeyKGap, kOf, false}, {KeyKStarGap, starOf, false}, {KeyKRelativeGap, kOf, true}} {
			l.Key = m.key
			sl.add(l, q.both, func(v *questionView) estimate.Value {
				theirs := shareOf(v.w, q.both, other(v, m.of), noBoth)
				d := difference(shareOf(v.w, q.both, valueOf(m.of(probe)), noBoth), theirs)
				if m.relative && d.Reason == "" {
					if theirs.X == 0 {
						return estimate.Value{Reason: "K of the external scorer is 0"}
					}
					d.X /= theirs.X
				}
				return d
			})
		}
	}
	if len(external) > 0 {
		gap(BestExternal, func(v *questionView, of func(questionScore) []float64) func(i int) float64 {
			return q.bestOf(v, external, of)
		})
	}
	if all != nil {
		gap(AllExternal, func(_ *questionView, of func(questionScore) []float64) func(i int) float64 { return valueOf(of(*all)) })
	}
}

// addChoice adds how often the highest-scored candidate is right.
func (c Candidates) addChoice(sl *slate[*questionView], q *questions, combined []float64) {
	scores := append([]Scorer{{"probe", c.Probe}}, c.External...)
	if combined != nil {
		scores = append(scores, Scorer{AllExternal, combined})
	}
	const noGreedy = "question has a greedy answer"
	hasGreedy := c.Greedy != nil && slices.Contains(q.greedy, true)
	if hasGreedy {
		sl.add(c.line("greedy", KeyGreedyAccuracy), q.greedy, func(v *questionView) estimate.Value {
			return shareOf(v.w, q.greedy, valueOf(q.greedyRight), noGreedy)
		})
	}
	for _, among := range []struct {
		column, value string
		said          []bool
	}{{"", "", c.said()}, {ColumnCandidates, EveryCandidate, nil}} {
		if among.said == nil && among.value == "" {
			continue
		}
		for _, s := range scores {
			right, used := c.chosen(q, s.Score, among.said)
			l := c.line(s.Name, KeyChoiceAccuracy)
			l.Column, l.Value = among.column, among.value
			sl.add(l, used, func(v *questionView) estimate.Value {
				return shareOf(v.w, used, valueOf(right), "question has a candidate to choose")
			})
			if hasGreedy {
				paired := slices.Clone(used)
				for k := range paired {
					paired[k] = paired[k] && q.greedy[k]
				}
				l.Key, l.Train, l.Test = KeyChoiceGain, "greedy", s.Name
				sl.add(l, paired, func(v *questionView) estimate.Value {
					return shareOf(v.w, paired, func(i int) float64 { return right[i] - q.greedyRight[i] }, noGreedy)
				})
			}
		}
	}
}

// said marks what the model gave, the greedy answers among it.
func (c Candidates) said() []bool {
	if c.Said == nil {
		return nil
	}
	said := slices.Clone(c.Said)
	for i, g := range c.Greedy {
		said[i] = said[i] || g
	}
	return said
}

// chosen is, for every question, the share of right ones among the candidates of
// the highest score, and whether there is a candidate.
func (c Candidates) chosen(q *questions, score []float64, among []bool) (right []float64, used []bool) {
	right, used = make([]float64, len(q.row)), make([]bool, len(q.row))
	for k, rows := range q.row {
		top, n := math.Inf(-1), 0.0
		for _, i := range rows {
			if among != nil && !among[i] {
				continue
			}
			if score[i] > top {
				top, n, right[k] = score[i], 0, 0
			}
			if score[i] == top {
				n++
				right[k] += float64(c.Right[i])
			}
		}
		if used[k] = n > 0; used[k] {
			right[k] /= n
		}
	}
	return right, used
}

// neverSaid is 1 on questions that the probe knows and no answer got right.
func (q *questions) neverSaid(probe questionScore) func(i int) float64 {
	return func(i int) float64 {
		if q.said[i] {
			return 0
		}
		return probe.star[i]
	}
}

// boundRare gives a share of few questions its exact interval.
func (q *questions) boundRare(e *estimate.Estimate, probe questionScore, b estimate.Bootstrap) {
	if !e.OK() {
		return
	}
	level := levelOf(b)
	var k, n float64
	for i, both := range q.both {
		if both {
			n++
			k += q.neverSaid(probe)(i)
		}
	}
	if k > 0 && countGroups(q.group) < len(q.group) {
		return
	}
	*e = estimate.Estimate{Value: e.Value, N: e.N, Groups: e.Groups}
	if k == 0 {
		// A group of questions is taken for one where questions depend.
		e.Method = "rule of three: no such question, upper bound alone"
		e.Interval = &estimate.Interval{High: 1 - math.Pow(1-level, 1/float64(e.Groups)), Level: level}
		return
	}
	e.Method = "Clopper-Pearson"
	e.Interval = &estimate.Interval{Low: distuv.Beta{Alpha: k, Beta: n - k + 1}.Quantile((1 - level) / 2), High: 1, Level: level}
	if k < n {
		e.Interval.High = distuv.Beta{Alpha: k + 1, Beta: n - k}.Quantile((1 + level) / 2)
	}
}

// combine is the out-of-fold margin of a logistic regression on all external
// scorers.
func (c Candidates) combine(ctx context.Context) ([]float64, error) {
	n, d := len(c.Question), len(c.External)
	data := make([]float64, n*d)
	for k, e := range c.External {
		for i, x := range e.Score {
			data[i*d+k] = x
		}
	}
	x, err := solve.NewDense(n, d, data)
	if err != nil {
		return nil, err
	}
	folds := distinctInts(c.Fold)
	splits := make([]solve.Split, len(folds))
	for k, f := range folds {
		splits[k].Train = make([]bool, n)
		for i := range n {
			splits[k].Train[i] = c.Fold[i] != f
		}
	}
	margin := make([]float64, n)
	err = solve.Logistic{Tol: 1e-12}.Fit(ctx, x, splits, solve.Targets(c.Right), []float64{1}, func(f *solve.Fit) {
		for i, in := range splits[f.Split].Train {
			if !in {
				margin[i] = f.Margin[i]
			}
		}
	})
	return margin, err
}

func (c Candidates) counts(q *questions) []Line {
	var both, one, none, never int
	for k := range q.row {
		switch {
		case !q.both[k]:
			one++
		default:
			both++
			if !q.said[k] {
				never++
			}
		}
		if !q.greedy[k] {
			none++
		}
	}
	lines := []Line{countLine(c.line("", KeyQuestions), both), countLine(c.line("", KeyQuestionsOneKind), one)}
	if c.Greedy != nil {
		lines = append(lines, countLine(c.line("", KeyQuestionsNoGreedy), none))
	}
	if c.Said != nil {
		lines = append(lines, countLine(c.line("", KeyQuestionsNeverSaid), never))
	}
	return lines
}
