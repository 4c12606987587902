package study

import (
	"encoding/json"
	"fmt"
	"math"
)

// Trajectories reads the target along generated answers: at which position it is
// decided, at which the answer states it, and what stopping early would save.
// The study's target is the label of the model's final answer, its positions are
// those of the answer: position p is after p tokens.
type Trajectories struct {
	// Trajectory is the column of the position at which the answer is stated;
	// null where it never is.
	Trajectory string `yaml:"trajectory"`
	// Tokens is an expression for the number of tokens of the answer. Default:
	// the last position of the row.
	Tokens string `yaml:"tokens"`
	// Correct is an expression that is true where the answer is right. Default:
	// it is not known.
	Correct string `yaml:"correct"`
	// Truth is an expression for the label of the true answer, nil where it is
	// not known. Default: it is not known.
	Truth string `yaml:"truth"`
	// Forced is a column of lists: at every position, the probability of label 1
	// in an answer that was forced there. Default: none.
	Forced string `yaml:"forced"`
	// TokenText is a column of lists: what is written at every position. Its
	// text so far is a rival. Default: none.
	TokenText string `yaml:"token_text"`
	// Precision is what the threshold of a decision is chosen to have. Default:
	// 0.9.
	Precision float64 `yaml:"precision"`
	// Positions are those to read. Default: all that some row has.
	Positions []int `yaml:"positions"`
}

// TrajectoryColumns are the columns of [Trajectories] on the cases.
type TrajectoryColumns struct {
	Stated, Tokens []int // Stated is -1 where it never is; Tokens is nil where not known
	Correct, Truth []int // 0 or 1, -1 where not known; nil where nothing says it
	Forced         [][]float64
	TokenText      [][]string
}

var trajectoryKind = kindOf("trajectory", "a decision is", (*Study).checkTrajectories, (*table).trajectories)

func (s *Study) checkTrajectories(key string, c *Trajectories) error {
	if c.Trajectory == "" {
		return s.ErrorAt(key+".trajectory", "missing, expected the column of the position at which the answer is stated")
	}
	if c.Precision == 0 {
		c.Precision = 0.9
	}
	if !(c.Precision > 0.5 && c.Precision <= 1) {
		return s.ErrorAt(key+".precision", "found %v, expected more than 0.5 and at most 1, such as 0.9", c.Precision)
	}
	for i, at := range c.Positions {
		if at < 0 || i > 0 && at <= c.Positions[i-1] {
			return s.ErrorAt(fmt.Sprintf("%s.positions[%d]", key, i), "found %d, expected positions from 0 in ascending order", at)
		}
	}
	return s.checkOnly(key, "trajectory")
}

// lists names the columns of lists that traces and comparisons read.
func (s *Study) lists() []string {
	var names []string
	if s.Traces != nil && s.Traces.TokenText != "" {
		names = append(names, s.Traces.TokenText)
	}
	for _, c := range s.Compare {
		if of, ok := c.Of.(*Trajectories); ok {
			for _, name := range []string{of.Forced, of.TokenText} {
				if name != "" {
					names = append(names, name)
				}
			}
		}
	}
	return names
}

func (t *table) trajectories(key string, of *Trajectories, _ *Cases) (*TrajectoryColumns, error) {
	c := &TrajectoryColumns{}
	column, err := t.column(key+".trajectory", of.Trajectory)
	if err != nil {
		return nil, err
	}
	for _, i := range t.used {
		at := -1
		if !column.IsNull(i) {
			n, ok := asNumber(column.Value(i))
			if !ok || n < 0 || n != math.Trunc(n) || n > math.MaxInt32 {
				return nil, t.errorOn(i, key+".trajectory", of.Trajectory, "found %s, expected a position, counted from 0, or null", literal(column.Value(i)))
			}
			at = int(n)
		}
		c.Stated = append(c.Stated, at)
	}
	if of.Tokens != "" {
		tokens, err := t.numbers(key+".tokens", of.Tokens)
		if err != nil {
			return nil, err
		}
		for k, n := range tokens {
			if !(n >= 0 && n == math.Trunc(n) && n <= math.MaxInt32) {
				return nil, t.errorOn(t.used[k], key+".tokens", of.Tokens, "found %v, expected a number of tokens", n)
			}
			c.Tokens = append(c.Tokens, int(n))
		}
	}
	for _, mark := range []struct {
		key, source string
		to          *[]int
	}{{"correct", of.Correct, &c.Correct}, {"truth", of.Truth, &c.Truth}} {
		if mark.source == "" {
			continue
		}
		y, err := t.optionalTruths(key+"."+mark.key, mark.source, trueFalseOrNil)
		if err != nil {
			return nil, err
		}
		*mark.to = y
	}
	if c.Forced, err = listsOf[float64](t, key+".forced", of.Forced); err != nil {
		return nil, err
	}
	c.TokenText, err = listsOf[string](t, key+".token_text", of.TokenText)
	return c, err
}

// listsOf reads a column of lists, as JSON; nil where the study names none.
func listsOf[T float64 | string](t *table, key, name string) ([][]T, error) {
	column, err := t.column(key, name)
	if column == nil {
		return nil, err
	}
	var lists [][]T
	for _, i := range t.used {
		var list []T
		if column.IsNull(i) || json.Unmarshal([]byte(column.String(i)), &list) != nil || list == nil {
			return nil, t.errorOn(i, key, name, "found %s, expected a list with an item for each position", literal(column.Value(i)))
		}
		lists = append(lists, list)
	}
	return lists, nil
}
