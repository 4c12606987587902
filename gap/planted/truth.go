package planted

import (
	"fmt"
	"maps"
	"math"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/gap"
)

// Truth gives the population's value of each quantity that [gap.Measure] puts
// an interval on, by the key of its [gap.Item]. Rows whose behaviour is
// withheld are a random share and change none.
func (w World) Truth() map[string]float64 {
	var t tally
	for _, y := range []int{0, 1} {
		for _, b := range []int{0, 1} {
			for _, x := range []int{0, 1} {
				t.add(&w, y, b, x)
			}
		}
	}
	truth := map[string]float64{
		gap.KeyAccuracyBehaviour:  t.behaviour,
		gap.KeyAccuracyProbe:      t.probe,
		gap.KeyAccuracyCalibrated: t.calibrated,
		gap.KeyAccuracyText:       t.text,
		gap.KeyKBA:                t.kba[0] + t.kba[1],
		gap.KeyABK:                t.abk[0] + t.abk[1],
		gap.KeyNet:                t.probe - t.behaviour,
		gap.KeyKBABalanced:        w.balance(t.kba),
		gap.KeyABKBalanced:        w.balance(t.abk),
		gap.KeyNetBalanced:        w.balance(t.kba) - w.balance(t.abk),

		gap.KeyCalibratedMinusBehaviour: t.calibrated - t.behaviour,
		gap.KeyProbeMinusCalibrated:     t.probe - t.calibrated,
		gap.KeyProbeMinusText:           t.probe - t.text,
		gap.KeyBeyondText:               t.probe - max(t.calibrated, t.text),
	}
	w.addRates(truth)
	w.addAgainst(truth)
	w.addAUROC(truth)
	w.addSignal(truth)
	return truth
}

// A tally sums what each kind of row adds to the shares.
type tally struct {
	behaviour, probe, calibrated, text float64
	kba, abk                           [2]float64 // by label
}

func (t *tally) add(w *World, y, b, x int) {
	p := w.joint(y, b) * agree(w.CueRight, x == y)
	says1 := distuv.UnitNormal.CDF(w.margin(y, b, x))
	right := p * agree(says1, y == 1)
	t.probe += right
	t.text += p * agree(w.TextReads, x == y)
	if w.calibrated(b) == y {
		t.calibrated += p
	}
	if b == y {
		t.behaviour += p
		t.abk[y] += p - right
	} else {
		t.kba[y] += right
	}
}

// joint is P(Y=y, B=b).
func (w World) joint(y, b int) float64 {
	return agree(w.LabelOne, y == 1) * agree(w.BehaviourRight[y], b == y)
}

// calibrated is the likelier label given behaviour b.
func (w World) calibrated(b int) int {
	if w.joint(1, b) > w.joint(0, b) {
		return 1
	}
	return 0
}

func (w World) balance(byLabel [2]float64) float64 {
	return (byLabel[0]/(1-w.LabelOne) + byLabel[1]/w.LabelOne) / 2
}

func agree(p float64, yes bool) float64 {
	if yes {
		return p
	}
	return 1 - p
}

// addRates adds hit rate, matched false alarm and their difference.
func (w World) addRates(truth map[string]float64) {
	var hit, alarm, wrong float64
	for _, b := range []int{0, 1} {
		h, a := w.contradicts(b, 1-b), w.contradicts(b, b)
		at := fmt.Sprintf("_b%d", b)
		truth[gap.KeyHitRate+at], truth[gap.KeyFalseAlarm+at], truth[gap.KeyHitExcess+at] = h, a, h-a
		p := w.joint(1-b, b)
		hit += p * h
		alarm += p * a
		wrong += p
	}
	truth[gap.KeyHitRate], truth[gap.KeyFalseAlarm] = hit/wrong, alarm/wrong
	truth[gap.KeyHitExcess] = (hit - alarm) / wrong
}

