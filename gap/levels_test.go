package gap_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
	"tell/gap"
)

func TestLevelsAgainstScikitLearn(t *testing.T) {
	raw, err := os.ReadFile("../testdata/gap/levels.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		K                            int
		Ordered                      bool
		Label, Behaviour, Prediction []int
		Score, Graded                [][]float64
		Values                       map[string]float64
	}
	if err := json.Unmarshal(raw, &cases); err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		d := gap.Levels{Names: namesOf(c.K), Ordered: c.Ordered, Label: c.Label, Behaviour: c.Behaviour, Prediction: c.Prediction, Score: c.Score, Graded: c.Graded}
		r, err := gap.MeasureLevels(d, few)
		if err != nil {
			t.Fatal(err)
		}
		for key, want := range c.Values {
			it, ok := r.Item(key)
			if !ok || !it.Estimate.OK() || !(math.Abs(it.Estimate.Value-want) <= 1e-12) {
				t.Errorf("k = %d: %s: %v, reference %v", c.K, key, it.Estimate, want)
			}
		}
		for _, split := range r.Splits {
			of := 0.0
			for i, y := range c.Label {
				name := d.Names[y]
				if c.Behaviour[i] != gap.Neither && (name == split.Value || c.Ordered && "at least "+name >= split.Value) {
					of++
				}
			}
			if it, _ := split.Item(gap.KeyBaseRate); math.Abs(it.Estimate.Value-of/float64(split.N)) > 1e-12 {
				t.Errorf("k = %d: base rate of %s: %v, want %v of %d rows", c.K, split.Value, it.Estimate, of, split.N)
			}
		}
		// All that are measured have a reference, but tests, bounds and rivals that are not given.
		for _, it := range r.Items {
			if _, ok := c.Values[it.Key]; !ok && it.Estimate.OK() && it.Kind != gap.PValue && it.Key != gap.KeySmallest &&
				!strings.HasSuffix(it.Key, "balanced") && !strings.HasPrefix(it.Key, "net_gap_neither") {
				t.Errorf("k = %d: %s has no reference", c.K, it.Key)
			}
		}
	}
}

func namesOf(k int) []string {
	var names []string
	for y := range k {
		names = append(names, string(rune('a'+y)))
	}
	return names
}

// asLevels writes data of labels 0 and 1 as two levels. Scores are eighths, so that
// those of both levels are exact.
func asLevels(d gap.Data, ordered bool) gap.Levels {
	l := gap.Levels{
		Names: []string{"0", "1"}, Ordered: ordered, Label: d.Label, Behaviour: d.Behaviour, Prediction: d.Prediction,
		Calibrated: d.Calibrated, Text: d.Text, Group: d.Group, Condition: d.Condition, Strata: d.Strata,
	}
	for i, s := range d.Score {
		l.Score = append(l.Score, []float64{1 - s, s})
		var g []float64
		if m := d.Graded[i]; !math.IsNaN(m) {
			g = []float64{1 - m, m}
		}
		l.Graded = append(l.Graded, g)
	}
	return l
}

func someData(t *rapid.T, n int) gap.Data {
	var d gap.Data
	bit := rapid.IntRange(0, 1)
	eighth := rapid.Custom(func(t *rapid.T) float64 { return float64(rapid.IntRange(0, 8).Draw(t, "eighths")) / 8 })
	for i := range n {
		d.Label = append(d.Label, i%2)
		d.Behaviour = append(d.Behaviour, rapid.SampledFrom([]int{0, 1, i % 2, gap.Neither}).Draw(t, "behaviour"))
		d.Prediction = append(d.Prediction, rapid.SampledFrom([]int{0, 1, i % 2}).Draw(t, "prediction"))
		d.Calibrated, d.Text = append(d.Calibrated, bit.Draw(t, "calibrated")), append(d.Text, bit.Draw(t, "text"))
		d.Score = append(d.Score, eighth.Draw(t, "score"))
		m := eighth.Draw(t, "graded")
		if rapid.IntRange(0, 9).Draw(t, "stated") == 0 {
			m = math.NaN()
		}
		d.Graded = append(d.Graded, m)
		d.Group = append(d.Group, i/4)
		d.Condition = append(d.Condition, []string{"doubt", "neutral"}[i/2%2])
	}
	return d
}

