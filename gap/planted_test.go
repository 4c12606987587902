package gap_test

import (
	"testing"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

func measure(t *testing.T, w planted.World) *gap.Result {
	t.Helper()
	r, err := gap.Measure(w.Draw(1), gap.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestKnowingProbe(t *testing.T) {
	r := measure(t, planted.Knowing())
	for name, e := range map[string]estimate.Estimate{"net gap": r.Net(), "hidden-beyond-text gap": r.Headline()} {
		if !e.Excludes(0) || e.Value < 0 {
			t.Errorf("%s: %s, want an interval above 0", name, e.Signed())
		}
	}
	if e := r.MatchedAUROC(); !e.Excludes(0.5) || e.Value < 0.8 {
		t.Errorf("matched AUROC %v, want well above 0.5", e)
	}
}

func TestBehaviourReadingProbe(t *testing.T) {
	r := measure(t, planted.BehaviourReading())
	if e := r.MatchedAUROC(); e.Excludes(0.5) || e.Value < 0.45 || e.Value > 0.55 {
		t.Errorf("matched AUROC %v, want 0.45 to 0.55 and an interval that holds 0.5", e)
	}
	if it, _ := r.Item(gap.KeyHitExcess); it.Estimate.Excludes(0) {
		t.Errorf("hit rate less matched false alarm %v, want an interval that holds 0", it.Estimate.Signed())
	}
}

func TestPromptCueProbe(t *testing.T) {
	r := measure(t, planted.PromptCue())
	if e := r.Net(); !e.Excludes(0) {
		t.Errorf("net gap %v, want an interval above 0: the cue looks like knowledge", e.Signed())
	}
	if e := r.Headline(); e.Excludes(0) {
		t.Errorf("hidden-beyond-text gap %v, want an interval that holds 0", e.Signed())
	}
}

// The design: 200 samples of 100 groups of 6 rows, of which half the labels are
// 1, behaviour right on 85% and 40% of the two, a probe that is right on 84%,
// and dependence 0.3 within groups; 95% intervals. Over 1000 samples of 60 groups
// of the three worlds the estimators' average is 95%.
func TestCoverage(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("200 samples take seconds")
	}
	w := planted.Knowing()
	w.Groups = 100
	counts, err := planted.Coverage(w, 200, intervals)
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{gap.KeyNet, gap.KeyBeyondText, gap.KeyMatchedAUROC, gap.KeyKBA, gap.KeyABK} {
		if c := counts[key]; c.Intervals != 200 || c.Rate() < 0.93 || c.Rate() > 0.97 {
			t.Errorf("%s: the interval held the truth in %d of %d samples, want 93%% to 97%%", key, c.Held, c.Intervals)
		}
	}
}

func intervals(d gap.Data, seed uint64) (map[string]*estimate.Interval, error) {
	r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 300, Seed: seed}})
	if err != nil {
		return nil, err
	}
	out := make(map[string]*estimate.Interval)
	for _, it := range r.Items {
		out[it.Key] = it.Estimate.Interval
	}
	return out, nil
}
