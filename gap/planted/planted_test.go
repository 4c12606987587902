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

// differing has every part of Observers in play.
func differing() planted.Observers {
	return planted.Observers{
		LabelOne: 0.35, Probe: gap.Observer{DPrime: 2, Criterion: -0.2}, Behaviour: gap.Observer{DPrime: 0.8, Criterion: 0.6},
		Known: 0.3, WhenKnown: gap.Observer{DPrime: 2.2, Criterion: 0.1}, NeitherShare: 0.2, Dependence: 0.3,
	}
}

// In a large sample every estimate comes near the truth.
func TestTruth(t *testing.T) {
	large := func(w planted.World) planted.World { w.Groups, w.PerGroup = 10_000, 4; return w }
	many := func(w planted.Observers) planted.Observers { w.Groups, w.PerGroup = 10_000, 4; return w }
	for name, w := range map[string]planted.Population{
		"knowing": large(planted.Knowing()), "behaviour-reading": large(planted.BehaviourReading()),
		"prompt cue": large(planted.PromptCue()), "mixed": large(mixed()),
		"equal d'": many(planted.EqualSensitivity(1.5, 0.5)), "differing observers": many(differing()),
	} {
		r, err := gap.Measure(w.Draw(1), few)
		if err != nil {
			t.Fatal(err)
		}
		truth := w.Truth()
		for _, it := range r.Items {
			want, ok := truth[it.Key]
			tolerance := 0.02
			if it.Kind == gap.Deviations || it.Key == gap.KeyBaseRateRoot {
				tolerance = 0.06
			}
			switch {
			case !it.Estimate.OK() || it.Kind == gap.PValue || it.Key == gap.KeySmallest:
			case !ok:
				t.Errorf("%s: the truth of %s is not given", name, it.Key)
			case math.Abs(it.Estimate.Value-want) > tolerance:
				t.Errorf("%s: %s = %v, truth %.4f", name, it.Key, it.Estimate, want)
			}
		}
		for key := range truth {
			if it, ok := r.Item(key); !ok || !it.Estimate.OK() {
				t.Errorf("%s: the truth of %s is given, the estimate is %v", name, key, it.Estimate)
			}
		}
		if share := float64(r.Neither.N) / 40_000; math.Abs(share-neitherShare(w)) > 0.01 {
			t.Errorf("%s: %v of rows have no behaviour, want %v", name, share, neitherShare(w))
		}
	}
}

func neitherShare(p planted.Population) float64 {
	switch w := p.(type) {
	case planted.World:
		return w.NeitherShare
	case planted.Observers:
		return w.NeitherShare
	}
	return 0
}

// Two observers of equal d' differ in accuracy by their criteria alone, by as
// much as scipy.stats.norm gives, and a rare label turns the sign.
func TestEqualSensitivity(t *testing.T) {
	for _, test := range []struct{ dPrime, criterion, net, at05 float64 }{
		{1.5, 1, 0.09275538889650214, -0.15863583707209572}, {1.5, 1.66, 0.18665515030759994, -0.178120467873761}, {2.5, 1.66, 0.22480231133738648, -0.07097813576370537},
	} {
		truth := planted.EqualSensitivity(test.dPrime, test.criterion).Truth()
		for key, want := range map[string]float64{
			gap.KeyNet: test.net, gap.KeyFromCriterion: test.net, gap.KeyNetAt05: test.at05,
			gap.KeyDPrimeDifference: 0, gap.KeyFromSensitivity: 0, gap.KeyAUROCDifference: 0, gap.KeyAgainstDifference: 0,
			gap.KeyCriterionDifference: -test.criterion,
		} {
			if math.Abs(truth[key]-want) > 1e-12 {
				t.Errorf("d' %v, criterion %v: %s is %v, want %v", test.dPrime, test.criterion, key, truth[key], want)
			}
		}
	}
}

// The design: 60 samples of 80 groups with 6 rows and dependence 0.3, 95%
// intervals of 300 draws. The command in cmd does 200 for docs/validity.md.
func TestCoverageOfObservers(t *testing.T) {
	if testing.Short() {
		t.Skip("60 samples take a second")
	}
	const runs = 60
	counts, err := planted.Coverage(planted.EqualSensitivity(1.5, 1), runs, func(d gap.Data, seed uint64) (map[string]*estimate.Interval, error) {
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 300, Seed: seed}})
		if err != nil {
			return nil, err
		}
		out := make(map[string]*estimate.Interval)
		for _, it := range r.Items {
			out[it.Key] = it.Estimate.Interval
		}
		return out, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{
		gap.KeyDPrimeDifference, gap.KeyCriterionDifference, gap.KeyFromCriterion, gap.KeyFromSensitivity, gap.KeyAUROCDifference,
		gap.KeyNetAt05, gap.KeyBaseRateRoot, gap.KeyNeitherWrong, gap.KeyPredictsAct + "_y1", gap.KeyAgainstDifference,
	} {
		if c := counts[key]; c.Intervals < runs || c.Held < 52 {
			t.Errorf("%s: %d of %d samples have an interval and it holds the truth in %d, want %d and 52 or more", key, c.Intervals, c.Runs, c.Held, runs)
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
