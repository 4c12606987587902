package planted

import (
	"math"
	"math/rand/v2"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
)

// States is a population of rows with hidden states, for estimators of what a
// probe adds to its rivals. A row has a label Y and what points to it: cues in
// its prompt, the model's behaviour B, the sign of its log-odds m, and knowledge
// K that is in neither. Given Y all of them are independent, and
//
//	m = d·(2Y-1) + e,  e ~ N(0, 1),  d = Φ⁻¹(BehaviourRight),
//
// so that the log-odds of Y given m are 2dm and the logistic family holds every
// truth. A signal is 1 where it points to label 1, else -1. Everything random in
// a row comes from standard normals that have a correlation with those of the
// other rows of its group.
type States struct {
	Groups, PerGroup int

	LabelOne     float64 // P(Y=1)
	LabelByGroup bool    // all rows of a group have one label

	Cues                                     int     // in the prompt, and in full view of a text-only predictor
	CueRight, BehaviourRight, KnowledgeRight float64 // P(signal points to Y)

	// HoldCues and the others say which columns the states have; Noise more of
	// them hold nothing. Blur is the standard deviation of what is added to each
	// column.
	HoldCues, HoldBehaviour, HoldGraded, HoldKnowledge bool
	Noise                                              int
	Blur                                               float64

	// GivenGraded and GivenPeer say what stands against the probe beside text
	// and behaviour: m instead of B; the states of another model, which hold
	// the same knowledge without blur and as many columns of noise of their
	// own.
	GivenGraded, GivenPeer bool

	Dependence      float64 // correlation of signals within a group, in [0, 1)
	NoiseDependence float64 // the same of noise and blur
}

// StatesSample is a sample of it.
type StatesSample struct {
	Label, Behaviour, Group []int
	Graded                  []float64 // m
	// Cues, States and Peer hold the columns of each row. Peer is nil unless it
	// is given.
	Cues, States, Peer [][]float64
}

func statesBase() States {
	return States{
		Groups: 96, PerGroup: 6, LabelOne: 0.5,
		Cues: 2, CueRight: 0.75, BehaviourRight: 0.75, KnowledgeRight: 0.75,
		Noise: 4, Blur: 0.3, Dependence: 0.3, NoiseDependence: 0.3,
	}
}

// OnlyRivals is a world whose states hold two cues of the prompt and the
// behaviour: together they say more of the label than each rival alone, and
// nothing beyond all of them.
func OnlyRivals() States {
	w := statesBase()
	w.HoldCues, w.HoldBehaviour = true, true
	return w
}

// OwnLogOdds is a world whose states hold how sure the model is of what it does.
// They add nothing to that where it is given, and something to the bare
// decision where it is not.
func OwnLogOdds(given bool) States {
	w := statesBase()
	w.HoldGraded, w.GivenGraded = true, given
	return w
}

// KnowsApart is a world whose states hold knowledge as accurate as the behaviour
// and independent of it.
func KnowsApart() States {
	w := statesBase()
	w.HoldBehaviour, w.HoldKnowledge = true, true
	return w
}

// Rare is a world with 10% of label 1, whose states hold knowledge or nothing.
func Rare(knowledge bool) States {
	w := statesBase()
	w.LabelOne, w.HoldKnowledge = 0.1, knowledge
	return w
}

// PeerKnows is a world in which another model knows as much, and the same.
func PeerKnows() States {
	w := statesBase()
	w.HoldBehaviour, w.HoldKnowledge, w.GivenPeer = true, true, true
	return w
}

// LabelledGroups is a world whose groups have one label each and whose states
// hold nothing but what rows of a group share. It catches a test that takes rows
// for independent.
func LabelledGroups() States {
	w := statesBase()
	w.LabelByGroup, w.NoiseDependence = true, 0.8
	return w
}

// Draw returns a sample of the world.
func (w States) Draw(seed uint64) *StatesSample {
	r := rand.New(estimate.Source(seed, 0))
	s := &StatesSample{}
	signals := w.Cues + 2
	// Of two models the states differ in noise and blur alone.
	noises := 2 * (signals + 1 + w.Noise)
	shared := make([]float64, signals+noises)
	for g := range w.Groups {
		for k := range shared {
			shared[k] = r.NormFloat64()
		}
		label := r.Float64()
		for range w.PerGroup {
			if !w.LabelByGroup {
				label = r.Float64()
			}
			y := flip(1, label >= w.LabelOne)
			next := 0
			normal := func(dependence float64) float64 {
				x := math.Sqrt(dependence)*shared[next] + math.Sqrt(1-dependence)*r.NormFloat64()
				next++
				return x
			}
			var cues []float64
			for range w.Cues {
				cues = append(cues, sign(flip(y, !happens(w.CueRight, normal(w.Dependence)))))
			}
			m := w.apart()*sign(y) + normal(w.Dependence)
			b := flip(1, m <= 0)
			k := sign(flip(y, !happens(w.KnowledgeRight, normal(w.Dependence))))

			states := func(blur float64, cue, behaviour, graded, knowledge bool) (x []float64) {
				hold := func(it bool, signal ...float64) {
					for _, v := range signal {
						if e := blur * normal(w.NoiseDependence); it {
							x = append(x, v+e)
						}
					}
				}
				hold(cue, cues...)
				hold(behaviour, sign(b))
				hold(graded, m)
				hold(knowledge, k)
				for range w.Noise {
					x = append(x, normal(w.NoiseDependence))
				}
				return x
			}
			s.Group = append(s.Group, g)
			s.Label, s.Behaviour = append(s.Label, y), append(s.Behaviour, b)
			s.Graded = append(s.Graded, m)
			s.Cues = append(s.Cues, cues)
			s.States = append(s.States, states(w.Blur, w.HoldCues, w.HoldBehaviour, w.HoldGraded, w.HoldKnowledge))
			if w.GivenPeer {
				s.Peer = append(s.Peer, states(0, false, false, false, true))
			}
		}
	}
	return s
}

// apart is d, the distance of m from 0 on the side of the label.
func (w States) apart() float64 { return distuv.UnitNormal.Quantile(w.BehaviourRight) }

func sign(x int) float64 { return float64(2*x - 1) }
