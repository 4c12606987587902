package result

import (
	"slices"

	"tell/compare"
)

// comparison is one kind of comparison: its block and what it measures.
type comparison struct {
	block             Block
	title, definition string
	quantities        func() []compare.Quantity
}

// comparisons lists the kinds in the order of a report, and before them the effort,
// which is set beside a difficulty as behaviour is beside a label, and the
// disagreement of judges.
var comparisons = []comparison{
	{Effort, "Effort", "what the model spends, beside the difficulty that a probe and its rivals decode", compare.EffortQuantities},
	{Disagreement, "Disagreement", "how well a share is foreseen where judges agree and where they do not, beside what someone who knew the true shares would have", compare.DisagreementQuantities},
	{ROC, "ROC", "recall by false-positive rate of the probe and of what it is set against, on the same rows", compare.ROCQuantities},
	{Description, "Description length", "how short a code of the labels probes give that know ever more groups", compare.DescriptionQuantities},
	{Selectivity, "Selectivity", "the probe beside probes of labels that are drawn at random for each value of a column. A probe that reads nothing is right about as often as the commonest label occurs, so these numbers hold only for rows with the same shares of the labels. The interval of `accuracy` is wider than in `nested`: it allows for other training groups too", compare.SelectivityQuantities},
	{Learning, "Learning curve", "the probe and what it is set against by the number of groups that train them; the mean over folds and draws, since the scores of probes of few groups cannot be put in one order over folds; layer, position and C are those that each fold chose with all its training groups", compare.LearningQuantities},
	{"condition", "Conditions", "a probe trained under one condition and applied, frozen, to the rows of another, pair by pair", compare.ConditionQuantities},
	{"transfer", "Transfer", "probes trained on one set of rows and tested on another", compare.TransferQuantities},
	{"dumps", "Dumps", "another dump set against the study's own on the rows that both have", func() []compare.Quantity {
		return append(compare.DumpsQuantities(), compare.DoseQuantities()...)
	}},
	{"targets", "Two targets", "two targets on the same folds, such as what is known and what is done", compare.TargetQuantities},
	{"layers", "Layer by layer", "the probe of one layer applied to the states of another, where all live in one space", compare.LayersQuantities},
	{"trajectory", "Along the answer", "when the final answer can be read along what the model writes, when it is stated, and what stopping early saves and costs", compare.TrajectoryQuantities},
	{"candidates", "Candidate answers", "how the probe orders the candidate answers to a question, beside other scores", compare.CandidateQuantities},
}

// Comparisons are the blocks that package compare measures, in the order of a
// report.
func Comparisons() []Block {
	var blocks []Block
	for _, c := range comparisons {
		blocks = append(blocks, c.block)
	}
	return blocks
}

// ComparedRows lays the lines of a comparison out as rows.
func ComparedRows(b Block, lines []compare.Line) Table {
	i := slices.IndexFunc(comparisons, func(c comparison) bool { return c.block == b })
	unit := map[string]string{}
	for _, q := range comparisons[i].quantities() {
		unit[q.Key] = q.Unit
	}
	var t Table
	for _, l := range lines {
		r := Row{
			Block: b, Train: l.Train, Test: l.Test, Layer: l.Layer, Position: l.Position, Predictor: l.Predictor,
			Subset: Subset{Column: l.Column, Value: l.Value}, Key: l.Key, Unit: unit[l.Key], Estimate: l.Estimate,
		}
		if l.Null != nil {
			r.Null = &Null{Mean: l.Null.Mean, P: l.Null.P}
		}
		t = append(t, r)
	}
	return t
}

// comparedKeys are the keys of all comparisons.
func comparedKeys() []Key {
	var keys []Key
	for _, c := range comparisons {
		for _, q := range c.quantities() {
			k := Key{Name: q.Key, Kind: "key", Title: q.Title, Definition: q.Definition, Unit: q.Unit, Blocks: []Block{c.block}, Source: "package compare"}
			if q.Source != "" {
				k.Source += "; " + q.Source
			}
			keys = append(keys, k)
		}
	}
	return keys
}