// addAgainst adds how often the behaviour is wrong where the probe is right.
func (w World) addAgainst(truth map[string]float64) {
	var wrong, known float64
	for _, y := range []int{0, 1} {
		only := w.joint(y, 1-y) * w.contradicts(1-y, y)
		both := w.joint(y, y) * (1 - w.contradicts(y, y))
		truth[fmt.Sprintf("%s_y%d", gap.KeyAgainst, y)] = only / (only + both)
		wrong += only
		known += only + both
	}
	truth[gap.KeyAgainst] = wrong / known
}

// contradicts is P(Ŷ=1-b | B=b, Y=y).
func (w World) contradicts(b, y int) float64 {
	p := 0.0
	for _, x := range []int{0, 1} {
		says1 := distuv.UnitNormal.CDF(w.margin(y, b, x))
		p += agree(w.CueRight, x == y) * agree(says1, b == 0)
	}
	return p
}

// addAUROC adds the behaviour-matched AUROC. At one behaviour the score of each
// label is a mixture of two normals of unit variance, one for each cue.
func (w World) addAUROC(truth map[string]float64) {
	var num, den float64
	for _, b := range []int{0, 1} {
		auroc := 0.0
		for _, x1 := range []int{0, 1} {
			for _, x0 := range []int{0, 1} {
				p := agree(w.CueRight, x1 == 1) * agree(w.CueRight, x0 == 0)
				apart := w.margin(1, b, x1) - w.margin(0, b, x0)
				auroc += p * distuv.UnitNormal.CDF(apart/math.Sqrt2)
			}
		}
		truth[fmt.Sprintf("%s_b%d", gap.KeyMatchedAUROC, b)] = auroc
		one, zero := w.joint(1, b), w.joint(0, b)
		num += auroc * one * zero / (one + zero)
		den += one * zero / (one + zero)
	}
	truth[gap.KeyMatchedAUROC] = num / den
}

// addSignal adds what the graded behaviour, the hit rates and the alarm rates
// give, and whether the score goes with the act.
func (w World) addSignal(truth map[string]float64) {
	var p, b gap.Rates
	probed, behaved := [2]*float64{&p.Alarm, &p.Hit}, [2]*float64{&b.Alarm, &b.Hit}
	for y := range 2 {
		*behaved[y] = agree(w.BehaviourRight[y], y == 1)
		for _, b := range []int{0, 1} {
			*probed[y] += agree(w.BehaviourRight[y], b == y) * agree(w.contradicts(b, y), b == 0)
		}
		auroc := 0.0
		for _, x1 := range []int{0, 1} {
			for _, x0 := range []int{0, 1} {
				apart := w.margin(y, 1, x1) - w.margin(y, 0, x0)
				auroc += agree(w.CueRight, x1 == y) * agree(w.CueRight, x0 == y) * distuv.UnitNormal.CDF(apart/math.Sqrt2)
			}
		}
		truth[fmt.Sprintf("%s_y%d", gap.KeyPredictsAct, y)] = auroc
	}
	maps.Copy(truth, signalTruth(w.LabelOne, w.NeitherShare, p, b))

	quantile := distuv.UnitNormal.Quantile
	graded := distuv.UnitNormal.CDF((quantile(w.BehaviourRight[1]) + quantile(w.BehaviourRight[0])) / math.Sqrt2)
	auroc := 0.0
	for _, b1 := range []int{0, 1} {
		for _, b0 := range []int{0, 1} {
			for _, x1 := range []int{0, 1} {
				for _, x0 := range []int{0, 1} {
					p := agree(w.BehaviourRight[1], b1 == 1) * agree(w.BehaviourRight[0], b0 == 0) * agree(w.CueRight, x1 == 1) * agree(w.CueRight, x0 == 0)
					auroc += p * distuv.UnitNormal.CDF((w.margin(1, b1, x1)-w.margin(0, b0, x0))/math.Sqrt2)
				}
			}
		}
	}
	truth[gap.KeyAUROCProbe], truth[gap.KeyAUROCBehaviour], truth[gap.KeyAUROCDifference] = auroc, graded, auroc-graded
}
