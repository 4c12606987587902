package compare

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
)

func effortOf(difficulty, decoded, effort []float64) Effort {
	d := Effort{Difficulty: difficulty, Decoded: decoded, Effort: effort}
	for i := range difficulty {
		d.ID, d.Group = append(d.ID, fmt.Sprint(i)), append(d.Group, i)
	}
	return d
}

func effortLine(t *testing.T, lines []Line, key, predictor string) Line {
	t.Helper()
	for _, l := range lines {
		if l.Key == key && l.Predictor == predictor {
			return l
		}
	}
	t.Fatalf("found no line %s of %s", key, predictor)
	return Line{}
}

func TestEffortAgainstLifelines(t *testing.T) {
	raw, err := os.ReadFile("../testdata/compare/effort/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var want struct {
		Cases []struct {
			Difficulty, Decoded, Effort []float64
			Censored                    []bool
			ConcordanceEffort           float64 `json:"concordance_effort"`
			ConcordanceDecoded          float64 `json:"concordance_decoded"`
			ConcordanceLead             float64 `json:"concordance_lead"`
			RankEffort                  float64 `json:"rank_effort"`
			RankDecoded                 float64 `json:"rank_decoded"`
		}
	}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for _, c := range want.Cases {
		d := effortOf(c.Difficulty, c.Decoded, c.Effort)
		d.Censored = c.Censored
		lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}})
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []struct {
			key, predictor string
			want           float64
		}{
			{KeyConcordEffort, "effort", c.ConcordanceEffort}, {KeyConcordDecoded, "probe", c.ConcordanceDecoded},
			{KeyRankEffort, "effort", c.RankEffort}, {KeyRankDecoded, "probe", c.RankDecoded},
			{KeyRankLead, "probe", c.RankDecoded - c.RankEffort}, {KeyConcordLead, "probe", c.ConcordanceLead},
		} {
			if got := effortLine(t, lines, v.key, v.predictor).Estimate.Value; math.Abs(got-v.want) > 1e-10 {
				t.Errorf("%s: found %v, want %v", v.key, got, v.want)
			}
		}
	}
}

// Nine rows in order of what is decoded; the model is wrong on the second, and
// one effort is not known.
func TestEffortByHand(t *testing.T) {
	decoded := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	effort := []float64{5, 100, 7, 1, 2, 3, 4, 20, 30, math.NaN()}
	d := effortOf(decoded, decoded, effort)
	d.Right = []int{1, 0, 1, 1, 1, 1, 1, 0, 0, 0}
	d.Rivals = []EffortRival{{"length", []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 0}}, {"turned", []float64{9, 8, 7, 6, 5, 4, 3, 2, 1, 0}}}
	lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}, Permutations: 200})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		key, predictor string
		want           float64
	}{
		{KeyEffortEasy, "effort", 6}, // rows 1 and 3
		{KeyEffortHard, "effort", 18},
		{KeyEffortEasyOverAll, "effort", 1. / 3},
		// Efforts 5 and 7 are the 5th and 6th of nine, the rows the 1st and 3rd.
		{KeyRankGapEasy, "effort", (4./9 + 3./9) / 2},
		{KeyRankGapEasy, "length", (4./9 + 3./9) / 2},
		// Efforts of the 1st and 3rd rank are 1 and 3.
		{KeyExcessEasy, "effort", (4. + 4) / 2},
		{KeyExcessEasy, "turned", 2 - 1},
		{KeyExcessOverRival, "length", 0},
		{KeyExcessOverRival, "turned", 4 - 1},
		{KeyCensored, "effort", 0},
		{KeyRankOverRival, "length", 0},
		{KeyConcordOverRival, "turned", 1},
		{KeyRankDecoded, "length", 1},
	} {
		if got := effortLine(t, lines, c.key, c.predictor).Estimate; math.Abs(got.Value-c.want) > 1e-12 {
			t.Errorf("%s: found %v, want %v", c.key, got, c.want)
		}
	}
	for _, c := range []struct {
		key, predictor string
		rows           int
	}{{KeyEffortEasy, "effort", 2}, {KeyExcessEasy, "turned", 1}, {KeyExcessOverRival, "turned", 9}, {KeyRankGapEasy, "length", 2}, {KeyEffortHard, "effort", 3}, {KeyRankEffort, "effort", 9}} {
		got := effortLine(t, lines, c.key, c.predictor).Estimate
		if got.N != c.rows || got.Groups != c.rows {
			t.Errorf("%s of %s: found n = %d and %d groups, want %d of each", c.key, c.predictor, got.N, got.Groups, c.rows)
		}
		if flagged := slices.Contains(got.Flags(), gap.FewRows); flagged != (c.key != KeyRankEffort) {
			t.Errorf("%s of %s: flags %v", c.key, c.predictor, got.Flags())
		}
	}
}

