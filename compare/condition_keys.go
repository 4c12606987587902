package compare

// Keys of [Condition].
const (
	KeyPairsLost           = "pairs_lost"
	KeyHit                 = "hit"
	KeyAlarm               = "alarm"
	KeyDPrime              = "d_prime"
	KeyCriterion           = "criterion"
	KeyHitMatched          = "hit_matched"
	KeyDPrimeMatched       = "d_prime_matched"
	KeyThresholdMatched    = "threshold_matched"
	KeyAUROCRefit          = "auroc_refit"
	KeyAccuracyRefit       = "accuracy_refit"
	KeyDPrimeChange        = "d_prime_change"
	KeyDPrimeChangeMatched = "d_prime_change_matched"
	KeyCriterionChange     = "criterion_change"
	KeyLogitShift          = "logit_shift"
	KeyFall                = "accuracy_fall"
	KeyFallMatched         = "accuracy_fall_matched"
	KeyFallRefit           = "accuracy_fall_refit"
	KeyFallNeitherWrong    = "accuracy_fall_neither_wrong"
	KeyFallNeitherRight    = "accuracy_fall_neither_right"
	KeyAUROCChangePMax     = "auroc_change_p_max"
	KeyFallPMax            = "accuracy_fall_p_max"
	KeyOverride            = "override_share"
	KeyOverrideMatched     = "override_share_matched"
	KeyOverrideRefit       = "override_share_refit"
	KeyOverridden          = "overridden"
	KeyPersuaded           = "persuaded"
	KeyPersuadedBase       = "persuaded_base"
	KeyPersuadedExcess     = "persuaded_excess"
	matchedSuffix          = "_matched"
)

// Flags of [Condition].
const (
	// ThresholdDependent: the threshold carried and the matched one lead to
	// different conclusions, so that there is no verdict.
	ThresholdDependent = "threshold-dependent"
	// FiellerComplement: the confidence set is all but an interval.
	FiellerComplement = "fieller-complement"
	// FiellerLine: the confidence set is every number.
	FiellerLine = "fieller-line"
	// NeitherLeftOut: pairs in which a behaviour is neither are left out.
	NeitherLeftOut = "neither-left-out"
)

