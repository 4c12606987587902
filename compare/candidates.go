package compare

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/internal/solve"
)

// The keys of candidate answers.
const (
	KeyK                  = "k"
	KeyKStar              = "k_star"
	KeyKGap               = "k_gap"
	KeyKStarGap           = "k_star_gap"
	KeyKRelativeGap       = "k_relative_gap"
	KeyKnowsNeverSaid     = "knows_never_said"
	KeyChoiceAccuracy     = "choice_accuracy"
	KeyGreedyAccuracy     = "greedy_accuracy"
	KeyChoiceGain         = "choice_gain"
	KeyQuestions          = "questions"
	KeyQuestionsOneKind   = "questions_one_kind"
	KeyQuestionsNoGreedy  = "questions_without_greedy"
	KeyQuestionsNeverSaid = "questions_never_said"
)

// The predictors that are made of the external scorers.
const (
	BestExternal = "best external"
	AllExternal  = "all external"
)

// The value of column "candidates" where all of them are chosen among, not only
// those that the model said.
const (
	ColumnCandidates = "candidates"
	EveryCandidate   = "all"
)

// CandidateQuantities defines the keys of candidate answers.
func CandidateQuantities() []Quantity {
	const source = "Gekhman et al. 2025, Inside-Out: Hidden Factual Knowledge in LLMs, arXiv 2503.15299"
	return []Quantity{
		{KeyK, "K", "share of the pairs of a right and a wrong candidate of a question that the score puts in order, ties half; the mean over questions that have both", Share, source},
		{KeyKStar, "K*", "share of questions on which the score puts every right candidate above every wrong one", Share, source},
		{KeyKGap, "Gap of K", "K of the probe minus that of the external scorer, paired on the questions", Difference, source},
		{KeyKStarGap, "Gap of K*", "K* of the probe minus that of the external scorer, paired on the questions", Difference, source},
		{KeyKRelativeGap, "Relative gap of K", "the gap of K as a share of the external scorer's K", Share, source},
		{KeyKnowsNeverSaid, "Knows and never said", "share of questions on which the probe puts every right candidate above every wrong one, and none of the answers that the model gave is right", Share, source},
		{KeyChoiceAccuracy, "Accuracy of the chosen answer", "share of questions whose highest-scored candidate is right, among the answers that the model gave, or among all candidates where the line says so; tied ones count their share", Share, source},
		{KeyGreedyAccuracy, "Accuracy of the greedy answer", "share of questions whose greedy answer is right", Share, "compare"},
		{KeyChoiceGain, "Gain by choosing", "accuracy of the answer chosen by the score minus that of the greedy one, paired on the questions", Difference, source},
		{KeyQuestions, "Questions", "questions that have right and wrong candidates", Questions, "compare"},
		{KeyQuestionsOneKind, "Questions of one kind", "questions whose candidates are all right or all wrong; K is about the others", Questions, "compare"},
		{KeyQuestionsNoGreedy, "Questions without a greedy answer", "questions with no candidate marked as greedy; choosing is about the others", Questions, "compare"},
		{KeyQuestionsNeverSaid, "Questions never answered rightly", "questions with right and wrong candidates, and none of the answers that the model gave right", Questions, "compare"},
	}
}

// Questions is the unit of a number of questions.
const Questions = "questions"

// Scorer is a score of every candidate that is no probe, such as a
// log-probability: higher is more likely right.
type Scorer struct {
	Name  string
	Score []float64
}

// AtLayer is a probe's out-of-fold scores at one layer.
type AtLayer struct {
	Layer int
	Score []float64
}

// Candidates are several answers to each of many questions. Rows are pairs of a
// question and a candidate.
type Candidates struct {
	IDs      []string // for errors; may be nil
	Question []int
	// Group joins questions that depend on each other. Nil: each is its own.
	Group []int
	// Fold is the fold that tests the row, one for all rows of a group.
	Fold  []int
	Right []int // 1 where the candidate is right, else 0
	// Said marks the answers that the model gave, greedily or sampled, and
	// Greedy the greedy ones, at most one a question. Nil where it is not known.
	Said, Greedy []bool
	// Probe is the out-of-fold score. Layers are those of single layers, for a
	// curve; there may be none.
	Probe  []float64
	Layers []AtLayer
	// External are the scorers that the probe is set against.
	External []Scorer
	// Combined is an out-of-fold score of a calibrated model of all external
	// scorers. Nil: a logistic regression on them, standardised, with C = 1 as
	// in scikit-learn's default, is fitted on the rows of the other folds.
	Combined []float64
}

