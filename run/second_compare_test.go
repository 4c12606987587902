package run_test

import (
	"math"
	"testing"
)

// What comparisons train, computed once more by naive code: some rows train and
// all are scored; a target that some rows do not state.
func TestSecondComputationOfSweeps(t *testing.T) {
	d := readSecond(t, plantSecond(t, 126, 12, [][]float64{{0.1, 0.03}, {0.45, 0.05}, {0.4, 0.42}}, 2))
	r := runSecond(t, d.dir, secondStudy()+`
sets: {short: length < 0.2, long: {rows: length >= 0.2}}
compare:
- transfer: [short, long]
- targets: [y, behaviour]
`, 0)
	units := secondUnits(t, d.y, d.item, secondFolds, secondInner, secondRepeats, secondSeed)
	short, long, acted := make([]bool, len(d.y)), make([]bool, len(d.y)), make([]bool, len(d.y))
	act := make([]int, len(d.y))
	for i := range d.y {
		short[i] = d.nuisance[i] < 0.2
		long[i] = !short[i]
		if acted[i] = d.act[i] != secondNeither; acted[i] {
			act[i] = d.act[i]
		}
	}
	unseenRows := 0
	for _, sweep := range []struct {
		name      string
		y         []int
		only      []bool
		scoredToo bool // rows that do not train are scored as well
	}{
		{"train short", d.y, short, true},
		{"train long", d.y, long, true},
		{"target behaviour", act, acted, false},
	} {
		var curves []naiveCurve
		for l := range secondLayers {
			for p := range secondPositions {
				curves = append(curves, naiveValidateOn(d.at(l, p), sweep.y, sweep.only, units, secondInner, secondRepeats, secondGrid))
			}
		}
		chosen, score := naiveChoice(curves, units)
		if unseen := naiveUnseen(d.item, sweep.only); sweep.scoredToo {
			for _, i := range unseen {
				for r := range score {
					score[r][i] = 0
				}
				for k, u := range units {
					score[u.repeat][i] += curves[chosen[k]].all[k][i] / secondFolds
				}
			}
			unseenRows += len(unseen)
		}
		got := r.compared[sweep.name]
		want := 0
		for i, p := range naiveMean(score) {
			if !sweep.scoredToo && !sweep.only[i] {
				continue
			}
			want++
			if v, ok := got[d.row[i]]; !ok || math.Abs(v-p) > 1e-6 {
				t.Fatalf("%s, row %d: score %v, naive %v", sweep.name, d.row[i], v, p)
			}
		}
		if len(got) != want {
			t.Errorf("%s: %d rows scored, want %d", sweep.name, len(got), want)
		}
	}
	if unseenRows == 0 {
		t.Error("every group has a row in both sets, so nothing says how the rows of others are scored")
	}
	if len(r.compared) != 3 {
		t.Errorf("%d probes of comparisons, want 3", len(r.compared))
	}
}

// naiveUnseen lists the rows of groups that no marked row is in.
func naiveUnseen(group []int, marked []bool) []int {
	var rows []int
	for i, g := range group {
		seen := false
		for j := range marked {
			seen = seen || marked[j] && group[j] == g
		}
		if !seen {
			rows = append(rows, i)
		}
	}
	return rows
}