// Of two classes, and of two ordered levels, all that the gap of labels 0 and 1
// gives as well is the same, intervals included: on all rows, in conditions, and
// where one level is set against the other.
func TestTwoLevelsAreLabels(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := someData(t, 48)
		want, err := gap.Measure(d, few)
		if err != nil {
			t.Fatal(err)
		}
		ordered := rapid.Bool().Draw(t, "ordered")
		got, err := gap.MeasureLevels(asLevels(d, ordered), few)
		if err != nil {
			t.Fatal(err)
		}
		compared := same(t, "all rows", got.Summary, want.Summary)
		if least := map[bool]int{false: 24, true: 23}[ordered]; compared < least {
			t.Fatalf("compared %d items, expected at least %d", compared, least)
		}
		for k, c := range got.Conditions {
			same(t, "condition "+c.Value, c.Summary, want.Conditions[k].Summary)
		}
		for k, c := range got.Contrasts {
			same(t, "contrast", gap.Summary{Items: c.Items}, gap.Summary{Items: want.Contrasts[k].Items})
		}
		one := got.Splits[len(got.Splits)-1]
		if table := one.Behaviours; min(table[0][0]+table[1][0], table[0][1]+table[1][1]) >= 10 {
			if n := same(t, "split "+one.Value, one.Summary, want.Summary); n < 26 {
				t.Fatalf("split: compared %d items", n)
			}
		}
		if got.Neither.N != want.Neither.N || got.Counts[1][2] != want.Neither.ByLabel[1] {
			t.Fatalf("neither: %+v and %v, want %+v", got.Neither, got.Counts, want.Neither)
		}
		if ordered {
			rate := func(key string) float64 { it, _ := want.Item(key); return it.Estimate.Value }
			gain := rate(gap.KeyHitProbe) - rate(gap.KeyAlarmProbe) - rate(gap.KeyHitBehaviour) + rate(gap.KeyAlarmBehaviour)
			if it, _ := got.Item(gap.KeyRankGap); it.Estimate.OK() && math.Abs(it.Estimate.Value-gain) > 1e-12 {
				t.Fatalf("rank gap %v, want the difference of hit less alarm rates, %v", it.Estimate.Value, gain)
			}
		}
	})
}

// same compares the items that both summaries have.
func same(t *rapid.T, what string, got, want gap.Summary) int {
	n := 0
	for _, g := range got.Items {
		w, ok := want.Item(g.Key)
		if !ok {
			continue
		}
		n++
		a, b := g.Estimate, w.Estimate
		if a.OK() != b.OK() || a.OK() && (a.Value != b.Value || a.N != b.N || a.Groups != b.Groups || !reflect.DeepEqual(a.Interval, b.Interval)) {
			t.Fatalf("%s: %s: found %+v (n %d, %+v), want %+v (n %d, %+v)", what, g.Key, a.Value, a.N, a.Interval, b.Value, b.N, b.Interval)
		}
	}
	return n
}

// A second look at several levels: the gap is what its levels add up to, it does
// not depend on the names of classes, and turning an order round changes signs.
func TestLevelsAddUp(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		k, n := rapid.IntRange(2, 6).Draw(t, "k"), 60
		level := rapid.IntRange(0, k-1)
		d := gap.Levels{Names: namesOf(k), Ordered: rapid.Bool().Draw(t, "ordered")}
		turned := gap.Levels{Names: d.Names, Ordered: d.Ordered}
		for i := range n {
			d.Label = append(d.Label, i%k)
			d.Behaviour = append(d.Behaviour, rapid.SampledFrom([]int{gap.Neither, i % k, level.Draw(t, "behaviour")}).Draw(t, "acts"))
			d.Prediction = append(d.Prediction, rapid.SampledFrom([]int{i % k, level.Draw(t, "prediction")}).Draw(t, "says"))
			p := make([]float64, k)
			p[d.Prediction[i]] = 1
			d.Score = append(d.Score, p)
			d.Group = append(d.Group, i/15)
		}
		round := func(list []int) (out []int) {
			for _, v := range list {
				if v != gap.Neither {
					v = k - 1 - v
				}
				out = append(out, v)
			}
			return out
		}
		turned.Label, turned.Behaviour, turned.Prediction, turned.Group = round(d.Label), round(d.Behaviour), round(d.Prediction), d.Group
		for _, p := range d.Score {
			q := make([]float64, k)
			for c := range p {
				q[k-1-c] = p[c]
			}
			turned.Score = append(turned.Score, q)
		}
		points := gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 1}}
		r, err := gap.MeasureLevels(d, points)
		if err != nil {
			t.Fatal(err)
		}
		other, err := gap.MeasureLevels(turned, points)
		if err != nil {
			t.Fatal(err)
		}
		var kba, rows float64
		for _, l := range r.ByLabel {
			rows += float64(l.N)
			kba += float64(l.Table.OnlyProbe)
			if e := l.KBA(); l.N < 10 && e.OK() {
				t.Fatalf("level %s: found %v on %d rows", l.Value, e, l.N)
			}
		}
		if math.Abs(r.KBA().Value-kba/rows) > 1e-12 {
			t.Fatalf("KBA %v, but its levels add up to %v", r.KBA().Value, kba/rows)
		}
		for _, it := range r.Items {
			want, _ := other.Item(it.Key)
			sign := 1.0
			if it.Kind == gap.Steps {
				sign = -1
			}
			if a, b := it.Estimate, want.Estimate; a.OK() != b.OK() || a.OK() && math.Abs(a.Value-sign*b.Value) > 1e-12 {
				t.Fatalf("%s: %v, turned round %v", it.Key, a, b)
			}
		}
	})
}

