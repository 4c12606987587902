package main

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"tell/activations"
	"tell/estimate"
	"tell/gap"
	"tell/metric"
	"tell/result"
)

// columns names what the columns of a table of scores mean. An empty name is a
// column that the table does not have.
type columns struct {
	Label           string   `default:"label" placeholder:"COLUMN" help:"The label: 0 or 1 (label)."`
	Behaviour       string   `default:"behaviour" placeholder:"COLUMN" help:"The label that the model acted on: 0, 1 or neither; an empty cell is neither (behaviour)."`
	BehaviourScore  string   `placeholder:"COLUMN" help:"How far the behaviour goes toward label 1, on any scale, such as the log-odds of agreeing with it; an empty cell states nothing."`
	Knows           string   `placeholder:"COLUMN" help:"Whether the model is known to know the label: 0, 1, or an empty cell."`
	Score           string   `default:"score" placeholder:"COLUMN" help:"The probe's out-of-fold score of label 1 (score)."`
	Prediction      string   `placeholder:"COLUMN" help:"The label that the probe predicts: 0 or 1. Default: 1 where the score is above 0.5."`
	Group           string   `placeholder:"COLUMN" help:"Rows that depend on each other. Default: every row is its own group."`
	Condition       string   `placeholder:"COLUMN" help:"Report the gap by this column."`
	Stratum         []string `sep:"none" placeholder:"COLUMN" help:"Report the gap by this column too; may be repeated."`
	TextScore       string   `placeholder:"COLUMN" help:"The out-of-fold P(label = 1) of a predictor that reads the prompt alone."`
	CalibratedScore string   `placeholder:"COLUMN" help:"The out-of-fold P(label = 1) of a predictor that sees the behaviour alone."`
}

// read reads a table of scores.
func (c columns) read(path string) (*gap.Data, error) {
	table, err := activations.ReadExamples(path)
	if err != nil {
		return nil, err
	}
	r := &scoreReader{Examples: table, path: path}
	d := &gap.Data{
		Label:     r.binary("label", c.Label),
		Behaviour: r.behaviour(c.Behaviour),
		Score:     r.numbers("score", c.Score),
		Group:     r.codes("group", c.Group),
		Condition: r.texts("condition", c.Condition),
	}
	for _, name := range c.Stratum {
		d.Strata = append(d.Strata, gap.Stratum{Name: name, Value: r.texts("stratum", r.stratum(name))})
	}
	if c.Prediction != "" {
		d.Prediction = r.binary("prediction", c.Prediction)
	} else {
		d.Prediction = r.predicted("score", c.Score)
	}
	if c.TextScore != "" {
		d.Text = r.predicted("text-score", c.TextScore)
	}
	if c.CalibratedScore != "" {
		d.Calibrated = r.predicted("calibrated-score", c.CalibratedScore)
	}
	if c.BehaviourScore != "" {
		d.Graded = r.graded(c.BehaviourScore)
	}
	if c.Knows != "" {
		d.Knows = r.labelOr("knows", c.Knows, "0, 1 or nothing", gap.Unstated)
	}
	return d, r.err
}

// scoreReader turns columns into what the gap is measured from. It keeps the
// first error and gives nil from then on.
type scoreReader struct {
	*activations.Examples
	path string
	err  error
}

// each calls set with every row of the column that a flag names, until one is
// not what is expected.
func (r *scoreReader) each(flag, name, expected string, set func(c *activations.Column, i int) bool) {
	if r.err != nil {
		return
	}
	c, ok := r.Column(name)
	if !ok {
		r.err = r.noColumn(flag, name)
		return
	}
	for i := range r.Len() {
		if !set(c, i) {
			// One text among numbers makes all of them text: that one is at fault.
			if row, ok := c.NotNumber(); ok && (strings.Contains(expected, "number") || strings.Contains(expected, "probability")) {
				i = row
			}
			found := fmt.Sprintf("%q", c.String(i))
			if c.IsNull(i) {
				found = "nothing"
			}
			r.err = fmt.Errorf("%s: column %q: found %s, expected %s", r.Where(i), name, found, expected)
			return
		}
	}
}

