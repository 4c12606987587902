package result

import (
	"fmt"
	"math"
	"slices"

	"tell/estimate"
)

// Block says which part of a run an estimate belongs to.
type Block string

// The blocks of the table.
const (
	Curve        Block = "curve"        // a layer at a position by itself
	Nested       Block = "nested"       // the probe whose site and C are chosen inside the training folds
	Baseline     Block = "baseline"     // what was set against it
	Gap          Block = "gap"          // probe against behaviour
	Slice        Block = "slice"        // the gap on some of the rows
	Hidden       Block = "hidden"       // what the probe adds to all its rivals together
	Joined       Block = "joined"       // all layers and positions together
	Sparse       Block = "sparse"       // probes on few columns
	Traced       Block = "trace"        // the score of a row along its positions
	Effort       Block = "effort"       // what the model spends beside a difficulty
	Disagreement Block = "disagreement" // how well the variance of judgements is foreseen
	ROC          Block = "roc"          // recall by false-positive rate
	// Description, Selectivity and Learning are controls of how much a probe learns,
	// by heart or otherwise, from how many groups.
	Description Block = "description"
	Selectivity Block = "selectivity"
	Learning    Block = "learning"
	Contrast    Block = "contrast" // the gap on some of the rows less that on others
)

// None is the layer or position of an estimate that is not about one.
const None = -1

// Row is one estimate.
type Row struct {
	Block Block `json:"block"`
	// Target is what is predicted, Train and Test name the rows that probes
	// were trained and tested on, Dump the dump. Empty ones are the study's
	// only one.
	Target string `json:"target,omitempty"`
	Train  string `json:"train,omitempty"`
	Test   string `json:"test,omitempty"`
	Dump   string `json:"dump,omitempty"`
	// Layer and Position are None where the estimate is not about one site.
	Layer    int `json:"layer"`
	Position int `json:"position"`
	// Predictor is what the scores come from: "probe", "text", "behaviour".
	Predictor string `json:"predictor,omitempty"`
	Subset    Subset `json:"subset,omitzero"`
	// Key says what is estimated; see [Keys].
	Key      string            `json:"key"`
	Estimate estimate.Estimate `json:"estimate"`
	// Null is the test against permuted labels, nil where there was none.
	Null *Null  `json:"null,omitempty"`
	Unit string `json:"unit"`
}

// Null is the test of an estimate against permuted labels.
type Null struct {
	Mean float64 `json:"mean"`
	P    float64 `json:"p"`
}

// Subset is the rows that an estimate is about; the zero value is all of them.
type Subset struct {
	// Column and Value name a condition or stratum.
	Column string `json:"column,omitempty"`
	Value  string `json:"value,omitempty"`
	// Reference is, for a contrast, the value that is subtracted.
	Reference *string `json:"reference,omitempty"`
}

// String writes "condition=doubt", or "condition=doubt-neutral" for a contrast.
func (s Subset) String() string {
	switch {
	case s.Column == "":
		return ""
	case s.Reference != nil:
		return fmt.Sprintf("%s=%s-%s", s.Column, s.Value, *s.Reference)
	}
	return s.Column + "=" + s.Value
}

// Equal reports whether two subsets are the same rows.
func (s Subset) Equal(o Subset) bool {
	if (s.Reference == nil) != (o.Reference == nil) || s.Reference != nil && *s.Reference != *o.Reference {
		return false
	}
	return s.Column == o.Column && s.Value == o.Value
}

// Table is a list of estimates.
type Table []Row

// In returns the rows of a block, in order.
func (t Table) In(b Block) Table {
	return t.where(func(r Row) bool { return r.Block == b })
}

// Of returns the rows of a predictor, in order.
func (t Table) Of(predictor string) Table {
	return t.where(func(r Row) bool { return r.Predictor == predictor })
}

// At returns the rows of a site, in order.
func (t Table) At(layer, position int) Table {
	return t.where(func(r Row) bool { return r.Layer == layer && r.Position == position })
}

// On returns the rows of a subset, in order.
func (t Table) On(s Subset) Table {
	return t.where(func(r Row) bool { return r.Subset.Equal(s) })
}

// Subsets lists the subsets of the rows in order of first appearance.
func (t Table) Subsets() []Subset {
	var list []Subset
	for _, r := range t {
		if !slices.ContainsFunc(list, r.Subset.Equal) {
			list = append(list, r.Subset)
		}
	}
	return list
}

func (t Table) where(keep func(Row) bool) Table {
	var rows Table
	for _, r := range t {
		if keep(r) {
			rows = append(rows, r)
		}
	}
	return rows
}

// Find returns the first row with the key.
func (t Table) Find(key string) (Row, bool) {
	i := slices.IndexFunc(t, func(r Row) bool { return r.Key == key })
	if i < 0 {
		return Row{}, false
	}
	return t[i], true
}

// Estimate returns the first estimate with the key. One that is not there is not
// estimable.
func (t Table) Estimate(key string) estimate.Estimate {
	r, ok := t.Find(key)
	if !ok {
		return estimate.NotEstimable(0, 0, "the results hold no "+key)
	}
	return r.Estimate
}

// Count returns the first estimate with the key as a number of rows, 0 where
// there is none.
func (t Table) Count(key string) int {
	if e := t.Estimate(key); e.OK() {
		return int(math.Round(e.Value))
	}
	return 0
}
