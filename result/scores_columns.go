package result

import (
	"fmt"
	"math"
	"slices"

	"tell/gap"
)

// StratumPrefix begins the name of a column of scores that holds a declared
// stratum.
const StratumPrefix = "stratum:"

// comparedColumn names the probe of a comparison.
const comparedColumn = "compared"

// neither is how scores.csv writes gap.Neither.
const neither = "neither"

// scoreColumns are the columns of scores.csv and scores.parquet for the given
// strata.
func scoreColumns(strata []string) []column[Score] {
	columns := []column[Score]{
		scoreText("id", "name of the row, as the study gives it", func(s *Score) *string { return &s.ID }),
		scoreCount("row", "row of the dump, from 0", func(s *Score) *int { return &s.Row }),
		scoreText(comparedColumn, "probe of a comparison that scored the row, such as `train neutral`, `target behaviour` or `dump tuned`; empty for the study's own", func(s *Score) *string { return &s.Compared }),
		scoreCount("repeat", "repeat of the outer folds, from 0", func(s *Score) *int { return &s.Repeat }),
		scoreCount("fold", "outer fold that tests the row, from 0", func(s *Score) *int { return &s.Fold }),
		{name: "predictor", means: "what `score` comes from: always `probe`",
			text: func(*Score) string { return Probe }, set: func(_ *Score, v any) string { return expect(v == Probe, `"probe"`) }},
		scoreSite("layer", "layer that the fold chose from its training rows", func(s *Score) *int { return &s.Layer }),
		scoreSite("position", "token position that the fold chose", func(s *Score) *int { return &s.Position }),
		scoreNumber("score", "P(label = 1), out of fold; of a number or a share what is predicted, of ordered levels the level expected, from 0, of classes the probability of the predicted one", func(s *Score) *float64 { return &s.Score }),
		scoreSite("prediction", "1 where `score` is above 0.5, else 0; the level that is predicted, from 0, where there are more; empty where there are none", func(s *Score) *int { return &s.Prediction }),
		scoreSite("label", "what is predicted, 0 or 1, or the level, from 0; empty where there are none", func(s *Score) *int { return &s.Label }),
		valueColumn,
		behaviourColumn,
		scoreNumber("text_score", "the same as `score`, out of fold, from the prompt's text alone; empty without that baseline", func(s *Score) *float64 { return &s.TextScore }),
		scoreNumber("behaviour_score", "the same as `score`, out of fold, from the behaviour alone, the graded one where there is one; empty without that baseline", func(s *Score) *float64 { return &s.BehaviourScore }),
		scoreNumber("graded", "graded behaviour toward label 1, as the study gives it; empty where there is none", func(s *Score) *float64 { return &s.Graded }),
		knowsColumn,
		scoreNumber("rivals_score", "the same as `score`, out of fold, from all rivals of the probe together, the mean over the repeats; empty where it was not computed", func(s *Score) *float64 { return &s.RivalsScore }),
		scoreNumber("gain", "what the probe adds to the rivals on this row, in bits: log2 P(label) with the probe less without", func(s *Score) *float64 { return &s.Gain }),
		scoreText("group", "rows of one group depend on each other", func(s *Score) *string { return &s.Group }),
		scoreText("condition", "value of the study's condition", func(s *Score) *string { return &s.Condition }),
	}
	for k, name := range strata {
		columns = append(columns, column[Score]{name: StratumPrefix + name,
			text: func(s *Score) string { return s.Strata[k].Value },
			set: func(s *Score, v any) string {
				value, ok := v.(string)
				s.Strata = append(s.Strata, StratumValue{name, value})
				return expect(ok, "a text")
			}})
	}
	return append(columns,
		scoreText("text", "the prompt", func(s *Score) *string { return &s.Text }),
		scoreText("said", "what the model answered", func(s *Score) *string { return &s.Said }),
		scoreText(runName, meansRun, func(s *Score) *string { return &s.Run }))
}

var valueColumn = column[Score]{
	name: "value", means: "what is predicted, where it is a number or a share; empty where it has levels",
	number: func(s *Score) (float64, bool) { return s.Value, s.Label == None },
	set: func(s *Score, v any) string {
		if v == nil {
			s.Value = 0
			return ""
		}
		x, ok := v.(float64)
		s.Value = x
		return expect(ok && !math.IsNaN(x) && !math.IsInf(x, 0), "a finite number, or nothing")
	},
}

