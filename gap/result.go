package gap

import (
	"fmt"

	"tell/estimate"
)

// Result is a measured gap as plain data. A report can render it without
// knowing the estimators: each [Item] carries its own title and definition.
type Result struct {
	Summary                       // all rows whose behaviour is 0 or 1
	Neither    NeitherRows        `json:"neither"`
	Conditions []Slice            `json:"conditions,omitempty"`
	Contrasts  []Contrast         `json:"contrasts,omitempty"` // of the conditions
	Strata     []Breakdown        `json:"strata,omitempty"`
	Warnings   []estimate.Warning `json:"warnings,omitempty"`
}

// A Summary is the gap on one set of rows.
type Summary struct {
	N      int   `json:"n"`      // rows whose behaviour is 0 or 1
	Groups int   `json:"groups"` // groups that they belong to
	Table  Table `json:"table"`
	// Behaviours counts the rows by behaviour, then by label.
	Behaviours [2][2]int `json:"behaviours"`
	Items      []Item    `json:"estimates"` // in a fixed order
}

// Table counts the rows by probe right or wrong and behaviour right or wrong.
type Table struct {
	BothRight     int `json:"both_right"`
	OnlyProbe     int `json:"only_probe"`     // knows but does not act
	OnlyBehaviour int `json:"only_behaviour"` // acts but the probe does not know
	BothWrong     int `json:"both_wrong"`
}

// Discordant is the number of rows on which probe and behaviour differ.
func (t Table) Discordant() int { return t.OnlyProbe + t.OnlyBehaviour }

// Kind tells how the number of an Item is read.
type Kind string

const (
	Share      Kind = "share"      // in [0, 1]
	Difference Kind = "difference" // of two shares, in [-1, 1]; 0 is no difference
	AUROC      Kind = "auroc"      // in [0, 1]; 0.5 is no information
	PValue     Kind = "p_value"
	Deviations Kind = "standard_deviations" // of the evidence of an observer, or a difference of such; see Observer
	// Correlation is in [-1, 1], 0 is none; RankGap a difference of two, in [-2, 2].
	Correlation Kind = "correlation"
	RankGap     Kind = "difference_of_correlations"
	Steps       Kind = "levels" // a number of levels, or its mean, with a sign
	Bits        Kind = "bits"
)

// An Item is one estimate with what is needed to print it.
type Item struct {
	Key        string            `json:"key"`
	Title      string            `json:"title"`
	Definition string            `json:"definition"`
	Kind       Kind              `json:"kind"`
	Estimate   estimate.Estimate `json:"estimate"`
}

// NeitherRows describes the rows whose behaviour is neither 0 nor 1.
type NeitherRows struct {
	N             int               `json:"n"`
	ByLabel       [2]int            `json:"by_label"`       // rows with label 0, with label 1
	ProbeAccuracy estimate.Estimate `json:"probe_accuracy"` // P(Ŷ=Y) among them
}

// A Slice is the gap on the rows of one condition or one value of a stratum,
// with a smaller set of estimates. The slices of a breakdown are not corrected
// for their number.
type Slice struct {
	Value string `json:"value"`
	Summary
	Neither NeitherRows `json:"neither"`
}

// A Breakdown is the gap by the values of a stratum, in the order of names.
type Breakdown struct {
	Name      string     `json:"name"`
	Slices    []Slice    `json:"slices"`
	Contrasts []Contrast `json:"contrasts,omitempty"`
}

// A Contrast is the difference of a slice to the first slice of its breakdown,
// on the groups that have rows in both: what changes when the same question is
// asked under another condition. It is missing where the data name no groups.
type Contrast struct {
	Value     string `json:"value"`
	Reference string `json:"reference"`
	Groups    int    `json:"groups"`    // with rows of behaviour 0 or 1 in both
	Rows      [2]int `json:"rows"`      // such rows of those groups in Reference, in Value
	Items     []Item `json:"estimates"` // Value minus Reference, in a fixed order
}

// Item returns the item with the given key, one of the Key constants.
func (s Summary) Item(key string) (Item, bool) { return find(s.Items, key) }

func find(items []Item, key string) (Item, bool) {
	for _, it := range items {
		if it.Key == key {
			return it, true
		}
	}
	return Item{}, false
}

func (s Summary) estimate(key string) estimate.Estimate {
	it, ok := s.Item(key)
	if !ok {
		return estimate.NotEstimable(s.N, s.Groups, fmt.Sprintf("%s is not among the estimates", key))
	}
	return it.Estimate
}

// KBA is P(Ŷ=Y, B≠Y), "knows but does not act".
func (s Summary) KBA() estimate.Estimate { return s.estimate(KeyKBA) }

// ABK is P(Ŷ≠Y, B=Y), "acts but the probe does not know".
func (s Summary) ABK() estimate.Estimate { return s.estimate(KeyABK) }

// Net is KBA - ABK = Acc(Ŷ) - Acc(B).
func (s Summary) Net() estimate.Estimate { return s.estimate(KeyNet) }

// Headline is the hidden-beyond-text gap, Acc(Ŷ) - max(Acc(C), Acc(T)).
func (s Summary) Headline() estimate.Estimate { return s.estimate(KeyBeyondText) }

// MatchedAUROC is the AUROC of the score among rows of equal behaviour.
func (s Summary) MatchedAUROC() estimate.Estimate { return s.estimate(KeyMatchedAUROC) }

// String prints the estimate as its kind is read: differences and standard
// deviations with their sign, p-values with two digits.
func (it Item) String() string {
	switch {
	case it.Kind == Difference, it.Kind == Deviations, it.Kind == RankGap, it.Kind == Steps:
		return it.Estimate.Signed()
	case it.Kind == PValue && it.Estimate.OK():
		return fmt.Sprintf("p = %.2g", it.Estimate.Value)
	}
	return it.Estimate.String()
}