// questionScore is what a score does on every question.
type questionScore struct {
	k, star []float64
}

// questions is the candidates by question.
type questions struct {
	row         [][]int // rows of each question
	group, fold []int
	both        []bool // has right and wrong candidates
	said        []bool // some right candidate was said
	greedy      []bool // has a greedy answer
	greedyRight []float64
}

// Measure estimates what the probe knows of the candidates beside the external
// scorers.
//
// The draws of the bootstrap take whole questions, or groups of them. In every
// draw the best external scorer is chosen anew: for each fold the one of the
// highest K on the questions of other folds, the first of equal ones. K, K* and
// gaps of "best external" are of that choice.
//
// Knows and never said: where no question is such, its upper bound is
// 1-(1-level)^(1/n), near 3/n at 95%, the rule of three (Hanley and Lippman-Hand
// 1983, JAMA 249:1743). Otherwise the interval is that of Clopper and Pearson
// (1934, Biometrika 26:404) where questions are independent, and the bootstrap's
// where they are grouped.
//
// The null of K exchanges right and wrong among the candidates of a question,
// that of a gap the two scores of a group's questions. A probe's score of a
// question depends on the labels of others, so that where states hold nothing
// the variance of the mean of K is up to twice that of scores from elsewhere;
// draws of the probe's K are therefore spread by √2, and those of a gap, where
// the probe's K is not seen to differ from 0.5, by the probe's part once more.
func (c Candidates) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := c.check(s); err != nil {
		return nil, fmt.Errorf("compare: candidates: %w", err)
	}
	q := c.questions()
	probe := c.score(q, c.Probe)
	external := make([]questionScore, len(c.External))
	for k, e := range c.External {
		external[k] = c.score(q, e.Score)
	}
	combined := c.Combined
	if combined == nil && len(c.External) > 1 {
		var err error
		if combined, err = c.combine(ctx); err != nil {
			return nil, fmt.Errorf("compare: candidates: all external scorers together: %w", err)
		}
	}
	var all *questionScore
	if combined != nil {
		all = new(c.score(q, combined))
	}

	sl := &slate[*questionView]{}
	c.addKnowledge(sl, q, probe, external, all)
	c.addChoice(sl, q, combined)
	if c.Said != nil {
		sl.add(c.line("probe", KeyKnowsNeverSaid), q.both, func(v *questionView) estimate.Value {
			return shareOf(v.w, q.both, q.neverSaid(probe), "question has right and wrong candidates")
		})
	}
	lines := sl.estimate(s.Bootstrap, q.group, func(w []float64) *questionView { return q.view(w, external) })
	for k := range lines {
		if lines[k].Key == KeyKnowsNeverSaid {
			q.boundRare(&lines[k].Estimate, probe, s.Bootstrap)
		}
	}
	if err := c.test(ctx, lines, q, probe, external, all, combined, s); err != nil {
		return nil, err
	}
	return append(lines, c.counts(q)...), nil
}

func (c Candidates) line(predictor, key string) Line {
	return Line{Layer: None, Position: None, Predictor: predictor, Key: key}
}

func (c Candidates) check(s Settings) error {
	n := len(c.Question)
	ids := rowIDs(c.IDs)
	if n == 0 {
		return fmt.Errorf("found no candidates")
	}
	if err := s.check(); err != nil {
		return err
	}
	if err := ids.check(n); err != nil {
		return err
	}
	for _, column := range []struct {
		name string
		n    int
	}{{"group", len(c.groups())}, {"fold", len(c.Fold)}, {"right", len(c.Right)}} {
		if err := checkLength(column.name, column.n, n); err != nil {
			return err
		}
	}
	for _, column := range []struct {
		name string
		mark []bool
	}{{"said", c.Said}, {"greedy", c.Greedy}} {
		if column.mark != nil {
			if err := checkLength(column.name, len(column.mark), n); err != nil {
				return err
			}
		}
	}
	if err := ids.values("right", "0 or 1", n, func(i int) bool { return !isLabel(c.Right[i]) }); err != nil {
		return err
	}
	if err := c.checkScores(); err != nil {
		return err
	}
	if err := ids.folds(c.groups(), c.Fold); err != nil {
		return err
	}
	return c.checkQuestions()
}

