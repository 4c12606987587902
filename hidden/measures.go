package hidden

import (
	"cmp"
	"slices"

	"tell/estimate"
	"tell/metric"
)

// estimate measures everything with shared draws of one bootstrap. alone holds
// the scores of the probe alone and of every rival alone.
func (t *task) estimate(r *Result, alone [][]float64) {
	zero, one := newRanking(t.y, r.J0), newRanking(t.y, r.J1)
	var more []float64
	right0 := right(t.y, r.J0)
	for i, hit := range right(t.y, r.J1) {
		more = append(more, hit-right0[i])
	}
	var rank []*ranking
	for _, score := range alone {
		rank = append(rank, newRanking(t.y, score))
	}
	const first = 3
	e := t.Bootstrap.Estimate(t.Plan.Group, first+2*len(rank)-1, func(w []float64, out []estimate.Value) {
		out[0] = weightedMean(r.Gain, w)
		out[1] = minus(one.at(w), zero.at(w))
		out[2] = weightedMean(more, w)
		for k := range rank {
			out[first+k] = rank[k].at(w)
		}
		probe := out[first]
		for k := 1; k < len(rank); k++ {
			rival := out[first+k]
			rival.X = max(rival.X, 0.5)
			out[first+len(rank)+k-1] = minus(probe, rival)
		}
	})
	r.Information = Added{Key: KeyInformation, Unit: "bits a row", Estimate: e[0]}
	r.AUROC = Added{Key: KeyAUROC, Unit: "probability", Estimate: e[1]}
	r.Accuracy = Added{Key: KeyAccuracy, Unit: "share", Estimate: e[2]}
	r.Alone = e[first]
	for k, rival := range t.Rivals {
		r.Rivals = append(r.Rivals, Rival{Name: rival.Name, AUROC: e[first+1+k], Lead: e[first+len(rank)+k]})
	}
}

func minus(a, b estimate.Value) estimate.Value {
	return estimate.Value{X: a.X - b.X, Reason: cmp.Or(a.Reason, b.Reason)}
}

func weightedMean(x, w []float64) estimate.Value {
	var sum, weight float64
	for i, v := range x {
		sum += w[i] * v
		weight += w[i]
	}
	if weight == 0 {
		return estimate.Value{Reason: "no rows"}
	}
	return estimate.Value{X: sum / weight}
}

// right is 1 for every row whose label is predicted, else 0.
func right(y, p []float64) []float64 {
	hit := make([]float64, len(y))
	for i, v := range p {
		if float64(metric.Predict(v)) == y[i] {
			hit[i] = 1
		}
	}
	return hit
}

// ranking is the rows in order of growing score, for the AUROC at many weights;
// [metric.AUROC] would sort them anew each time.
type ranking struct {
	y, score []float64
	row      []int
}

func newRanking(y, score []float64) *ranking {
	r := &ranking{y, score, make([]int, len(y))}
	for i := range r.row {
		r.row[i] = i
	}
	slices.SortFunc(r.row, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	return r
}

// at is the AUROC at the weights of the rows, nil for 1 each.
func (r *ranking) at(w []float64) estimate.Value {
	var above, zeros, ones, tied0, tied1 float64
	for k, i := range r.row {
		weight := 1.0
		if w != nil {
			weight = w[i]
		}
		if r.y[i] == 1 {
			tied1 += weight
		} else {
			tied0 += weight
		}
		if k+1 == len(r.row) || r.score[i] != r.score[r.row[k+1]] {
			above += tied1 * (zeros + tied0/2)
			zeros += tied0
			ones += tied1
			tied0, tied1 = 0, 0
		}
	}
	if zeros == 0 || ones == 0 {
		return estimate.Value{Reason: "the rows have one label"}
	}
	return estimate.Value{X: above / (zeros * ones)}
}
