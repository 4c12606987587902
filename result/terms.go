package result

import (
	"slices"
	"strings"

	"tell/metric"
	"tell/target"
)

// Definitions lists what the keys and the terms of a report on a kind of target
// mean.
func Definitions(kind target.Kind) []Definition {
	var list []Definition
	for _, k := range Keys() {
		m, ok := metric.Named(strings.TrimSuffix(k.Name, Difference))
		if ok && !slices.Contains(m.Kinds, kind) {
			continue
		}
		list = append(list, Definition{Key: k.Name, Term: k.Title, Text: k.Definition})
	}
	return append(list, terms...)
}

// Terms lists the terms of a report that are not keys.
func Terms() []Definition { return slices.Clone(terms) }

// terms name no level of an interval: the study chooses it.
var terms = []Definition{
	{Term: "Symbols", Text: "Y is the label, B the behaviour as a label, Ŷ the probe's out-of-fold prediction and s its score P(Y=1), m the graded behaviour toward label 1, K whether the model is known to know, C the label predicted from the behaviour alone, T the label predicted from the prompt's text alone"},
	{Term: "Layer", Text: "a layer by its number, which the study or the dump gives, else counted from 0; transformers stores the embedding output first and the outputs of the blocks after it, other exporters the blocks alone, and the results say which layer is the embedding output where that is known"},
	{Term: "Site", Text: "one layer at one token position"},
	{Term: "Group", Text: "rows that depend on each other, such as the prompts about one city: no fold parts them, and the bootstrap draws them together"},
	{Term: "Neither", Text: "a row on which the model acted as if the label were neither 0 nor 1; the gap does not count it"},
	{Term: "Out of fold", Text: "a row is scored by a probe that saw neither the row nor its group, in training, in standardisation, or in the choice of C, layer and position"},
	{Term: "Nested choice", Text: "every outer fold takes the layer, position and C with the smallest mean loss (the log loss, of a number the squared error) over inner folds of its own training rows"},
	{Term: "Cluster bootstrap", Text: "whole groups are drawn with replacement; all statistics share the draws, so that differences are paired"},
	{Term: "Interval", Text: "expanded BCa: bias-corrected and accelerated quantiles of the bootstrap draws (Efron 1987), the acceleration from a jackknife over groups, the tails expanded for the number of groups (Hesterberg 2015); its level is the study's"},
	{Term: "Not estimable", Text: "the rows do not determine the number, for instance because all of them have one label; the reason is given in its place"},
	{Term: "Permutation test", Text: "share of label permutations, by group, whose AUROC at a fixed C reaches the observed one, the observed labels counted among them, so that no p is below 1/(permutations + 1); p over all sites corrects over layers and positions by the maximum of each permutation"},
}
