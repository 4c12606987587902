package planted

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/gap"
)

// Observers is a population in which probe and behaviour are two observers of
// the label with evidence of their own: where both have the same d', all of
// the net gap is one of criteria, and nothing is known that is not acted on.
//
// On a share Known of the rows the model is known to know the label, and its
// behaviour is that of WhenKnown. The score is the probe's evidence less its
// criterion, as a probability, and the graded behaviour likewise that of the
// behaviour; a prediction is 1, or a behaviour, where they are above 0.5 and 0.
// Calibrated behaviour is the behaviour, and the text-only predictor says 0.
// Everything random in a row except Y and K comes from a standard normal that
// has correlation Dependence with that of the other rows of its group.
type Observers struct {
	Groups, PerGroup int

	LabelOne         float64 // P(Y=1)
	Probe, Behaviour gap.Observer
	Known            float64 // P(K=1)
	WhenKnown        gap.Observer
	NeitherShare     float64 // share of rows whose behaviour is then withheld

	Dependence float64 // in [0, 1)
}

// EqualSensitivity is a model that knows as much as its probe and is readier to
// act as if the label were 0: d' of both is dPrime, the criterion of the probe 0.
func EqualSensitivity(dPrime, criterion float64) Observers {
	o := gap.Observer{DPrime: dPrime, Criterion: criterion}
	return Observers{
		Groups: 80, PerGroup: 6, LabelOne: 0.5,
		Probe: gap.Observer{DPrime: dPrime}, Behaviour: o, Known: 0.4, WhenKnown: o, Dependence: 0.3,
	}
}

// Draw returns a sample of the population.
func (w Observers) Draw(seed uint64) gap.Data {
	r := rand.New(estimate.Source(seed, 0))
	n := w.Groups * w.PerGroup
	d := gap.Data{
		Label: make([]int, n), Behaviour: make([]int, n), Prediction: make([]int, n), Score: make([]float64, n),
		Graded: make([]float64, n), Knows: make([]int, n), Calibrated: make([]int, n), Text: make([]int, n), Group: make([]int, n),
	}
	for g := range w.Groups {
		shared := [2]float64{r.NormFloat64(), r.NormFloat64()}
		for j := range w.PerGroup {
			evidence := func(o gap.Observer, k, y int) float64 {
				own := math.Sqrt(w.Dependence)*shared[k] + math.Sqrt(1-w.Dependence)*r.NormFloat64()
				return float64(2*y-1)*o.DPrime/2 - o.Criterion + own
			}
			i := g*w.PerGroup + j
			y := flip(1, r.Float64() >= w.LabelOne)
			k := flip(1, r.Float64() >= w.Known)
			z, m := evidence(w.Probe, 0, y), evidence(w.behaviour(k), 1, y)
			d.Group[i], d.Label[i], d.Knows[i] = g, y, k
			d.Score[i], d.Prediction[i] = 1/(1+math.Exp(-z)), flip(1, z <= 0)
			d.Graded[i], d.Behaviour[i] = m, flip(1, m <= 0)
			d.Calibrated[i] = d.Behaviour[i]
			if r.Float64() < w.NeitherShare {
				d.Behaviour[i] = gap.Neither
			}
		}
	}
	return d
}

// behaviour is the observer behind the behaviour on rows with K=k.
func (w Observers) behaviour(k int) gap.Observer {
	if k == 1 {
		return w.WhenKnown
	}
	return w.Behaviour
}