func TestLevelsRefused(t *testing.T) {
	good := func() gap.Levels {
		return gap.Levels{
			Names: namesOf(3), Label: []int{0, 1, 2}, Behaviour: []int{0, gap.Neither, 1}, Prediction: []int{0, 1, 1},
			Score: [][]float64{{1, 0, 0}, {0, 1, 0}, {0, 0.5, 0.5}}, Graded: [][]float64{{-1, -2, -3}, nil, {0, -1, -9}},
		}
	}
	if _, err := gap.MeasureLevels(good(), few); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		spoil func(d *gap.Levels)
		want  string
	}{
		{func(d *gap.Levels) { *d = gap.Levels{} }, "no rows"},
		{func(d *gap.Levels) { d.Names = d.Names[:1] }, "found 1 levels"},
		{func(d *gap.Levels) { d.Label[2] = 3 }, "row 2: label is no number of a level"},
		{func(d *gap.Levels) { d.Behaviour[0] = -2 }, "row 0: behaviour is no number of a level"},
		{func(d *gap.Levels) { d.Prediction = d.Prediction[:2] }, "2 predictions"},
		{func(d *gap.Levels) { d.Calibrated = []int{0} }, "row 2: calibrated behaviour"},
		{func(d *gap.Levels) { d.Text = []int{0, 1} }, "row 2: text-only prediction"},
		{func(d *gap.Levels) { d.Score[1] = []float64{1} }, "row 1: scores: found [1], want 3 probabilities"},
		{func(d *gap.Levels) { d.Score[1][0] = math.NaN() }, "row 1: scores"},
		{func(d *gap.Levels) { d.Graded[0] = []float64{0, 0, 0} }, "row 0: graded behaviour is [0 0 0]"},
		{func(d *gap.Levels) { d.Graded[0][0] = math.Inf(-1) }, "row 0: graded behaviour"},
		{func(d *gap.Levels) { d.Graded = d.Graded[:2] }, "2 graded behaviours for 3 labels"},
		{func(d *gap.Levels) { d.Group = []int{1} }, "1 groups for 3 labels"},
		{func(d *gap.Levels) { d.Condition = []string{"a"} }, "1 conditions for 3 labels"},
	} {
		d := good()
		c.spoil(&d)
		if _, err := gap.MeasureLevels(d, few); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("found error %v, want %q", err, c.want)
		}
	}
}

// Three options of which the model names the one that the user names. It leans,
// but the probe reads all three.
func ExampleMeasureLevels() {
	d := gap.Levels{Names: []string{"bus", "car", "train"}}
	for i := range 120 {
		y := i % 3
		acts := y
		if i%4 < 2 {
			acts = 1
		}
		p := []float64{0.1, 0.1, 0.1}
		p[y] = 0.8
		d.Label, d.Behaviour, d.Prediction = append(d.Label, y), append(d.Behaviour, acts), append(d.Prediction, y)
		d.Score, d.Group = append(d.Score, p), append(d.Group, i/4)
	}
	r, err := gap.MeasureLevels(d, few)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range r.ByLabel {
		fmt.Printf("%s: %.2f\n", l.Value, l.KBA().Value)
	}
	// Output:
	// bus: 0.50
	// car: 0.00
	// train: 0.50
}
