// Package planted is a kit of populations in which the action-commitment gap is
// known in closed form. Draw data from one, measure them with any
// implementation of the gap, and hold the result against the truth of the
// [Population]; [Coverage] does so many times and counts how often intervals
// hold the truth. The command in cmd prints its counts as a table.
package planted

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/gap"
)

// A Population gives samples, by seed, and the true value of each quantity by
// the key of its [gap.Item].
type Population interface {
	Draw(seed uint64) gap.Data
	Truth() map[string]float64
}

// A World is a population of rows. A row has a label Y, a behaviour B that is
// right with a probability that depends on Y, and a cue X in its prompt that
// points to Y. The probe's margin is
//
//	z = FromLabel·(2Y-1) + FromBehaviour·(2B-1) + FromCue·(2X-1) + e,  e ~ N(0, 1),
//
// its score 1/(1+exp(-z)) and its prediction z > 0. A text-only predictor
// repeats the cue with probability TextReads. Calibrated behaviour is the
// likelier label given B. The graded behaviour is above 0 where B is 1: the
// normal behind B less the quantile at which B turns. Everything random in a row except Y comes from a
// standard normal that has correlation Dependence with that of the other rows
// of its group.
type World struct {
	Groups, PerGroup int

	LabelOne       float64    // P(Y=1)
	BehaviourRight [2]float64 // P(B=Y | Y=y)
	CueRight       float64    // P(X=Y)
	TextReads      float64    // P(T=X)
	NeitherShare   float64    // share of rows whose behaviour is then withheld

	FromLabel, FromBehaviour, FromCue float64 // what the probe reads

	Dependence float64 // in [0, 1)
}

// base is a model that goes along with its user: it seldom acts as if the label
// were 1.
func base() World {
	return World{
		Groups: 80, PerGroup: 6,
		LabelOne:       0.5,
		BehaviourRight: [2]float64{0.85, 0.4},
		CueRight:       0.5,
		TextReads:      0.9,
		Dependence:     0.3,
	}
}

// Knowing is a world whose probe reads the label and nothing else.
func Knowing() World {
	w := base()
	w.FromLabel = 1
	return w
}

// BehaviourReading is a world whose probe reads only what the model will do. It
// has a gap of 0 and a behaviour-matched AUROC of 0.5.
func BehaviourReading() World {
	w := base()
	w.FromBehaviour = 1.3
	return w
}

// PromptCue is a world whose probe reads a cue in the prompt, as
// well as a text-only predictor does. Its net gap is large, its
// hidden-beyond-text gap is 0.
func PromptCue() World {
	w := base()
	w.CueRight = 0.9
	w.FromCue = 1.5
	w.TextReads = distuv.UnitNormal.CDF(w.FromCue)
	return w
}

// Draw returns a sample of the world.
func (w World) Draw(seed uint64) gap.Data {
	r := rand.New(estimate.Source(seed, 0))
	n := w.Groups * w.PerGroup
	d := gap.Data{
		Label: make([]int, n), Behaviour: make([]int, n), Prediction: make([]int, n), Score: make([]float64, n),
		Graded: make([]float64, n), Calibrated: make([]int, n), Text: make([]int, n), Group: make([]int, n),
	}
	calibrated := [2]int{w.calibrated(0), w.calibrated(1)}
	for g := range w.Groups {
		var shared [normals]float64
		for k := range shared {
			shared[k] = r.NormFloat64()
		}
		for j := range w.PerGroup {
			own := func(k int) float64 {
				return math.Sqrt(w.Dependence)*shared[k] + math.Sqrt(1-w.Dependence)*r.NormFloat64()
			}
			i := g*w.PerGroup + j
			y := flip(1, r.Float64() >= w.LabelOne)
			acts := own(ofBehaviour)
			b := flip(y, !happens(w.BehaviourRight[y], acts))
			x := flip(y, !happens(w.CueRight, own(ofCue)))
			z := w.margin(y, b, x) + own(ofProbe)
			d.Group[i], d.Label[i], d.Behaviour[i] = g, y, b
			d.Graded[i] = float64(2*y-1) * (distuv.UnitNormal.Quantile(w.BehaviourRight[y]) - acts)
			d.Calibrated[i] = calibrated[b]
			d.Text[i] = flip(x, !happens(w.TextReads, own(ofText)))
			d.Score[i] = 1 / (1 + math.Exp(-z))
			d.Prediction[i] = flip(1, z <= 0)
			if r.Float64() < w.NeitherShare {
				d.Behaviour[i] = gap.Neither
			}
		}
	}
	return d
}

// The normals behind a row.
const (
	ofBehaviour = iota
	ofCue
	ofText
	ofProbe
	normals
)

// happens is true with probability p over a standard normal.
func happens(p, normal float64) bool { return distuv.UnitNormal.CDF(normal) < p }

func flip(x int, yes bool) int {
	if yes {
		return 1 - x
	}
	return x
}

func (w World) margin(y, b, x int) float64 {
	sign := func(x int) float64 { return float64(2*x - 1) }
	return w.FromLabel*sign(y) + w.FromBehaviour*sign(b) + w.FromCue*sign(x)
}
