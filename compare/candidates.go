package compare

import (
	"context"
	"fmt"
	"math"

	"tell/estimate"
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
		{KeyKRelativeGap, "Relative gap of K", "the gap of K as a share of the external scorer's K", Ratio, source},
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
	if err := c.check(ctx, s); err != nil {
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

func (c Candidates) check(ctx context.Context, s Settings) error {
	n := len(c.Question)
	ids := rowIDs(c.IDs)
	if n == 0 {
		return fmt.Errorf("found no candidates")
	}
	if err := s.check(ctx); err != nil {
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
