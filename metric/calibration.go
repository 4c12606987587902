package metric

import (
	"fmt"

	"tell/estimate"
	"tell/target"
)

// calibrationBins is the number of bins of equal width that P(Y=1) is cut into.
const calibrationBins = 10

// binOf is the bin [k/10, (k+1)/10) that p falls in; 1 belongs to the last.
func binOf(p float64) int { return min(int(p*calibrationBins), calibrationBins-1) }

// A CalibrationBin sets what was predicted against what was observed among the
// rows with Low <= P(Y=1) < High, or <= High in the last bin.
type CalibrationBin struct {
	Low      float64           `json:"low"`
	High     float64           `json:"high"`
	N        int               `json:"n"`
	MeanP    float64           `json:"mean_p"`   // mean P(Y=1) of the rows
	Observed estimate.Estimate `json:"observed"` // share of label 1
}

// Calibration cuts P(Y=1) into 10 bins of equal width and returns those that hold
// rows, the table behind ECE, with intervals from a bootstrap over groups. y, p and
// groups have one element for each row. The target must be binary and the scores
// P(Y=1), from 0 to 1.
func Calibration(y target.Column, p []float64, groups []int, b estimate.Bootstrap) ([]CalibrationBin, error) {
	if err := check(y, p); err != nil {
		return nil, err
	}
	if y.Kind != target.KindBinary {
		return nil, fmt.Errorf("metric: calibration is not defined for a target of kind %s", y.Kind)
	}
	groups, err := grouped(groups, len(p), b)
	if err != nil {
		return nil, err
	}
	var all [calibrationBins]CalibrationBin
	for k := range all {
		all[k].Low = float64(k) / calibrationBins
		all[k].High = float64(k+1) / calibrationBins
	}
	for _, x := range p {
		bin := &all[binOf(x)]
		bin.N++
		bin.MeanP += x
	}
	observed := b.Estimate(groups, len(all), func(w []float64, out []estimate.Value) {
		var weight, ones [calibrationBins]float64
		for i, x := range p {
			weight[binOf(x)] += w[i]
			ones[binOf(x)] += w[i] * y.Values[i]
		}
		for k := range out {
			out[k].X = ones[k] / weight[k]
			if weight[k] == 0 {
				out[k].Reason = "no row falls in this bin"
			}
		}
	})
	var bins []CalibrationBin
	for k, bin := range all {
		if bin.N == 0 {
			continue
		}
		bin.MeanP /= float64(bin.N)
		bin.Observed = observed[k]
		bin.Observed.N = bin.N
		bins = append(bins, bin)
	}
	return bins, nil
}
