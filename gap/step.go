package gap

import "fmt"

// step is the difference in accuracy of two predictors on the same rows.
type step struct{ to, from predictor }

func (e step) about() about {
	to, from := predictors[e.to], predictors[e.from]
	return about{
		key:        stepKeys[e],
		title:      fmt.Sprintf("Accuracy of %s minus that of %s", to.words, from.words),
		definition: fmt.Sprintf("P(%s=Y) - P(%s=Y)", to.symbol, from.symbol),
		kind:       Difference,
	}
}

var stepKeys = map[step]string{
	{calibrated, behaviour}: KeyCalibratedMinusBehaviour,
	{probe, calibrated}:     KeyProbeMinusCalibrated,
	{probe, text}:           KeyProbeMinusText,
}

func (e step) at(v *view) value {
	return accuracy{e.to}.at(v).minus(accuracy{e.from}.at(v))
}
