package report

import (
	"context"
	"math/rand/v2"
	"testing"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// withTrajectory is the real study with 60 answers of 5 to 9 tokens that are
// decided at position 2 and stated at the last but one, some never. The text
// tells the end from the given position on.
func withTrajectory(t *testing.T, text int, truth bool) *result.Result {
	t.Helper()
	rng := rand.New(rand.NewPCG(4, 9))
	d := compare.Trajectory{Baselines: []compare.PositionScore{{Name: "position alone"}, {Name: "text so far"}}}
	side := func(y int, sure bool) float64 {
		p := 0.5 + 0.1*(rng.Float64()-0.5)
		if sure {
			p = 0.93 + 0.06*rng.Float64()
			if y == 0 {
				p = 1 - p
			}
		}
		return p
	}
	for i := range 60 {
		y, n := i%2, 5+i%5
		var probe, alone, words []float64
		for p := range n {
			probe, alone, words = append(probe, side(y, p >= 2)), append(alone, 0.5), append(words, side(y, p >= text))
		}
		stated := n - 2
		if i%6 == 5 {
			stated = -1
		}
		d.Group, d.Fold, d.Final, d.Stated = append(d.Group, i), append(d.Fold, i%5), append(d.Final, y), append(d.Stated, stated)
		d.Probe.Score = append(d.Probe.Score, probe)
		d.Baselines[0].Score, d.Baselines[1].Score = append(d.Baselines[0].Score, alone), append(d.Baselines[1].Score, words)
		if truth {
			d.Truth = append(d.Truth, (y+i/7)%2)
		}
	}
	lines, err := d.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Seed: 1}, Permutations: 99, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	lines = append(lines, compare.Line{Layer: compare.None, Position: 9, Predictor: result.Probe, Key: compare.KeyAUROCAt, Estimate: estimate.NotEstimable(3, 0, "of the 3 rows that have position 9, fold 1 leaves 0 of label 0")})
	r, _ := capitals(t)
	r.Table = append(r.Table, result.ComparedRows(trajectoryBlock, lines)...)
	return r
}

// What the sentence concludes follows the null of the waste, and every rival.
func TestTrajectoryVerdict(t *testing.T) {
	const none, shared, alone = "These answers do not show", "is not shown to read it earlier than text so far does", "do not show it as early"
	for _, c := range []struct {
		text int
		want string
	}{{99, alone}, {4, alone}, {2, shared}, {1, shared}} {
		text := trajectorySentence(withTrajectory(t, c.text, true))
		holds(t, text, "Of 50 answers that state what they end with, 100% are decided before that", c.want)
		for _, other := range []string{none, shared, alone} {
			if other != c.want {
				lacks(t, text, other)
			}
		}
	}
	r := withTrajectory(t, 99, true)
	holds(t, trajectorySentence(r), "give the label of the final answer in 65% of the answers, where random stops that save as much give it in 59%, p = 0.080; its accuracy would change by −2 points")
	edit(r, func(row *result.Row) {
		if row.Key == compare.KeyWaste && row.Null != nil {
			row.Null.P = 0.06
		}
	})
	holds(t, trajectorySentence(r), none)
	edit(r, func(row *result.Row) {
		if row.Key == compare.KeyDecidedBeforeStated {
			row.Estimate = estimate.NotEstimable(0, 0, "no answer is stated")
		}
	})
	if got, want := trajectorySentence(r), "Whether answers are decided before they are stated is not estimable: no answer is stated."; got != want {
		t.Errorf("found %q, expected %q", got, want)
	}
}

func TestTrajectorySection(t *testing.T) {
	r := withTrajectory(t, 4, true)
	text := sectionOf(t, r, "trajectory")
	holds(t, text, "Along the answer", "10 answers are never stated within what is recorded; 0 never decided by the probe",
		"Position alone not estimable no threshold has a precision of 0.9", "Text so far", "chosen in training folds", "0.95",
		"No probe could be trained at 1 position (9): of the 3 rows that have position 9", "of the final answers are on the side of the truth",
		"From position 7 on fewer than half of the answers are left, 12 at position 8: what is read there is of the long ones.")
	text = sectionOf(t, withTrajectory(t, 4, false), "trajectory")
	lacks(t, text, "of the final answers are on the side of the truth")
	holds(t, text, "no label of the true answer")
	lacks(t, trajectorySentence(withTrajectory(t, 4, false)), "its accuracy would change")
	drop(r, func(row result.Row) bool { return row.Block == trajectoryBlock })
	if drawTrajectory(r) != nil || Compared(r) != nil {
		t.Error("something is said of no trajectory")
	}
}

func TestTrajectoryFigure(t *testing.T) {
	r := withTrajectory(t, 4, true)
	d := drawTrajectory(r)
	holds(t, d.alt, "probe 0.00 after 8 tokens", "stated 0.09", "probe at 0.9 saves", "text so far at 0.5 saves")
	if f := drawTrajectory(withTrajectory(t, 4, false)); f == nil {
		t.Error("no figure without the truth")
	}
	// Without a threshold there is no curve of the probe, and no figure.
	edit(r, func(row *result.Row) {
		if row.Block == trajectoryBlock && row.Predictor == result.Probe && row.Key == compare.KeyUndecided {
			row.Estimate = estimate.NotEstimable(0, 0, "no threshold")
		}
	})
	if drawTrajectory(r) != nil {
		t.Error("a figure without a curve of the probe")
	}
}
