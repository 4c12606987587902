package result

import (
	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/hidden"
)

// Flag explains one code of the column "flags".
type Flag struct {
	Code, Title, Definition string
	// Source is the package that sets it.
	Source string
}

// Flags lists every flag that an estimate can carry.
func Flags() []Flag {
	return []Flag{
		{estimate.NoInterval, "No interval", "the rows give a value but no interval: they belong to one group, or the bootstrap draws are all equal, all on one side of the value, too far to one side of it, or too often without a value, or nothing shows how much difference other training groups would make", "estimate"},
		{estimate.Biased, "Biased", "far more of the bootstrap draws lie on one side of the value than on the other: the estimate is biased in samples of this size, and its interval is approximate", "estimate"},
		{estimate.FewGroups, "Few groups", "the rows belong to so few groups that the interval is uncertain and often too narrow", "estimate"},
		{estimate.DrawsLeftOut, "Draws left out", "some bootstrap draws gave no value, for instance because they hold one label only, and the interval is computed without them", "estimate"},
		{estimate.SmallSampleECE, "Biased in small samples", "the expected calibration error of few rows is too high on average, since chance alone moves the share in a bin away from the mean score", "metric"},
		{estimate.SameAsNetGap, "The net gap under another name", "neither rival is better than the behaviour as it is, so that hidden_beyond_text is the net gap", "gap"},
		{estimate.DependentRows, "Rows that depend on each other", "the test treats rows as independent, but they belong to fewer groups; the sign-flip test holds there", "gap"},
		{gap.CorrectedBound, "A rate at 0 or 1", "the probe or the behaviour says 1 on none or on all rows of a label, so that the log-linear correction and not the rate keeps d' and the criterion finite", "gap"},
		{gap.CriterionUndefined, "The rows decide the criterion", "the behaviour never takes one side under a label, which the decision map may not be able to reach there: d', the criterion and the parts of the gap then follow from the number of rows and not from the model", "gap"},
		{gap.FewRows, "Few rows on one side", "fewer than 10 rows of a label have one of the two behaviours or predictions, or a share or mean is of so few: the number rests on these, and its interval is often far too narrow", "gap"},
		{gap.BaseRateDependent, "The sign depends on the base rate", "there is a base rate between 0 and 1, base_rate_root, at which the net gap changes its sign: a study with more or fewer rows of label 1 would find the opposite", "gap"},
		{gap.GradedOneValue, "A graded behaviour of one value", "the graded behaviour is the same on all rows and orders none of them", "gap"},
		{gap.GradedMissing, "A graded behaviour that is missing", "some rows state no graded behaviour and are left out of its AUROC and of that of the probe beside it", "gap"},
		{hidden.NoBehaviour, "No behaviour", "the study maps no behaviour, so that the behaviour is not among the rivals", "hidden"},
		{hidden.NoGradedBehaviour, "No graded behaviour", "no graded behaviour was given: what the probe adds to the decision may be no more than how sure the model was of it", "hidden"},
		{hidden.RivalIsLabel, "A rival that is the label", "the rival tells the label without error, so that nothing can be added", "hidden"},
		{hidden.ConstantRival, "A constant rival", "the rival has one value on all rows and excludes nothing", "hidden"},
		{hidden.ControlWithoutPower, "A control without power", "the rival does no better than chance, so that a lead over it shows nothing", "hidden"},
		{compare.ThresholdDependent, "The threshold decides", "the threshold that the probe carries and the one matched to its alarm rate lead to different conclusions, so that none is drawn", "compare"},
		{compare.FiellerComplement, "All but an interval", "the confidence set of the ratio is all numbers but an interval", "compare"},
		{compare.FiellerLine, "Every number", "the confidence set of the ratio holds every number: the rows say nothing of it", "compare"},
		{compare.NeitherLeftOut, "Rows of neither behaviour are left out", "rows or pairs with a behaviour that is neither are in no number about behaviour", "compare"},
		{compare.Lost, "Rows without a partner", "some rows have no partner on the other side and are left out", "compare"},
		{compare.RowsWithoutScore, "Rows without a score", "the probe could not be applied to some rows without having seen their group", "compare"},
		{compare.Identical, "Identical", "both sides are the same on every row, so that the difference is exactly 0", "compare"},
		{compare.Different, "Different", "the interval of the difference does not hold 0", "compare"},
		{compare.Equivalent, "Equivalent", "the 90% interval lies within the margin of the study: two one-sided tests reject a difference as large", "compare"},
		{compare.NotShown, "Neither is shown", "neither a difference nor equivalence is shown: the interval holds 0 and reaches beyond the margin, or there is no margin", "compare"},
		{compare.Censored, "Effort cut off", "on some rows the effort was cut off, as by a limit of tokens, and counts as what it was cut off at", "compare"},
		{compare.FewReach, "Few answers reach this position", "fewer than half of the answers have this position, so that what is read there is of the long ones", "compare"},
		{compare.NoThreshold, "No threshold", "in some folds no threshold has the precision that was asked for, so that no answer of theirs counts as decided", "compare"},
		{gap.GradedWrongSign, "A graded behaviour that goes against the label", "the AUROC of the graded behaviour is below one half with all of its interval: the column has the wrong sign, or the model acts against the label", "gap"},
	}
}
