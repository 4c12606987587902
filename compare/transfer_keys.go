package compare

import "tell/metric"

// Keys of [Transfer].
const (
	KeyRecovery        = "recovery"
	KeyRecallAtFPR     = "recall_at_fpr"
	KeyRealisedFPR     = "realised_fpr"
	KeyTestedFPR       = "tested_fpr"
	KeyThresholdAtFPR  = "threshold_at_fpr"
	KeyAUROCDifference = "auroc_difference"
)

// RowsWithoutScore is the flag of cells with rows that the probe cannot be
// applied to.
const RowsWithoutScore = "rows-without-score"

var (
	realisedQuantity = Quantity{KeyRealisedFPR, "Realised false-positive rate", "share of the control rows of label 0, in `roc` of all rows of label 0, above the threshold of the false-positive rate; the interval takes the threshold as it is", Share, ""}
	recallQuantity   = Quantity{KeyRecallAtFPR, "Recall at the false-positive rate", "share of the rows of label 1 above the lowest threshold that no larger share of the rows of label 0 than the false-positive rate lies above, conservative at ties; in `transfer` the interval takes the threshold as it is, in `roc` it is found anew in every draw", Share, ""}
)

// TransferQuantities define the keys of [Transfer].
func TransferQuantities() []Quantity {
	list := sourced(
		Quantity{KeyPairsLost, "Pairs without a partner", "rows of one set that have no row of the same pair in the other, and are left out", Pairs, ""},
		aurocQuantity, accuracyQuantity, matchedQuantity,
		Quantity{KeyRecovery, "Recovery", "(AUROC of the set's probe on the tested set - ½) / (AUROC of the tested set's own probe - ½); 1 is as good as its own. Not estimable where the interval of its own holds ½. Of other targets than labels 0 and 1, the metric of that kind in place of the AUROC, and what chance gives in place of ½", Ratio, ""},
		Quantity{KeyThresholdAtFPR, "Threshold at the false-positive rate", "lowest P(label=1) such that no larger share of the control rows of label 0 than the false-positive rate lies above it, conservative at ties", Probability, ""},
		realisedQuantity, recallQuantity,
		Quantity{KeyTestedFPR, "False-positive rate on the tested set", "share of the tested set's own rows of label 0 above that threshold", Share, ""},
		Quantity{KeyAUROCDifference, "AUROC, difference", "AUROC of the probe minus that of the predictor, trained on the same set, paired on the rows of the tested one", Probability, "metric"},
		aurocChangeQuantity, accuracyChangeQuantity,
	)
	list = append(list, cosineQuantities("set", "trained without the same fold")...)
	return append(list, metricQuantities(func(metric.Metric) (Quantity, bool) { return Quantity{}, false })...)
}
