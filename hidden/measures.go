package hidden

import (
	"math"
	"slices"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// estimate measures everything with shared draws of one bootstrap. alone holds
// the scores of the probe alone and of every rival alone.
func (t *task) estimate(r *Result, alone [][]float64) {
	zero, one := t.auroc(r.J0), t.auroc(r.J1)
	var more []float64
	right0 := t.right(r.J0)
	for i, hit := range t.right(r.J1) {
		more = append(more, hit-right0[i])
	}
	var rank []func([]float64) estimate.Value
	for _, score := range alone {
		rank = append(rank, t.auroc(score))
	}
	const first = 3
	e := t.Bootstrap.Estimate(t.Plan.Group, first+2*len(rank)-1, func(w []float64, out []estimate.Value) {
		out[0] = metric.Mean(r.Gain, w)
		out[1] = one(w).Minus(zero(w))
		out[2] = metric.Mean(more, w)
		for k := range rank {
			out[first+k] = rank[k](w)
		}
		probe := out[first]
		for k := 1; k < len(rank); k++ {
			rival := out[first+k]
			rival.X = max(rival.X, 0.5)
			out[first+len(rank)+k-1] = probe.Minus(rival)
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

// auroc is the AUROC of scores at weights of the rows, nil for 1 each: of classes the
// macro AUROC, of ordered levels the share of pairs of different levels that the
// expected levels put in order, ties half.
func (t *task) auroc(score []float64) func(w []float64) estimate.Value {
	if t.Target.Kind == target.KindBinary {
		return metric.NewRanking(t.Target.Ints(), score).AUROC
	}
	return aurocOf(t.Target, score)
}

func aurocOf(y target.Column, score []float64) func(w []float64) estimate.Value {
	m, _ := metric.Headline(y.Kind)
	at, err := m.On(y, score)
	return func(w []float64) estimate.Value {
		if err != nil {
			return estimate.Value{Reason: err.Error()}
		}
		if w == nil {
			w = slices.Repeat([]float64{1}, y.Len())
		}
		v := at(w)
		if y.Kind == target.KindOrdinal {
			v.X = (v.X + 1) / 2
		}
		return v
	}
}

// relabelled is the AUROC of scores with labels that change.
func (t *task) relabelled(score []float64) func(y []int) float64 {
	if t.Target.Kind == target.KindBinary {
		rank := metric.NewRanking(t.Target.Ints(), score)
		return func(y []int) float64 { return rank.Relabelled(y).AUROC(nil).X }
	}
	return func(y []int) float64 {
		drawn := t.Target
		drawn.Values = make([]float64, len(y))
		for i, v := range y {
			drawn.Values[i] = float64(v)
		}
		return aurocOf(drawn, score)(nil).X
	}
}

// right is 1 where the likeliest level is that of the row, else 0.
func (t *task) right(score []float64) []float64 {
	if t.width == 1 {
		return metric.Right(t.y, score)
	}
	right := make([]float64, len(t.y))
	for i, y := range t.y {
		p := score[i*t.width : (i+1)*t.width]
		if slices.Index(p, slices.Max(p)) == int(y) {
			right[i] = 1
		}
	}
	return right
}

// bits is log2 of the probability that scores give to the label of a row.
func (t *task) bits(score []float64, row int) float64 {
	const epsilon = 0x1p-52
	if t.width > 1 {
		return math.Log2(min(max(score[row*t.width+int(t.y[row])], epsilon), 1-epsilon))
	}
	p := min(max(score[row], epsilon), 1-epsilon)
	if t.y[row] == 1 {
		return math.Log2(p)
	}
	return math.Log1p(-p) / math.Ln2
}