// An effort that follows what is decoded, and one that does not.
func TestEffortThatFollows(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var difficulty, decoded, follows, ignores []float64
	for range 120 {
		x := r.NormFloat64()
		difficulty, decoded = append(difficulty, x), append(decoded, x+0.3*r.NormFloat64())
		follows, ignores = append(follows, x+0.3*r.NormFloat64()), append(ignores, r.NormFloat64())
	}
	for _, c := range []struct {
		effort []float64
		p      func(p float64) bool
	}{{follows, func(p float64) bool { return p < 0.01 }}, {ignores, func(p float64) bool { return p > 0.01 }}} {
		lines, err := effortOf(difficulty, decoded, c.effort).Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}, Permutations: 199})
		if err != nil {
			t.Fatal(err)
		}
		if n := effortLine(t, lines, KeyRankGapEasy, "effort").Null; n == nil || !c.p(n.P) || math.Abs(n.Mean-1./3) > 0.05 {
			t.Errorf("found the null %+v, want a mean of 1/3", n)
		}
	}
}

func TestEffortMostlyCutOff(t *testing.T) {
	x := []float64{1, 2, 3, 4, 5, 6}
	d := effortOf(x, x, []float64{9, 9, 9, 9, 9, 3})
	d.Censored = []bool{true, true, true, true, true, false}
	lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}})
	if err != nil {
		t.Fatal(err)
	}
	if e := effortLine(t, lines, KeyRankEffort, "effort").Estimate; e.OK() || !strings.Contains(e.Reason, "cut off on 5 of 6 rows") {
		t.Errorf("found %v, want none", e)
	}
	if e := effortLine(t, lines, KeyRankDecoded, "probe").Estimate; !e.OK() {
		t.Errorf("found %v, want 1", e)
	}
}

func TestEffortRefuses(t *testing.T) {
	x := []float64{1, 2, 3}
	for name, c := range map[string]struct {
		change func(*Effort)
		want   string
	}{
		"no rows":  {func(d *Effort) { *d = Effort{} }, "found no rows"},
		"ids":      {func(d *Effort) { d.ID[1] = "0" }, "occur more than once"},
		"infinite": {func(d *Effort) { d.Difficulty = []float64{1, math.Inf(1), 2} }, `row 1 (id "1"): found the difficulty +Inf`},
		"short":    {func(d *Effort) { d.Decoded = x[:2] }, "found 2 values of decoded difficulty for 3 rows"},
		"marks":    {func(d *Effort) { d.Censored = []bool{true} }, "1 marks"},
		"rival":    {func(d *Effort) { d.Rivals = []EffortRival{{"length", []float64{1, 2, math.NaN()}}} }, "difficulty by length NaN"},
		"none":     {func(d *Effort) { d.Effort = []float64{math.NaN(), math.NaN(), math.NaN()} }, "no row has an effort"},
	} {
		d := effortOf(x, x, x)
		c.change(&d)
		if _, err := d.Measure(t.Context(), Settings{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: found error %v, want %q", name, err, c.want)
		}
	}
}

// A draw in which the thirds are others: what is weighed twice stands there twice.
func TestEffortReadingOfWeights(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 12).Draw(t, "rows")
		few := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 4).Draw(t, "x")) }), n, n)
		decoded, effort := few.Draw(t, "decoded"), few.Draw(t, "effort")
		right := rapid.SliceOfN(rapid.IntRange(-1, 1), n, n).Draw(t, "right")
		w := make([]float64, n)
		var twice Effort
		twice.Right = []int{}
		for i := range w {
			w[i] = float64(rapid.IntRange(0, 3).Draw(t, "weight"))
			for range int(w[i]) {
				twice.Effort, twice.Decoded, twice.Right = append(twice.Effort, effort[i]), append(twice.Decoded, decoded[i]), append(twice.Right, right[i])
			}
		}
		d := Effort{Effort: effort, Right: right}
		once, many := d.read(EffortRival{Decoded: decoded}), twice.read(EffortRival{Decoded: twice.Decoded})
		got, want := make([]estimate.Value, len(readKeys)), make([]estimate.Value, len(readKeys))
		once.values(w, got)
		many.values(ones(len(twice.Effort)), want)
		for k := range got {
			if got[k].Reason != want[k].Reason || !(math.Abs(got[k].X-want[k].X) < 1e-9) {
				t.Fatalf("%s: %v by weights, %v of the rows themselves", readKeys[k], got[k], want[k])
			}
		}
	})
}

