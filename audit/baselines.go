package audit

import "tell/result"

// baselinesBelowChance finds baselines that mislead on held-out rows. The
// majority baseline learns nothing.
func (a *audit) baselinesBelowChance() {
	for _, b := range a.Evidence.Baselines {
		e := b.Estimate
		if b.Key != "auroc" || b.Predictor == result.Majority || e.Interval == nil || e.Interval.High >= 0.5 {
			continue
		}
		a.warn("baseline-below-chance",
			"What occurred with one label in the training groups occurs with the other in the held-out ones, for example where a claim is right for one group and wrong for the rest. "+
				"The probe's lead over this baseline is inflated: set the probe against 0.5 as well. Among all rivals together its sign is turned, and it may count for much: see whether the hidden information is the same without it. A baseline that is misled does not prove that what it reads gives nothing away.",
			"The %s baseline ranks held-out rows the wrong way round: its AUROC is %s.", b.Predictor, e)
	}
}
