package metric

import "tell/estimate"

// A ROC is the rows in order of falling score, for recall at false-positive rates at
// many weights.
type ROC struct{ *Ranking }

// NewROC sorts the rows. Labels are 0 or 1, and no score is NaN.
func NewROC(y []int, score []float64) ROC { return ROC{NewRanking(y, score)} }

// corners calls visit for every threshold from above the highest score down, with the
// weight of the rows of each label above it, until it returns false.
func (r ROC) corners(w []float64, visit func(above [2]float64) bool) {
	var above, tied [2]float64
	if !visit(above) {
		return
	}
	for k := len(r.row) - 1; k >= 0; k-- {
		tied[r.label[k]] += w[r.row[k]]
		if k > 0 && !r.lastOfTie[k-1] {
			continue
		}
		above[0] += tied[0]
		above[1] += tied[1]
		tied = [2]float64{}
		if !visit(above) {
			return
		}
	}
}

func (r ROC) total(w []float64) (of [2]float64, reason string) {
	for k, i := range r.row {
		of[r.label[k]] += w[i]
	}
	return of, oneClass(of[0], of[1])
}

// Recall is the largest share of the rows of label 1 above a threshold that no more
// than rate of those of label 0 lie above, and the share of these that do. Rows of
// equal score are all above a threshold or none, so that the false-positive rate is
// never more than the one asked for.
func (r ROC) Recall(w []float64, rate float64) (recall, realised estimate.Value) {
	of, reason := r.total(w)
	if reason != "" {
		return estimate.Value{Reason: reason}, estimate.Value{Reason: reason}
	}
	r.corners(w, func(above [2]float64) bool {
		if above[0] > rate*of[0]*(1+1e-12) {
			return false
		}
		recall.X, realised.X = min(1, above[1]/of[1]), min(1, above[0]/of[0])
		return true
	})
	return recall, realised
}

// Curve sets out to the height of the ROC curve at rates in ascending order. Between
// thresholds it is a straight line, as the area that AUROC is has it.
func (r ROC) Curve(w, rates []float64, out []estimate.Value) {
	of, reason := r.total(w)
	if reason != "" {
		for k := range out {
			out[k] = estimate.Value{Reason: reason}
		}
		return
	}
	next := 0
	var last [2]float64
	r.corners(w, func(above [2]float64) bool {
		at := [2]float64{above[0] / of[0], above[1] / of[1]}
		for next < len(rates) && rates[next] < at[0] {
			share := (rates[next] - last[0]) / (at[0] - last[0])
			out[next] = estimate.Value{X: min(1, last[1]+share*(at[1]-last[1]))}
			next++
		}
		last = at
		return true
	})
	for ; next < len(rates); next++ {
		out[next] = estimate.Value{X: 1}
	}
}
