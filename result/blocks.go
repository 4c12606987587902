package result

import "tell/compare"

// BlockInfo explains one block of the table.
type BlockInfo struct {
	Name              Block
	Title, Definition string
}

// Blocks lists the blocks of the table in the order of a report.
func Blocks() []BlockInfo {
	list := []BlockInfo{
		{Curve, "Curve over layers", "one layer at one position by itself, its C chosen inside the training folds; the best point of the curve is no result, since it would be chosen on the test rows"},
		{Nested, "Nested probe", "the probe whose layer, position and C are chosen inside the training folds: the number to quote"},
		{Baseline, "Baselines", "the predictors that the probe is set against, on the same folds, and the probe's metrics minus theirs"},
		{Joined, "Joined layers", "one predictor of the probes of all layers and positions: `mean`, the mean of their logits out of fold; `stack`, a probe on these logits, its weights and C chosen inside the training folds; and the nested probe's metrics minus its own"},
		{Sparse, "Few columns", "probes on as many columns as the subset says, those whose class means differ most in the training rows (Gurnee et al. 2023), and on as many drawn at random; layer, position and C are chosen inside the training folds; and the nested probe's metrics minus theirs"},
		{Traced, "Traces", "the scores of a few rows along their positions, each by the probe that scored the row in the first repeat; it was trained at one position and is applied to the states of the others"},
		{Hidden, "Hidden", "what the probe adds to all its rivals together: text, embeddings, nuisance columns, behaviour, and those that the study names; the rows of a rival say what it reads alone"},
		{Gap, "Gap", "the probe against the behaviour on all rows whose behaviour is 0 or 1, or on all rows where a definition says so; the rows of neither behaviour are a subset of this block. Of a target of several levels, the subset `label` has the gap on the rows of each label, `label, behaviour` how many of them acted as what, and `split` that of each class against the others, or of ordered levels from one on: there 1 is that class or those levels"},
		{Slice, "Slices", "the gap on the rows of one condition or of one value of a stratum, not corrected for their number"},
		{Contrast, "Contrasts", "the gap of a slice minus that of the reference, paired on the groups that have rows in both"},
	}
	for _, c := range comparisons {
		list = append(list, BlockInfo{c.block, c.title, c.definition})
	}
	return list
}

// unitInfo and predictorInfo are a name and what it means.
var unitInfo = [][2]string{
	{UnitShare, "share of rows, 0 to 1"},
	{UnitDifference, "one share or probability minus another, -1 to 1; 0 is no difference"},
	{UnitProbability, "0 to 1; for an AUROC, 0.5 is what chance gives"},
	{UnitP, "p-value, 0 to 1"},
	{UnitDeviations, "standard deviations of an observer's evidence, any number; a difference of such has the same unit"},
	{UnitLevels, "a number of levels of an ordered target, or a mean of such, with its sign"},
	{UnitRows, "a number of rows"},
	{UnitGroups, "a number of groups"},
	{UnitBits, "minus the logarithm to base 2 of a probability, or a difference of such"},
	{compare.BitsARow, "bits that the label of a row takes in a code, 0 or more"},
	{"nats", "minus the natural logarithm of a probability, 0 or more, or a difference of such"},
	{compare.CorrelationDifference, "one correlation less another, -2 to 2; 0 is no difference"},
	{compare.Efforts, "in the unit of decision.effort, such as tokens"},
	{compare.Ratio, "one number over another, any number; 1 where they are equal"},
	{compare.Logits, "log(p/(1-p)), any number, or a difference of such; 0 is even odds or no difference"},
	{compare.UnitCosine, "-1 to 1; 0 where directions are orthogonal or labels unrelated"},
	{compare.UnitLayers, "a layer, or a number of layers"},
	{compare.Positions, "a token position, or a number of positions"},
	{compare.Pairs, "a number of pairs of rows"},
	{compare.Questions, "a number of questions"},
	{compare.PerDose, "a difference of shares for one unit of the dose"},
	{compare.RandomDirections, "a number of directions drawn at random"},
	{"correlation", "-1 to 1; 0 is what chance gives"},
	{"share of variance", "1 at most; 0 is what the mean gives, and below it is worse"},
	{UnitDecoded, "in the unit of the target, any number"},
	{"unit of the target", "in the unit of the target, 0 or more"},
	{"squared probability", "square of the distance between two probabilities, 0 to 1"},
}

var predictorInfo = [][2]string{
	{Probe, "the linear probe on the hidden states"},
	{Majority, "the commonest label of the training rows"},
	{Text, "words and characters of the prompt"},
	{Embedding, "a probe on the embedding layer"},
	{Nuisance, "the columns that the study declares as surface features"},
	{Behaviour, "the behaviour, calibrated out of fold"},
	{Graded, "the graded behaviour, calibrated out of fold"},
	{FewColumns, "a probe on the columns whose class means differ most"},
	{RandomColumns, "a probe on columns drawn at random"},
	{compare.Ceiling, "someone who knew the true share of every row"},
	{Residualised, "the probe on states from which the columns of probe.residualise are regressed out"},
}
