package report

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// withCandidates is the real study with candidate answers to 40 questions, whose
// probe and scorers order them as well as asked for.
func withCandidates(t *testing.T, probe float64, scorers ...float64) *result.Result {
	t.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	c := compare.Candidates{External: make([]compare.Scorer, len(scorers)), Layers: []compare.AtLayer{{Layer: 6}, {Layer: 12}}}
	for q := range 40 {
		for k := range 6 {
			right := k % 2
			c.Question, c.Fold, c.Right = append(c.Question, q), append(c.Fold, q%5), append(c.Right, right)
			c.Said, c.Greedy = append(c.Said, k < 3), append(c.Greedy, k == 0)
			score := func(d float64) float64 { return d*float64(right) + rng.NormFloat64() }
			c.Probe = append(c.Probe, score(probe))
			for i, d := range scorers {
				c.External[i].Name = fmt.Sprintf("score_%d", i)
				c.External[i].Score = append(c.External[i].Score, score(d))
			}
			for i := range c.Layers {
				c.Layers[i].Score = append(c.Layers[i].Score, score(probe*float64(i)/2))
			}
		}
	}
	lines, err := c.Measure(context.Background(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Seed: 1}, Permutations: 99, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	r, _ := capitals(t)
	r.Table = append(r.Table, result.ComparedRows(candidatesBlock, lines)...)
	return r
}

// What the sentence concludes follows interval and p, not the value alone.
func TestCandidatesVerdict(t *testing.T) {
	const better, worse, open = "The states order the answers better than these scores do.", "The other scores order the answers better than the probe does.", "These questions do not show that the states order"
	for _, c := range []struct {
		probe   float64
		scorers []float64
		want    string
	}{
		{2.5, []float64{0.5}, better},
		{2.5, []float64{0.5, 0.2}, better},
		{2.5, []float64{2.4, 0.2}, open},
		{0.2, []float64{2.5}, worse},
		{0.2, []float64{2.5, 0.1}, worse},
		{2.5, nil, "The study names no other score"},
	} {
		text := candidatesSentence(withCandidates(t, c.probe, c.scorers...))
		holds(t, text, c.want)
		for _, other := range []string{better, worse, open} {
			if other != c.want {
				lacks(t, text, other)
			}
		}
	}
	// The best of two may be beaten where both together are not.
	r := withCandidates(t, 2.5, 0.5, 0.2)
	edit(r, func(row *result.Row) {
		if row.Key == compare.KeyKGap && row.Predictor == compare.AllExternal {
			row.Estimate.Interval.Low = -0.01
		}
	})
	holds(t, candidatesSentence(r), open)
	// A test that was not made shows nothing, and neither does p alone.
	r = withCandidates(t, 2.5, 0.5)
	edit(r, func(row *result.Row) { row.Null = nil })
	holds(t, candidatesSentence(r), open)
	r = withCandidates(t, 2.5, 0.5)
	edit(r, func(row *result.Row) { row.Estimate.Interval = nil })
	holds(t, candidatesSentence(r), open)
	lacks(t, candidatesSentence(r), "interval")
}

func TestCandidatesSection(t *testing.T) {
	r := withCandidates(t, 2.5, 0.5, 0.2)
	text := sectionOf(t, r, "candidates")
	holds(t, text, "Candidate answers", "the mean over 40 questions", "Probe 0.9", "score_0", "All scores together", "Best score, chosen on other questions",
		"Highest is right, of answers given", "the greedy answer is right on 0%", "K and K* by layer", "no answer that the model gave is right")
	holds(t, strings.Join(Compared(r), ""), candidatesSentence(r))
	many := make([]float64, maxScorers+3)
	text = sectionOf(t, withCandidates(t, 1, many...), "candidates")
	holds(t, text, fmt.Sprintf("score_%d", maxScorers-1), "the best of 8 other scores")
	lacks(t, text, fmt.Sprintf("score_%d ", maxScorers))

	edit(r, func(row *result.Row) {
		if row.Block == candidatesBlock && row.Key == compare.KeyK {
			row.Estimate = estimate.NotEstimable(40, 40, "no question has right and wrong candidates")
		}
		if row.Key == compare.KeyQuestionsOneKind {
			row.Estimate.Value = 3
		}
	})
	text = sectionOf(t, r, "candidates")
	holds(t, text, "is not estimable: no question has right and wrong candidates.", "3 questions have right answers alone or wrong ones alone")
	if drawCandidates(r) != nil {
		t.Error("a figure of nothing is drawn")
	}
	drop(r, func(row result.Row) bool { return row.Block == candidatesBlock })
	if Compared(r) != nil {
		t.Errorf("found %q without candidates", Compared(r))
	}
}

// A scorer may have any name.
func TestCandidatesOfHostileNames(t *testing.T) {
	r := withCandidates(t, 2.5, 0.5, 0.2)
	edit(r, func(row *result.Row) {
		if row.Predictor == "score_1" {
			row.Predictor = hostile
		}
	})
	checkStructure(t, render(t, r, nil))
	d := drawCandidates(r)
	checkXML(t, "hostile", inline(d.svg(wide), "wide", d.alt))
}

func TestCandidatesFigure(t *testing.T) {
	r := withCandidates(t, 2.5, 0.5, 0.2)
	d := drawCandidates(r)
	row := rowOf(r.Table.In(candidatesBlock).Of("score_1"), compare.KeyK)
	holds(t, d.alt, "K: ", "K*: ", "at layer 12", "score_1: "+number(row.Estimate.Value, 2), "all scores: ")
}
