package gap_test

import (
	"math"
	"testing"

	"tell/estimate"
	"tell/gap"
	"tell/gap/planted"
)

// besides puts the rows of b under the same groups as those of a, as two
// conditions.
func besides(a, b gap.Data) gap.Data {
	var d gap.Data
	for _, of := range []struct {
		name string
		gap.Data
	}{{"calm", a}, {"pressure", b}} {
		d.Label = append(d.Label, of.Label...)
		d.Behaviour = append(d.Behaviour, of.Behaviour...)
		d.Prediction = append(d.Prediction, of.Prediction...)
		d.Score = append(d.Score, of.Score...)
		d.Calibrated = append(d.Calibrated, of.Calibrated...)
		d.Text = append(d.Text, of.Text...)
		d.Group = append(d.Group, of.Group...)
		for range of.Label {
			d.Condition = append(d.Condition, of.name)
		}
	}
	return d
}

// The rows of two groups stand in both conditions, and only they count.
func TestContrastCountsPairedGroups(t *testing.T) {
	calm := rowsOf([]counted{{0, 0, 0, 1}, {1, 1, 1, 1}, {1, 0, 1, 1}, {0, 0, 1, 7}})
	calm.Group = []int{0, 1, 1, 2, 2, 2, 2, 2, 2, 2}
	pressure := rowsOf([]counted{{1, 0, 1, 2}, {1, 1, 1, 2}, {0, gap.Neither, 1, 1}, {1, 0, 1, 5}})
	pressure.Group = []int{0, 1, 0, 1, 2, 3, 3, 3, 3, 3}
	r, err := gap.Measure(besides(calm, pressure), few)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Contrasts) != 1 {
		t.Fatalf("%d contrasts of two conditions, want 1", len(r.Contrasts))
	}
	c := r.Contrasts[0]
	if c.Value != "pressure" || c.Reference != "calm" || c.Groups != 2 || c.Rows != [2]int{3, 4} {
		t.Errorf("%s against %s on %d groups and %v rows, want pressure against calm on 2 and [3 4]", c.Value, c.Reference, c.Groups, c.Rows)
	}
	it, _ := c.Item(gap.KeyNet)
	if want := 2/4. - 1/3.; math.Abs(it.Estimate.Value-want) > 1e-12 {
		t.Errorf("net gap, difference %v, want %v", it.Estimate.Value, want)
	}
}

func TestContrastNeedsPairs(t *testing.T) {
	d := besides(rowsOf([]counted{{0, 0, 0, 2}, {1, 0, 1, 2}}), rowsOf([]counted{{0, 0, 0, 2}, {1, 1, 1, 2}}))
	for i := range d.Group {
		d.Group[i] = i
	}
	r, err := gap.Measure(d, few)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range r.Contrasts[0].Items {
		if want := "no group has rows with a behaviour in both"; it.Estimate.Reason != want {
			t.Errorf("%s: %v, want reason %q", it.Key, it.Estimate, want)
		}
	}
	d.Group = nil
	if r, err = gap.Measure(d, few); err != nil || r.Contrasts != nil {
		t.Errorf("contrasts %v, error %v; want neither where no groups are given", r.Contrasts, err)
	}
}

// pressed is a world and the same one under pressure, where its behaviour is
// right on fewer rows of label 1: the net gap grows by what is lost.
func pressed() (calm, pressure planted.World) {
	calm, pressure = planted.Knowing(), planted.Knowing()
	calm.BehaviourRight[1], pressure.BehaviourRight[1] = 0.7, 0.4
	return calm, pressure
}

// The design: 100 samples of 80 groups with 6 rows in each of two conditions,
// which share what is random in them; 95% intervals of 300 draws.
func TestContrastCoverage(t *testing.T) {
	if testing.Short() || raceDetector {
		t.Skip("100 samples take seconds")
	}
	calm, pressure := pressed()
	from, to := calm.Truth(), pressure.Truth()
	held := map[string]int{}
	const samples = 100
	for seed := range uint64(samples) {
		d := besides(calm.Draw(seed), pressure.Draw(seed))
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 300, Seed: seed}})
		if err != nil {
			t.Fatal(err)
		}
		for _, it := range r.Contrasts[0].Items {
			if it.Estimate.Interval == nil {
				t.Fatalf("sample %d: %s has no interval: %v", seed, it.Key, it.Estimate.Warnings)
			}
			if !it.Estimate.Excludes(to[it.Key] - from[it.Key]) {
				held[it.Key]++
			}
		}
	}
	for _, key := range []string{gap.KeyNet, gap.KeyBeyondText, gap.KeyMatchedAUROC} {
		if n := held[key]; n < 89 || n > 99 {
			t.Errorf("%s: the interval held the difference %+.3f in %d of %d samples, want 89 to 99", key, to[key]-from[key], n, samples)
		}
	}
}

// What the conditions share cancels: the interval of the difference is narrower
// than that of unrelated samples.
func TestContrastIsPaired(t *testing.T) {
	calm, pressure := pressed()
	set := gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 400, Seed: 1}}
	r, err := gap.Measure(besides(calm.Draw(3), pressure.Draw(3)), set)
	if err != nil {
		t.Fatal(err)
	}
	width := func(e estimate.Estimate) float64 { return e.Interval.High - e.Interval.Low }
	it, _ := r.Contrasts[0].Item(gap.KeyNet)
	apart := math.Hypot(width(r.Conditions[0].Net()), width(r.Conditions[1].Net()))
	if got := width(it.Estimate); got > 0.8*apart {
		t.Errorf("the interval of the difference is %.3f wide, of unrelated samples %.3f", got, apart)
	}
	if difference := r.Conditions[1].Net().Value - r.Conditions[0].Net().Value; math.Abs(it.Estimate.Value-difference) > 1e-12 {
		t.Errorf("difference %v, of the conditions %v", it.Estimate.Value, difference)
	}
}
