package result

import "slices"

// WarningCodes explains every code of a warning about a study as a whole that is
// not also the flag of an estimate (see [Flags]).
func WarningCodes() []Flag { return slices.Clone(warningCodes) }

var warningCodes = []Flag{
	{"groups-missing", "No groups", "the study names no group, so that every row counts as independent of all others", "audit"},
	{"missing-texts", "Rows without a text", "the column of prompts is null or blank on some rows, which the text-only baseline reads as prompts without words", "audit"},
	{"texts-cut", "Texts that are cut", "some prompts are longer than what the text-only baseline reads of them", "audit"},
	{"text-not-utf8", "Text that is not UTF-8", "a column holds bytes that are not UTF-8, or letters that show that it was decoded wrongly before", "audit"},
	{"duplicate-texts", "Texts in several groups", "the same prompt stands in more than one group, so that folds may part copies", "audit"},
	{"states-never-written", "States of zeros", "the hidden state of some rows is all zeros: they were never written, or are padding", "audit"},
	{"states-shared", "One state on most rows", "most rows share one hidden state, as the rows of a padded batch do", "audit"},
	{"duplicate-states", "States in several groups", "the same hidden state stands in more than one group, so that folds may part copies", "audit"},
	{"paraphrases-across-groups", "Near copies in several groups", "many rows have a close wording of their prompt in another group", "audit"},
	{"rows-exchanged", "Rows taken as exchangeable", "a permutation test shuffled single rows of groups with labels in unequal number, which holds only where no claim stands in several wordings there; name the claims with unit", "audit"},
	{"rare-level", "Rare level", "a class or ordered level has fewer groups than there are folds, so that some folds do not test it", "audit"},
	{"few-arrangements", "Few arrangements of the labels", "so few permutations of the labels exist that no p-value can be small", "audit"},
	{"difficulty-turned", "A difficulty turned round", "the model is right more often where the difficulty is larger, as where it is a rate of success: easy and hard have changed places", "audit"},
	{"surface-label", "A surface column tells the label", "a stratum, condition, nuisance column or prompt gives the label away by itself", "audit"},
	{"label-in-span", "A label in the span of what is regressed out", "the columns that probe.residualise regresses out of the states tell 90% or more of the variance of the label linearly: with them the label goes, and the residualised probe shows nothing", "audit"},
	{"one-class-condition", "One label in a condition", "some values of the condition or of a stratum have rows of one label alone, where there is no AUROC", "audit"},
	{"non-finite-states", "States that are no numbers", "some layers or positions hold NaN or infinities and are left out", "audit"},
	{"constant-states", "Constant states", "every row has the same state at some layers or positions: nothing can be decoded there", "audit"},
	{"narrow-states", "States narrower than deep", "the states have fewer numbers than layers: the axes may be given in the wrong order", "audit"},
	{"answer-positions", "Positions in the answer", "a probed position belongs to the answer on some rows: a probe there may read what the model has begun to say", "audit"},
	{"effort-missing", "An effort that is missing", "decision.effort is null on some rows, which are left out of all that is said of the effort", "audit"},
	{"score-missing", "A score that is missing", "the graded behaviour, or a score that the study names as a rival, is null on some rows", "audit"},
	{"behaviour-neither", "Neither on most rows", "the decision map sees neither side on most rows, so that the gap describes the rest", "audit"},
	{"behaviour-one-sided", "A behaviour that never occurs", "the model never acts as if one of the labels held: the behaviour tells nothing apart", "audit"},
	{"behaviour-one-answer", "A behaviour of one answer", "the model acts the same way on nearly all rows: a gap against it is the base rate of the labels", "audit"},
	{"decision-unreachable", "A side that a label cannot reach", "one side of the decision map never holds on the rows of a label: that the behaviour is always right, or always wrong, on them is a property of the map", "audit"},
	{"behaviour-one-label", "A behaviour with one label", "one behaviour, or each, occurs with rows of one label alone", "audit"},
	{"baseline-below-chance", "A baseline below chance", "the AUROC of a baseline lies below 0.5 with all of its interval: it is misled on held-out rows, and the lead over it is too large", "audit"},
	{"majority-probe", "A probe like the majority", "the probe is not shown to be right more often than a guess of the most frequent label", "audit"},
	{"states-hold-the-label", "States that hold the label", "the probe makes no error, which real states seldom allow", "audit"},
	{"embedding-reads-label", "An embedding that reads the label", "the embedding output reads the label as well as the best layer: its token gives the label away, or the numbers lie in another order", "audit"},
	{"null-off-centre", "Shuffled labels off centre", "the mean AUROC of shuffled labels lies far from 0.5: the p-values may not mean what they seem to", "audit"},
	{"unmatched-activations", "Rows without an example", "rows of the dump have no example and are left out", "audit"},
	{"dump-note", "A note on the hidden states", "the files of the dump may be read as something else than they are, or lack some of it, as `tell inspect` says too: rows joined from uneven files, a layer or shard without a file, chunks that were never written", "run"},
	{"not-converged", "Probes that did not converge", "the solver stopped before the tolerance on some probes", "run"},
	{"rows-independent", "Rows taken as independent", "the table names no group, so that intervals treat rows as independent", "gap"},
	{"no-calibrated-behaviour", "No calibrated behaviour", "no prediction from the calibrated behaviour is given, which a probe may beat only because the behaviour leans to one answer", "gap"},
	{"no-text-prediction", "No text prediction", "no prediction from the text alone is given: the probe may read what the prompt says", "gap"},
}
