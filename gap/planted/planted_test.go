package planted_test

import (
	"math"
	"testing"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

// few keeps tests quick that do not look at intervals.
var few = gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 1}}

// mixed has every part of a World in play.
func mixed() planted.World {
	return planted.World{
		LabelOne: 0.35, BehaviourRight: [2]float64{0.7, 0.4}, CueRight: 0.8, TextReads: 0.75, NeitherShare: 0.2,
		FromLabel: 0.6, FromBehaviour: 0.4, FromCue: 0.3, Dependence: 0.3,
	}
}

// In a large sample every estimate comes near the truth.
func TestTruth(t *testing.T) {
	for name, w := range map[string]planted.World{
		"knowing": planted.Knowing(), "behaviour-reading": planted.BehaviourReading(),
		"prompt cue": planted.PromptCue(), "mixed": mixed(),
	} {
		w.Groups, w.PerGroup = 10_000, 4
		r, err := gap.Measure(w.Draw(1), few)
		if err != nil {
			t.Fatal(err)
		}
		truth := w.Truth()
		for _, it := range r.Items {
			want, ok := truth[it.Key]
			switch {
			case !ok && it.Kind != gap.PValue && it.Key != gap.KeySmallest:
				t.Errorf("%s: the truth of %s is not given", name, it.Key)
			case ok && math.Abs(it.Estimate.Value-want) > 0.02:
				t.Errorf("%s: %s = %v, truth %.4f", name, it.Key, it.Estimate, want)
			}
		}
		if share := float64(r.Neither.N) / 40_000; math.Abs(share-w.NeitherShare) > 0.01 {
			t.Errorf("%s: %v of rows have no behaviour, want %v", name, share, w.NeitherShare)
		}
	}
}

func TestWorldsAreWhatTheySay(t *testing.T) {
	if x := planted.BehaviourReading().Truth()[gap.KeyMatchedAUROC]; x != 0.5 {
		t.Errorf("a behaviour-reading probe has a matched AUROC of %v, want 0.5", x)
	}
	cue := planted.PromptCue().Truth()
	if math.Abs(cue[gap.KeyBeyondText]) > 1e-12 || cue[gap.KeyNet] < 0.1 {
		t.Errorf("a prompt-cue probe has a net gap of %v and %v beyond text, want much and 0", cue[gap.KeyNet], cue[gap.KeyBeyondText])
	}
	knows := planted.Knowing().Truth()
	if knows[gap.KeyNet] < 0.1 || knows[gap.KeyBeyondText] < 0.1 || knows[gap.KeyMatchedAUROC] < 0.8 {
		t.Errorf("a knowing probe has truth %v", knows)
	}
}

func TestDrawIsReproducible(t *testing.T) {
	w := planted.Knowing()
	a, b, c := w.Draw(4), w.Draw(4), w.Draw(5)
	same := true
	for i := range a.Score {
		if a.Score[i] != b.Score[i] {
			t.Fatalf("row %d differs between two draws of one seed", i)
		}
		same = same && a.Score[i] == c.Score[i]
	}
	if same {
		t.Error("two seeds give the same draw")
	}
}
