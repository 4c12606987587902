package gap

// The codes of warnings about an estimate. Those about the graded behaviour
// stand at its AUROC and at the result as a whole.
const (
	GradedOneValue     = "graded-one-value"
	GradedWrongSign    = "graded-wrong-sign"
	GradedMissing      = "graded-missing"
	CorrectedBound     = "corrected-bound"
	CriterionUndefined = "criterion-undefined"
	FewRows            = "few-rows"
	BaseRateDependent  = "base-rate-dependent"
)
