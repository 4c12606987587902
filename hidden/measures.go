package hidden

import (
	"cmp"

	"tell/estimate"
	"tell/metric"
)

// estimate measures everything with shared draws of one bootstrap. alone holds
// the scores of the probe alone and of every rival alone.
func (t *task) estimate(r *Result, alone [][]float64) {
	label := t.Target.Ints()
	zero, one := metric.NewRanking(label, r.J0), metric.NewRanking(label, r.J1)
	var more []float64
	right0 := metric.Right(t.y, r.J0)
	for i, hit := range metric.Right(t.y, r.J1) {
		more = append(more, hit-right0[i])
	}
	var rank []*metric.Ranking
	for _, score := range alone {
		rank = append(rank, metric.NewRanking(label, score))
	}
	const first = 3
	e := t.Bootstrap.Estimate(t.Plan.Group, first+2*len(rank)-1, func(w []float64, out []estimate.Value) {
		out[0] = metric.Mean(r.Gain, w)
		out[1] = minus(one.AUROC(w), zero.AUROC(w))
		out[2] = metric.Mean(more, w)
		for k := range rank {
			out[first+k] = rank[k].AUROC(w)
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