// Truth gives the population's values, as [World.Truth] does.
func (w Observers) Truth() map[string]float64 {
	p, known, unknown := w.Probe.Rates(), w.WhenKnown.Rates(), w.Behaviour.Rates()
	b := gap.Rates{Hit: mix(w.Known, known.Hit, unknown.Hit), Alarm: mix(w.Known, known.Alarm, unknown.Alarm)}
	right := func(r gap.Rates, y int) float64 { return []float64{1 - r.Alarm, r.Hit}[y] }
	ofLabel := [2]float64{1 - w.LabelOne, w.LabelOne}

	var kba, abk [2]float64 // among rows of one label
	truth := signalTruth(w.LabelOne, w.NeitherShare, p, b)
	for y := range 2 {
		kba[y] = right(p, y) * (1 - right(b, y))
		abk[y] = (1 - right(p, y)) * right(b, y)
	}
	both := func(x [2]float64) float64 { return ofLabel[0]*x[0] + ofLabel[1]*x[1] }
	accuracyP, accuracyB := both([2]float64{right(p, 0), right(p, 1)}), both([2]float64{right(b, 0), right(b, 1)})
	set := func(x float64, keys ...string) {
		for _, k := range keys {
			truth[k] = x
		}
	}
	set(accuracyP, gap.KeyAccuracyProbe)
	set(accuracyB, gap.KeyAccuracyBehaviour, gap.KeyAccuracyCalibrated)
	set(1-w.LabelOne, gap.KeyAccuracyText)
	set(both(kba), gap.KeyKBA)
	set(both(abk), gap.KeyABK)
	set((kba[0]+kba[1])/2, gap.KeyKBABalanced)
	set((abk[0]+abk[1])/2, gap.KeyABKBalanced)
	set((kba[0]+kba[1]-abk[0]-abk[1])/2, gap.KeyNetBalanced)
	set(0, gap.KeyCalibratedMinusBehaviour)
	set(accuracyP-accuracyB, gap.KeyNet, gap.KeyProbeMinusCalibrated)
	set(accuracyP-(1-w.LabelOne), gap.KeyProbeMinusText)
	set(accuracyP-max(accuracyB, 1-w.LabelOne), gap.KeyBeyondText)

	// Given the label, the behaviour says nothing of the score.
	auroc := distuv.UnitNormal.CDF(w.Probe.DPrime / math.Sqrt2)
	set(auroc, gap.KeyAUROCProbe, gap.KeyMatchedAUROC, gap.KeyMatchedAUROC+"_b0", gap.KeyMatchedAUROC+"_b1")
	set(0.5, gap.KeyPredictsAct+"_y0", gap.KeyPredictsAct+"_y1")
	graded := 0.0
	for k1, one := range []gap.Observer{w.Behaviour, w.WhenKnown} {
		for k0, zero := range []gap.Observer{w.Behaviour, w.WhenKnown} {
			apart := one.DPrime/2 - one.Criterion + zero.DPrime/2 + zero.Criterion
			graded += agree(w.Known, k1 == 1) * agree(w.Known, k0 == 1) * distuv.UnitNormal.CDF(apart/math.Sqrt2)
		}
	}
	set(graded, gap.KeyAUROCBehaviour)
	set(auroc-graded, gap.KeyAUROCDifference)

	w.addContradictions(truth, p, b)
	against := func(b gap.Rates) float64 {
		return both([2]float64{right(p, 0) * (1 - right(b, 0)), right(p, 1) * (1 - right(b, 1))}) / accuracyP
	}
	set(against(b), gap.KeyAgainst)
	set(b.Alarm, gap.KeyAgainst+"_y0")
	set(1-b.Hit, gap.KeyAgainst+"_y1")
	set(against(known), gap.KeyAgainstKnown)
	set(against(unknown), gap.KeyAgainstUnknown)
	set(against(known)-against(unknown), gap.KeyAgainstDifference)
	return truth
}

func mix(share, x, y float64) float64 { return share*x + (1-share)*y }

// addContradictions adds hit rate, matched false alarm and their difference. At
// behaviour b the probe is right with the same probability whatever b is.
func (w Observers) addContradictions(truth map[string]float64, p, b gap.Rates) {
	wrong1, wrong0 := (1-w.LabelOne)*b.Alarm, w.LabelOne*(1-b.Hit) // behaviour 1, behaviour 0
	add := func(suffix string, hit, alarm float64) {
		truth[gap.KeyHitRate+suffix], truth[gap.KeyFalseAlarm+suffix], truth[gap.KeyHitExcess+suffix] = hit, alarm, hit-alarm
	}
	add("_b0", p.Hit, p.Alarm)
	add("_b1", 1-p.Alarm, 1-p.Hit)
	wrong := wrong0 + wrong1
	add("", (wrong0*p.Hit+wrong1*(1-p.Alarm))/wrong, (wrong0*p.Alarm+wrong1*(1-p.Hit))/wrong)
}
