package planted_test

import (
	"math"
	"reflect"
	"testing"

	"tell/gap/planted"
)

func TestStatesTruth(t *testing.T) {
	for name, w := range map[string]planted.States{
		"only rivals": planted.OnlyRivals(), "log-odds given": planted.OwnLogOdds(true), "rare noise": planted.Rare(false),
		"peer": planted.PeerKnows(), "labelled groups": planted.LabelledGroups(),
	} {
		if a := w.Truth(); math.Abs(a.Information)+math.Abs(a.AUROC)+math.Abs(a.Accuracy) > 1e-9 {
			t.Errorf("%s adds %+v, want nothing", name, a)
		}
	}
	// Two signals that are each right 3 times in 4 agree in 5 cases of 8, and
	// are then right 9 times in 10.
	w := planted.KnowsApart()
	w.Cues = 0
	h := func(p float64) float64 { return -p*math.Log2(p) - (1-p)*math.Log2(1-p) }
	got := w.Truth()
	for _, at := range [][2]float64{
		{got.Information, h(0.25) - 5./8*h(0.1) - 3./8},
		{got.Accuracy, 0},
		// With one signal 9/16 of pairs are in order and 6/16 tied. With two,
		// the sum is 2, 0 or -2 with 9/16, 6/16 and 1/16 where the label is 1.
		{got.AUROC, (9*(9+6)+6*9+(9+36+9)/2.)/256 - 0.75},
	} {
		if math.Abs(at[0]-at[1]) > 1e-9 {
			t.Errorf("knowledge beside behaviour adds %+v, found %v, want %v", got, at[0], at[1])
		}
	}
	withheld, given := planted.OwnLogOdds(false).Truth(), planted.KnowsApart().Truth()
	if withheld.Information < 0.02 || given.Information < 0.05 {
		t.Errorf("log-odds that are withheld add %+v, knowledge %+v", withheld, given)
	}
}

// Shares of a large sample are those of the population.
func TestStatesDraw(t *testing.T) {
	w := planted.PeerKnows()
	w.Groups, w.PerGroup, w.LabelOne = 8000, 5, 0.3
	s := w.Draw(1)
	n := float64(len(s.Label))
	var ones, behaviour, cue, knowledge, sum float64
	for i, y := range s.Label {
		ones += float64(y) / n
		if s.Behaviour[i] == y {
			behaviour += 1 / n
		}
		if (s.Graded[i] > 0) != (s.Behaviour[i] == 1) {
			t.Fatalf("row %d: behaviour %d at log-odds %v", i, s.Behaviour[i], s.Graded[i])
		}
		if (s.Cues[i][1] > 0) == (y == 1) {
			cue += 1 / n
		}
		if (s.Peer[i][0] > 0) == (y == 1) {
			knowledge += 1 / n
		}
		blur := s.States[i][1] - s.Peer[i][0]
		sum += blur * blur / n
	}
	for name, at := range map[string][2]float64{
		"label 1": {ones, 0.3}, "behaviour right": {behaviour, 0.75}, "cue right": {cue, 0.75},
		"knowledge right": {knowledge, 0.75}, "variance of blur": {sum, 0.09},
	} {
		if math.Abs(at[0]-at[1]) > 0.01 {
			t.Errorf("%s: %v, want %v", name, at[0], at[1])
		}
	}
	if len(s.States[0]) != 2+w.Noise || len(s.Peer[0]) != 1+w.Noise {
		t.Errorf("states of %d and %d columns", len(s.States[0]), len(s.Peer[0]))
	}
	w.Groups = 5
	if !reflect.DeepEqual(w.Draw(2), w.Draw(2)) || reflect.DeepEqual(w.Draw(2), w.Draw(3)) {
		t.Error("a draw does not depend on its seed alone")
	}
	groups := planted.LabelledGroups().Draw(1)
	for i, g := range groups.Group {
		if i > 0 && groups.Group[i-1] == g && groups.Label[i-1] != groups.Label[i] {
			t.Fatalf("group %d has two labels", g)
		}
	}
}