var behaviourColumn = column[Score]{
	name: "behaviour", means: "label that the model acted as, 0 or 1, or the level, from 0; `neither` in CSV, no value in Parquet, where it acted as neither or the study maps no behaviour",
	integer: func(s *Score) (int, bool) { return s.Behaviour, s.Behaviour != gap.Neither },
	absent:  neither,
	set: func(s *Score, v any) string {
		if v == nil {
			s.Behaviour = gap.Neither
			return ""
		}
		b, ok := v.(int)
		s.Behaviour = b
		return expect(ok && b >= 0, "0, 1, a level or nothing")
	},
}

var knowsColumn = column[Score]{
	name: "knows", means: "1 where the model is known to know, 0 where it is known not to; empty where the study does not say",
	integer: func(s *Score) (int, bool) { return s.Knows, s.Knows != gap.Unstated },
	set: func(s *Score, v any) string {
		if v == nil {
			s.Knows = gap.Unstated
			return ""
		}
		s.Knows, _ = v.(int)
		return expect(v == 0 || v == 1, "0, 1 or nothing")
	},
}

func scoreNumber(name, means string, at func(*Score) *float64) column[Score] {
	return column[Score]{name: name, means: means,
		number: func(s *Score) (float64, bool) { return *at(s), !math.IsNaN(*at(s)) },
		set: func(s *Score, v any) string {
			if v == nil {
				*at(s) = math.NaN()
				return ""
			}
			x, ok := v.(float64)
			*at(s) = x
			return expect(ok && !math.IsNaN(x) && !math.IsInf(x, 0), "a finite number, or nothing")
		}}
}

func scoreText(name, means string, at func(*Score) *string) column[Score] {
	return column[Score]{name: name, means: means,
		text: func(s *Score) string { return *at(s) },
		set: func(s *Score, v any) string {
			text, ok := v.(string)
			*at(s) = text
			return expect(ok, "a text")
		}}
}

func scoreCount(name, means string, at func(*Score) *int) column[Score] {
	return column[Score]{name: name, means: means,
		integer: func(s *Score) (int, bool) { return *at(s), true },
		set: func(s *Score, v any) string {
			n, ok := v.(int)
			*at(s) = n
			return expect(ok && n >= 0, "a whole number, 0 or more")
		}}
}

func scoreSite(name, means string, at func(*Score) *int) column[Score] {
	c := scoreCount(name, means, at)
	count := c.set
	c.integer = func(s *Score) (int, bool) { return *at(s), *at(s) != None }
	c.set = func(s *Score, v any) string {
		if v == nil {
			*at(s) = None
			return ""
		}
		return count(s, v)
	}
	return c
}

func expect(ok bool, expected string) string {
	if ok {
		return ""
	}
	return expected
}

// columnsOf gives the columns of scores, which must agree on their strata and be
// told apart by id and repeat.
func columnsOf(scores []Score) ([]column[Score], error) {
	var strata []string
	if len(scores) > 0 {
		strata = stratumNames(&scores[0])
	}
	for k, name := range strata {
		if slices.Contains(strata[:k], name) {
			return nil, fmt.Errorf("found the stratum %q twice, expected each once", name)
		}
	}
	for i := range scores {
		if names := stratumNames(&scores[i]); !slices.Equal(names, strata) {
			return nil, fmt.Errorf("score %d (id %q): found strata %q, expected %q as in the first", i, scores[i].ID, names, strata)
		}
	}
	return scoreColumns(strata), checkUnique(scores)
}

func checkUnique(scores []Score) error {
	type place struct {
		id, compared string
		repeat       int
	}
	seen := make(map[place]int, len(scores))
	for i, s := range scores {
		at := place{s.ID, s.Compared, s.Repeat}
		if first, twice := seen[at]; twice {
			return fmt.Errorf("row %d, column \"id\": found %q of repeat %d again after row %d, expected each once", i, s.ID, s.Repeat, first)
		}
		seen[at] = i
	}
	return nil
}

func stratumNames(s *Score) []string {
	names := make([]string, len(s.Strata))
	for i, st := range s.Strata {
		names[i] = st.Name
	}
	return names
}
