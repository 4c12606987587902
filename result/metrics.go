package result

import (
	"fmt"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// Keys of estimates beside those of the metrics and of the gap.
const (
	// KeyPermuted is the AUROC at the fixed C of the permutation test, with its
	// null; KeyNullHigh the quantile of the null at the study's level, and
	// KeyPMax the p over all sites.
	KeyPermuted = "auroc" + fixedC
	KeyNullHigh = "null_high"
	KeyPMax     = "p_over_all_sites"
	// KeyGroups is the number of groups.
	KeyGroups = "groups"
	// KeyObserved and KeyMeanP are the table behind the calibration.
	KeyObserved = "calibration_observed"
	KeyMeanP    = "calibration_mean_p"

	// Difference ends the key of the probe's metric less a baseline's.
	Difference = "_difference"
)

// fixedC ends the key of a metric at the fixed C of the permutation test.
const fixedC = "_fixed_C"

// PermutedKey is the key of the headline metric of a kind of target at that C.
func PermutedKey(k target.Kind) string {
	m, _ := metric.Headline(k)
	return m.Key + fixedC
}

// MetricRows lays metrics out as rows like first, with their keys and suffix.
func MetricRows(first Row, suffix string, list []metric.Measured) Table {
	var t Table
	for _, m := range list {
		r := first
		r.Key, r.Estimate = m.Key+suffix, m.Estimate
		if named, ok := metric.Named(m.Key); ok {
			r.Unit = named.Unit
		}
		t = append(t, r)
	}
	return t
}

// CalibrationRows lays the bins of a calibration out as rows.
func CalibrationRows(bins []metric.CalibrationBin) Table {
	var t Table
	for _, b := range bins {
		on := Subset{Column: "score", Value: fmt.Sprintf("%.1f to %.1f", b.Low, b.High)}
		row := Row{Block: Nested, Layer: None, Position: None, Predictor: Probe, Subset: on, Unit: UnitShare}
		row.Key, row.Estimate = KeyMeanP, estimate.Estimate{Value: b.MeanP, N: b.N}
		t = append(t, row)
		row.Key, row.Estimate = KeyObserved, b.Observed
		t = append(t, row)
	}
	return t
}