// Rows of a question share what they take. Shuffled one by one they would not, and the
// efforts of other questions would all look alike.
func TestEffortsAreExchangedByGroup(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 8))
	const groups, sets = 12, 60
	rejected := map[bool]int{}
	for range sets {
		d := Effort{}
		for g := range groups {
			read, took := r.NormFloat64(), r.NormFloat64()
			for k := range 4 {
				d.ID, d.Group, d.Unit = append(d.ID, fmt.Sprint(g, k)), append(d.Group, g), append(d.Unit, k/2)
				d.Difficulty, d.Decoded = append(d.Difficulty, float64(g%5)), append(d.Decoded, read+0.1*r.NormFloat64())
				d.Effort = append(d.Effort, took+0.1*r.NormFloat64())
			}
		}
		for _, together := range []bool{true, false} {
			of := d
			if !together {
				of.Group = make([]int, len(d.ID))
				of.Unit = nil
				for i := range of.Group {
					of.Group[i] = i
				}
			}
			lines := []Line{{Key: KeyRankGapEasy, Predictor: "effort"}}
			readings := []effortReading{of.read(EffortRival{"effort", of.Decoded})}
			out := make([]estimate.Value, len(readKeys))
			readings[0].values(ones(len(of.ID)), out)
			lines[0].Estimate.Value = out[3].X
			if err := of.exchange(lines, readings, Settings{Permutations: 39, Seed: r.Uint64()}); err != nil {
				t.Fatal(err)
			}
			if lines[0].Null.P <= 0.05 {
				rejected[together]++
			}
		}
	}
	if rejected[true] > 8 || rejected[false] < 12 {
		t.Errorf("of %d samples with nothing to find %d are rejected by groups, %d row by row", sets, rejected[true], rejected[false])
	}
}

// Units move as one: a row gets the effort of the row at its place in another unit of
// as many rows, whatever the order of rows.
func TestEffortExchangeKeepsUnits(t *testing.T) {
	d := Effort{ID: []string{"a", "b", "c", "d", "e", "f", "g"}, Group: []int{0, 0, 0, 0, 1, 1, 2}, Unit: []int{0, 0, 1, 1, 0, 0, 0}}
	of, err := d.exchanger()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for b := range 50 {
		from := of(1, b)
		seen[fmt.Sprint(from)] = true
		for _, pair := range [][2]int{{0, 1}, {2, 3}, {4, 5}} {
			if from[pair[1]] != from[pair[0]]+1 {
				t.Fatalf("draw %v tears a unit apart", from)
			}
		}
		if from[6] != 6 || from[4] != 4 {
			t.Fatalf("draw %v exchanges groups of other shapes", from)
		}
	}
	if len(seen) != 2 {
		t.Errorf("found %d draws, want that the units of group 0 change places or not", len(seen))
	}
}

