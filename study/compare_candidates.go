package study

import "fmt"

// CandidateAnswers compares the probe's order of the candidate answers to a
// question with that of other scores. The study's target is whether a candidate
// is right, its rows are candidates.
type CandidateAnswers struct {
	// Candidates is the column of the question that a row answers.
	Candidates string `yaml:"candidates"`
	// Scorers are expressions for scores that grow with being right, such as
	// the log-probability of the answer. A row without one has nil.
	Scorers []string `yaml:"scorers"`
	// Said is an expression that is true on the answers that the model gave,
	// Greedy one that is true on the greedy one. Default: not known.
	Said   string `yaml:"said"`
	Greedy string `yaml:"greedy"`
}

// CandidateColumns are the columns of [CandidateAnswers] on the cases.
type CandidateColumns struct {
	Question     []string
	Scorers      []Scorer
	Said, Greedy []bool // nil where they are not known
}

var candidatesKind = kindOf("candidates", "right and wrong answers are those", (*Study).checkCandidates, (*table).candidates)

func (s *Study) checkCandidates(key string, c *CandidateAnswers) error {
	if c.Candidates == "" {
		return s.ErrorAt(key+".candidates", "missing, expected the column of the question that a row answers")
	}
	if err := s.checkOnly(key, "candidates"); err != nil {
		return err
	}
	if len(c.Scorers) > 0 {
		return s.checkNames(key+".scorers", c.Scorers, 1, "a score of the candidates")
	}
	return nil
}

func (t *table) candidates(key string, of *CandidateAnswers, _ *Cases) (*CandidateColumns, error) {
	column, err := t.column(key+".candidates", of.Candidates)
	if err != nil {
		return nil, err
	}
	c := &CandidateColumns{}
	for _, i := range t.used {
		if column.IsNull(i) {
			return nil, t.errorOn(i, key+".candidates", of.Candidates, "found null, expected a question")
		}
		c.Question = append(c.Question, column.String(i))
	}
	for i, source := range of.Scorers {
		score, err := t.numbers(fmt.Sprintf("%s.scorers[%d]", key, i), source)
		if err != nil {
			return nil, err
		}
		c.Scorers = append(c.Scorers, Scorer{source, score})
	}
	for _, mark := range []struct {
		key, source string
		to          *[]bool
	}{{"said", of.Said, &c.Said}, {"greedy", of.Greedy, &c.Greedy}} {
		if mark.source == "" {
			continue
		}
		if *mark.to, err = t.truths(key+"."+mark.key, mark.source); err != nil {
			return nil, err
		}
	}
	return c, nil
}