func (c Candidates) checkScores() error {
	scores := []Scorer{{"probe", c.Probe}}
	for _, l := range c.Layers {
		scores = append(scores, Scorer{fmt.Sprintf("probe at layer %d", l.Layer), l.Score})
	}
	seen := map[string]bool{"probe": true, BestExternal: true, AllExternal: true}
	for k, e := range c.External {
		if e.Name == "" {
			return fmt.Errorf("external scorer %d has no name", k)
		}
		if seen[e.Name] {
			return fmt.Errorf("external scorer %q: the name is taken; expected another", e.Name)
		}
		seen[e.Name] = true
		scores = append(scores, e)
	}
	if c.Combined != nil {
		scores = append(scores, Scorer{AllExternal, c.Combined})
	}
	for _, e := range scores {
		if err := checkLength(e.Name, len(e.Score), len(c.Question)); err != nil {
			return err
		}
		if err := rowIDs(c.IDs).values(e.Name, "a finite number", len(e.Score), func(i int) bool { return math.IsNaN(e.Score[i]) || math.IsInf(e.Score[i], 0) }); err != nil {
			return err
		}
	}
	return nil
}

// checkQuestions refuses questions in two groups or with two greedy answers.
func (c Candidates) checkQuestions() error {
	group, greedy := make(map[int]int), make(map[int]bool)
	var parted, again []int
	for i, q := range c.Question {
		if g, seen := group[q]; seen && g != c.groups()[i] {
			parted = append(parted, i)
		}
		group[q] = c.groups()[i]
		if c.Greedy != nil && c.Greedy[i] {
			if greedy[q] {
				again = append(again, i)
			}
			greedy[q] = true
		}
	}
	if len(parted) > 0 {
		return fmt.Errorf("questions in two groups: %s; expected the candidates of a question in one group", rowIDs(c.IDs).list(parted))
	}
	if len(again) > 0 {
		return fmt.Errorf("a second greedy answer to a question: %s; expected at most one", rowIDs(c.IDs).list(again))
	}
	return nil
}

func (c Candidates) groups() []int {
	if c.Group == nil {
		return c.Question
	}
	return c.Group
}

func (c Candidates) questions() *questions {
	q := &questions{}
	at := make(map[int]int)
	var kinds [][2]bool
	for i, name := range c.Question {
		k, seen := at[name]
		if !seen {
			k = len(q.row)
			at[name] = k
			q.row = append(q.row, nil)
			q.group = append(q.group, c.groups()[i])
			q.fold = append(q.fold, c.Fold[i])
			q.said, q.greedy = append(q.said, false), append(q.greedy, false)
			q.greedyRight = append(q.greedyRight, 0)
			kinds = append(kinds, [2]bool{})
		}
		q.row[k] = append(q.row[k], i)
		kinds[k][c.Right[i]] = true
		if c.Said != nil && c.Said[i] && c.Right[i] == 1 {
			q.said[k] = true
		}
		if c.Greedy != nil && c.Greedy[i] {
			q.greedy[k], q.greedyRight[k] = true, float64(c.Right[i])
			// A greedy answer is one that the model gave.
			q.said[k] = q.said[k] || c.Right[i] == 1
		}
	}
	for _, kind := range kinds {
		q.both = append(q.both, kind[0] && kind[1])
	}
	return q
}

// score is K and K* of every question.
func (c Candidates) score(q *questions, score []float64) questionScore {
	s := questionScore{make([]float64, len(q.row)), make([]float64, len(q.row))}
	for k, rows := range q.row {
		if q.both[k] {
			s.k[k], s.star[k] = inOrder(rows, score, func(i int) int { return c.Right[i] })
		}
	}
	return s
}