// ConditionQuantities define the keys of [Condition].
func ConditionQuantities() []Quantity {
	const (
		carriedAt = ", at the threshold 0.5 that the probe carries from the first condition"
		matchedAt = ", at the threshold in the second condition whose alarm rate is that of 0.5 in the first (transductive: it uses labels of the second condition)"
		refitBy   = ", by a probe trained on the second condition"
		linear    = ", with the log-linear correction H=(hits+½)/(n1+1), F=(alarms+½)/(n0+1)"
		both      = "Pairs on which probe and behaviour are right in the first condition, and behaviour is 0 or 1 in both. "
		override  = "1 - the fall of the probe's accuracy over that of the behaviour's, with the confidence set of Fieller: 1 where the signal stays and the act falls, 0 where both fall alike. Not estimable where the behaviour is not seen to fall: where the interval of its fall holds 0 or lies below it. A set that is no interval is stated by a flag"
		fieller   = "Fieller 1954, J. R. Statist. Soc. B 16:175"
		hautus    = "Hautus 1995, Behavior Research Methods 27:46"
	)
	list := []Quantity{
		{KeyPairsLost, "Pairs without a partner", "rows of one condition that have no row of the same pair in the other, and are left out", Pairs, ""},
		aurocQuantity, accuracyQuantity, matchedQuantity,
		{KeyHit, "Hit rate", "share of the rows of label 1 that are called 1" + carriedAt, Share, ""},
		{KeyAlarm, "Alarm rate", "share of the rows of label 0 that are called 1" + carriedAt, Share, ""},
		{KeyDPrime, "Sensitivity d'", "z(H) - z(F)" + carriedAt + linear, Deviations, hautus},
		{KeyCriterion, "Criterion", "-(z(H) + z(F))/2" + carriedAt + linear + "; above 0 it says 0 too readily", Deviations, hautus},
		{KeyHitMatched, "Hit rate at the matched alarm rate", "share of the rows of label 1 that are called 1" + matchedAt, Share, ""},
		{KeyDPrimeMatched, "Sensitivity d' at the matched alarm rate", "z(H) - z(F)" + matchedAt + linear, Deviations, hautus},
		{KeyThresholdMatched, "Matched threshold", "P(label=1) above which the second condition has the alarm rate that 0.5 has in the first, at the same place between the scores of label 0 around it", Probability, ""},
		{KeyAUROCRefit, "AUROC of a refitted probe", aurocQuantity.Definition + refitBy, Probability, ""},
		{KeyAccuracyRefit, "Accuracy of a refitted probe", "share of rows whose label is predicted" + refitBy, Share, ""},
		aurocChangeQuantity,
		{KeyDPrimeChange, "Change of d'", "d' in the second condition less that in the first" + carriedAt, Deviations, hautus},
		{KeyDPrimeChangeMatched, "Change of d' at the matched alarm rate", "d' in the second condition less that in the first" + matchedAt, Deviations, hautus},
		{KeyCriterionChange, "Change of the criterion", "criterion in the second condition less that in the first" + carriedAt, Deviations, hautus},
		{KeyLogitShift, "Shift of the log-odds", "mean over pairs of the log-odds of label 1 in the second condition less those in the first; moves the accuracy and keeps what is known", Logits, ""},
		{KeyFall, "Fall of the accuracy", "accuracy in the first condition less that in the second" + carriedAt, Difference, ""},
		{KeyFallMatched, "Fall of the accuracy at the matched alarm rate", "accuracy in the first condition less that in the second" + matchedAt, Difference, ""},
		{KeyFallRefit, "Fall of the accuracy to a refitted probe", "accuracy in the first condition less that in the second" + refitBy, Difference, ""},
		{KeyFallNeitherWrong, "Fall of the accuracy, neither taken as wrong", "accuracy of the behaviour in the first condition less that in the second on all pairs, neither counted as wrong in both", Difference, ""},
		{KeyFallNeitherRight, "Fall of the accuracy, neither taken as right", "accuracy of the behaviour in the first condition less that in the second on all pairs, neither counted as right in both", Difference, ""},
		{KeyAUROCChangePMax, "Change of the AUROC, p over all layers", "share of exchanges of the conditions whose largest change of the AUROC over all layers, up or down, reaches the one observed at this layer, the observed one among them", PValue, "Westfall and Young 1993"},
		{KeyFallPMax, "Fall of the accuracy, p over all layers", "share of exchanges of the conditions whose largest fall or rise of the accuracy over all layers reaches the one observed at this layer, the observed one among them" + carriedAt, PValue, "Westfall and Young 1993"},
		{KeyOverride, "Share overridden", override + carriedAt, Ratio, fieller},
		{KeyOverrideMatched, "Share overridden at the matched alarm rate", override + matchedAt, Ratio, fieller},
		{KeyOverrideRefit, "Share overridden by a refitted probe", override + refitBy, Ratio, fieller},
	}
	for _, at := range []struct{ suffix, words, title string }{{"", carriedAt, ""}, {matchedSuffix, matchedAt, " at the matched alarm rate"}} {
		list = append(list,
			Quantity{KeyOverridden + at.suffix, "Overridden" + at.title, both + "Share of those whose behaviour fell on which the probe is still right" + at.words, Share, ""},
			Quantity{KeyPersuaded + at.suffix, "Persuaded" + at.title, both + "Share of those whose behaviour fell on which the probe fell too" + at.words, Share, ""},
			Quantity{KeyPersuadedBase + at.suffix, "Persuaded where the behaviour stayed" + at.title, both + "Share of those whose behaviour did not fall on which the probe fell" + at.words, Share, ""},
			Quantity{KeyPersuadedExcess + at.suffix, "Persuaded beyond the base rate" + at.title, "persuaded less persuaded where the behaviour stayed" + at.words, Difference, ""})
	}
	return sourced(list...)
}