// stratum is the column of a stratum: the one of that name or, as in the scores
// of a run, the one that is marked as a stratum.
func (r *scoreReader) stratum(name string) string {
	_, plain := r.Column(name)
	if _, marked := r.Column(result.StratumPrefix + name); marked && !plain {
		return result.StratumPrefix + name
	}
	return name
}

func (r *scoreReader) noColumn(flag, name string) error {
	var names []string
	for _, c := range r.Columns() {
		names = append(names, c.Name)
	}
	return &hintedError{
		fmt.Errorf("%s: no column %q, found %s", r.path, name, strings.Join(names, ", ")),
		fmt.Sprintf("name the column with --%s", flag),
	}
}

func (r *scoreReader) binary(flag, name string) []int {
	var labels []int
	r.each(flag, name, "0 or 1", func(c *activations.Column, i int) bool {
		label, ok := parseLabel(c.String(i))
		labels = append(labels, label)
		return ok
	})
	return labels
}

func (r *scoreReader) behaviour(name string) []int {
	return r.labelOr("behaviour", name, "0, 1 or neither", gap.Neither, "neither")
}

// labelOr reads labels, with absent for an empty cell and any of the words.
func (r *scoreReader) labelOr(flag, name, expected string, absent int, words ...string) []int {
	var labels []int
	r.each(flag, name, expected, func(c *activations.Column, i int) bool {
		label, ok := parseLabel(c.String(i))
		if c.IsNull(i) || slices.Contains(words, c.String(i)) {
			label, ok = absent, true
		}
		labels = append(labels, label)
		return ok
	})
	return labels
}

func parseLabel(text string) (label int, ok bool) {
	switch text {
	case "0", "false":
		return 0, true
	case "1", "true":
		return 1, true
	}
	return 0, false
}

func (r *scoreReader) numbers(flag, name string) []float64 {
	var numbers []float64
	r.each(flag, name, "a finite number", func(c *activations.Column, i int) bool {
		x, ok := number(c, i)
		numbers = append(numbers, x)
		return ok && !math.IsNaN(x) && !math.IsInf(x, 0)
	})
	return numbers
}

// graded reads numbers, with NaN for an empty cell.
func (r *scoreReader) graded(name string) []float64 {
	var numbers []float64
	r.each("behaviour-score", name, "a finite number or nothing", func(c *activations.Column, i int) bool {
		x, ok := number(c, i)
		if c.IsNull(i) {
			numbers = append(numbers, math.NaN())
			return true
		}
		numbers = append(numbers, x)
		return ok && !math.IsNaN(x) && !math.IsInf(x, 0)
	})
	return numbers
}

// predicted is the label predicted from a probability.
func (r *scoreReader) predicted(flag, name string) []int {
	var labels []int
	expected := "a probability"
	if flag == "score" {
		expected += "; where scores are something else, name the column of predictions with --prediction"
	}
	r.each(flag, name, expected, func(c *activations.Column, i int) bool {
		p, ok := number(c, i)
		labels = append(labels, metric.Predict(p))
		return ok && p >= 0 && p <= 1
	})
	return labels
}

func number(c *activations.Column, i int) (x float64, ok bool) {
	switch v := c.Value(i).(type) {
	case int:
		return float64(v), true
	case float64:
		return v, true
	}
	return 0, false
}

func (r *scoreReader) texts(flag, name string) []string {
	if name == "" {
		return nil
	}
	var texts []string
	r.each(flag, name, "", func(c *activations.Column, i int) bool {
		texts = append(texts, c.String(i))
		return true
	})
	return texts
}

// codes numbers the texts of a column. An empty cell is no group.
func (r *scoreReader) codes(flag, name string) []int {
	if name == "" {
		return nil
	}
	var names []string
	r.each(flag, name, "the name of a group", func(c *activations.Column, i int) bool {
		names = append(names, c.String(i))
		return !c.IsNull(i)
	})
	codes, _ := estimate.Numbered(names)
	return codes
}