// Without efforts that are cut off, no pairs are counted one by one: the shares are those
// of all pairs that can be compared.
func TestEffortOfWholeEfforts(t *testing.T) {
	r := rand.New(rand.NewPCG(4, 4))
	var d Effort
	for i := range 60 {
		x := r.NormFloat64()
		d.ID, d.Group = append(d.ID, fmt.Sprint(i)), append(d.Group, i/3)
		d.Difficulty, d.Decoded = append(d.Difficulty, float64(i%5)), append(d.Decoded, math.Round(x+float64(i%5)))
		d.Effort = append(d.Effort, math.Round(3*x))
	}
	measured := func(d Effort) map[string]estimate.Estimate {
		lines, err := d.Measure(t.Context(), Settings{Bootstrap: estimate.Bootstrap{Draws: 100}})
		if err != nil {
			t.Fatal(err)
		}
		of := map[string]estimate.Estimate{}
		for _, l := range lines {
			of[l.Key] = l.Estimate
		}
		return of
	}
	found := measured(d)
	for b := range 3 {
		w := ones(len(d.Group))
		if b > 0 {
			w = estimate.Bootstrap{Seed: 3}.Weights(d.Group, b)
		}
		spent, read := metric.InOrder(d.Difficulty, d.Effort)(w), metric.InOrder(d.Difficulty, d.Decoded)(w)
		wantSpent, wantRead := d.pairByPair(d.spent(), w), d.pairByPair(d.Decoded, w)
		if got, want := spent.X, wantSpent; math.Abs(got-want) > 1e-12 {
			t.Errorf("draw %d: %v of the efforts in order, want %v", b, got, want)
		}
		if got, want := read.X-spent.X, wantRead-wantSpent; math.Abs(got-want) > 1e-12 || b == 0 && math.Abs(found[KeyConcordLead].Value-want) > 1e-12 {
			t.Errorf("draw %d: lead %v, want %v", b, got, want)
		}
	}
	if e := found[KeyEffortEasyOverAll]; e.Reason != "an effort below 0 has no ratio" {
		t.Errorf("a ratio of efforts below 0: %v", e)
	}
	for i := range d.Effort {
		d.Effort[i] = 7
	}
	for _, key := range []string{KeyRankEffort, KeyConcordEffort, KeyConcordLead, KeyEffortEasy, KeyRankGapEasy, KeyExcessEasy} {
		if e := measured(d)[key]; e.Reason != "the effort is 7 on all 60 rows" {
			t.Errorf("%s of one effort: %v", key, e)
		}
	}
}

// Sets of rows that are added up and taken away count every pair that can be compared, and
// no other, wherever efforts are cut off.
func TestEffortPairsAreThoseThatCanBeCompared(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(1, 24).Draw(t, "rows")
		few := func(name string, most int) []float64 {
			x := make([]float64, n)
			for i, v := range rapid.SliceOfN(rapid.IntRange(0, most), n, n).Draw(t, name) {
				x[i] = float64(v)
			}
			return x
		}
		d := Effort{Difficulty: few("difficulty", 5), Decoded: few("decoded", 9), Effort: few("effort", 9),
			Censored: rapid.SliceOfN(rapid.Bool(), n, n).Draw(t, "cut")}
		w := few("weights", 3)
		for name, x := range map[string][]float64{"decoded": d.Decoded, "spent": d.spent()} {
			got, want := comparablePairs(d.Difficulty, x, d.spent(), d.Censored)(w), d.pairByPair(x, w)
			if math.IsNaN(want) != (got.Reason != "") || math.Abs(got.X-want) > 1e-12 {
				t.Errorf("%s: %v of the pairs in order, one by one %v", name, got, want)
			}
		}
	})
}

// pairByPair is the share of comparable pairs that x has in order, NaN of none.
func (d *Effort) pairByPair(x, w []float64) float64 {
	cut := func(i int) bool { return d.Censored != nil && d.Censored[i] }
	var sum, all float64
	for i, a := range w {
		for j, b := range w {
			less := d.Effort[i] < d.Effort[j] || d.Effort[i] == d.Effort[j] && (!cut(i) || cut(j))
			switch {
			case !(d.Difficulty[i] < d.Difficulty[j]), less && cut(i), !less && cut(j):
				continue
			case x[i] < x[j]:
				sum += a * b
			case x[i] == x[j]:
				sum += a * b / 2
			}
			all += a * b
		}
	}
	return sum / all
}