// inOrder is the share of right-wrong pairs in order, and whether all are.
func inOrder(rows []int, score []float64, right func(i int) int) (k, star float64) {
	var pairs float64
	star = 1
	for _, a := range rows {
		if right(a) != 1 {
			continue
		}
		for _, b := range rows {
			if right(b) == 1 {
				continue
			}
			pairs++
			switch {
			case score[a] > score[b]:
				k++
			case score[a] == score[b]:
				k += 0.5
				star = 0
			default:
				star = 0
			}
		}
	}
	return k / pairs, star
}

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
				d := minusValue(shareOf(v.w, q.both, valueOf(m.of(probe)), noBoth), theirs)
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
	level := b.Level
	if level == 0 {
		level = 0.95
	}
	var k, n float64
	for i, both := range q.both {
		if both {
			n++
			k += q.neverSaid(probe)(i)
		}
	}
	if k > 0 && len(distinctInts(q.group)) < len(q.group) {
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

// candidateStream keeps the null's random numbers apart from those of other
// purposes under one seed.
const candidateStream = 0x63616e64696461 // "candida"

// test sets K and the gaps against their nulls.
func (c Candidates) test(ctx context.Context, lines []Line, q *questions, probe questionScore, external []questionScore, all *questionScore, combined []float64, s Settings) error {
	if s.Permutations == 0 || !slices.Contains(q.both, true) {
		return nil
	}
	ones := make([]float64, len(q.row))
	for i := range ones {
		ones[i] = 1
	}
	v := q.view(ones, external)
	scores := map[string][]float64{"probe": c.Probe, AllExternal: combined}
	for _, e := range c.External {
		scores[e.Name] = e.Score
	}
	layers := make(map[int][]float64)
	for _, l := range c.Layers {
		layers[l.Layer] = l.Score
	}
	ignorant := false // of the probe, whose own line comes before the gaps
	for k := range lines {
		if err := ctx.Err(); err != nil {
			return err
		}
		l := &lines[k]
		if !l.Estimate.OK() {
			continue
		}
		switch l.Key {
		case KeyK:
			score := scores[l.Predictor]
			if l.Layer != None {
				score = layers[l.Layer]
			}
			if score == nil { // the best of several is none itself
				continue
			}
			draws := c.exchangedRight(q, score, s)
			if l.Predictor == "probe" || l.Predictor == AllExternal {
				for b, x := range draws {
					draws[b] = 0.5 + math.Sqrt2*(x-0.5)
				}
			}
			l.Null = nullOf(l.Estimate.Value, 0.5, draws, false)
			if l.Predictor == "probe" && l.Layer == None {
				ignorant = l.Null.P > 0.05
			}
		case KeyKGap, KeyKStarGap:
			of := kOf
			if l.Key == KeyKStarGap {
				of = starOf
			}
			other := q.bestOf(v, external, of)
			if l.Predictor == AllExternal {
				other = valueOf(of(*all))
			}
			mine := of(probe)
			var again func(i int) float64
			if ignorant {
				mean := shareOf(ones, q.both, valueOf(mine), noBoth).X
				again = func(i int) float64 { return mine[i] - mean }
			}
			l.Null = nullOf(l.Estimate.Value, 0, q.exchangedScores(func(i int) float64 { return mine[i] - other(i) }, again, s), false)
		}
	}
	return nil
}

// exchangedRight is K with right and wrong exchanged within questions.
func (c Candidates) exchangedRight(q *questions, score []float64, s Settings) []float64 {
	draws := make([]float64, s.Permutations)
	right := slices.Clone(c.Right)
	for b := range draws {
		rng := rand.New(estimate.Source(s.Seed^candidateStream, uint64(b)))
		var sum, n float64
		for k, rows := range q.row {
			if !q.both[k] {
				continue
			}
			rng.Shuffle(len(rows), func(i, j int) { right[rows[i]], right[rows[j]] = right[rows[j]], right[rows[i]] })
			x, _ := inOrder(rows, score, func(i int) int { return right[i] })
			sum += x
			n++
		}
		draws[b] = sum / n
	}
	return draws
}

// exchangedScores is the mean difference with its sign flipped in a random half
// of the groups, and, where there is something to add again, the mean of that
// with other flips.
func (q *questions) exchangedScores(difference, again func(i int) float64, s Settings) []float64 {
	var order []int
	sums := make(map[int]*[2]float64)
	var n float64
	for i, both := range q.both {
		if !both {
			continue
		}
		g := q.group[i]
		if sums[g] == nil {
			sums[g] = &[2]float64{}
			order = append(order, g)
		}
		sums[g][0] += difference(i)
		if again != nil {
			sums[g][1] += again(i)
		}
		n++
	}
	draws := make([]float64, s.Permutations)
	for b := range draws {
		rng := rand.New(estimate.Source(s.Seed^candidateStream^1, uint64(b)))
		for _, g := range order {
			for _, sum := range sums[g] {
				draws[b] += (2*float64(rng.IntN(2)) - 1) * sum / n
			}
		}
	}
	return draws
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
