package result

import (
	"tell/estimate"
	"tell/hidden"
)

// KeyLead is the AUROC of the probe less the larger of that of a rival and 0.5,
// KeyAlone the AUROC of a rival, or of the probe, alone.
const (
	KeyAlone = "auroc_alone"
	KeyLead  = "lead_over_rival"
)

// NoHiddenRows says why nothing is known of what a probe adds to its rivals.
func NoHiddenRows(n int, why string) Table {
	r := Row{Block: Hidden, Layer: None, Position: None, Predictor: Probe, Key: hidden.KeyInformation, Unit: UnitBits, Estimate: estimate.NotEstimable(n, 0, why)}
	return Table{r}
}

// HiddenRows lays what a probe adds to its rivals out as rows.
func HiddenRows(h *hidden.Result) Table {
	first := Row{Block: Hidden, Layer: None, Position: None, Predictor: Probe}
	var t Table
	for _, a := range []hidden.Added{h.Information, h.AUROC, h.Accuracy} {
		r := first
		r.Key, r.Unit, r.Estimate = a.Key, UnitDifference, a.Estimate
		if a.Key == hidden.KeyInformation {
			r.Unit = UnitBits
		}
		if len(a.Null.Draws) > 0 {
			r.Null = &Null{Mean: a.Null.Mean, P: a.Null.P}
		}
		t = append(t, r)
	}
	alone := first
	alone.Key, alone.Unit, alone.Estimate = KeyAlone, UnitProbability, h.Alone
	t = append(t, alone)
	for _, rival := range h.Rivals {
		r := first
		r.Predictor = rival.Name
		r.Key, r.Unit, r.Estimate = KeyAlone, UnitProbability, rival.AUROC
		if len(rival.Null.Draws) > 0 && rival.AUROC.OK() {
			r.Null = &Null{Mean: rival.Null.Mean, P: rival.Null.P}
		}
		t = append(t, r)
		r.Null = nil
		r.Key, r.Unit, r.Estimate = KeyLead, UnitDifference, rival.Lead
		t = append(t, r)
	}
	return t
}
