package gap_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
	"tell/gap"
)

// few keeps tests quick that do not look at intervals.
var few = gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 20}}

func ExampleMeasure() {
	// Twenty questions of five rows each. The model goes along with a wrong user
	// (label 1) three times in five; the probe errs once in ten.
	var d gap.Data
	for i := range 100 {
		label, behaviour, prediction := i%2, 0, i%2
		if label == 1 && i%5 < 2 {
			behaviour = 1
		}
		if i%10 == 4 {
			prediction = 1 - label
		}
		d.Label = append(d.Label, label)
		d.Behaviour = append(d.Behaviour, behaviour)
		d.Prediction = append(d.Prediction, prediction)
		d.Score = append(d.Score, 0.1+0.8*float64(prediction)+0.001*float64(i%7))
		d.Calibrated = append(d.Calibrated, behaviour)
		d.Text = append(d.Text, i/2%2)
		d.Group = append(d.Group, i/5)
	}
	r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Seed: 1}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("knows but does not act:", r.Table.OnlyProbe, "rows")
	fmt.Println("net gap:", r.Net().Signed())
	fmt.Println("hidden beyond text:", r.Headline().Signed())
	fmt.Println("behaviour-matched AUROC:", r.MatchedAUROC())
	for _, note := range r.Headline().Warnings {
		fmt.Println("note:", note)
	}
	// Output:
	// knows but does not act: 30 rows
	// net gap: +0.20 [+0.10, +0.30]
	// hidden beyond text: +0.20 [+0.10, +0.30]
	// behaviour-matched AUROC: 0.91 [0.85, 0.96]
	// note: calibration changes the behaviour on no row, and the text-only predictor is no more accurate, so the hidden-beyond-text gap equals the net gap
}

func TestAgainstScikitLearn(t *testing.T) {
	ref := readReference(t)
	r, err := gap.Measure(ref.data(), few)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range ref.Values {
		it, ok := r.Item(key)
		if !ok || !it.Estimate.OK() || math.Abs(it.Estimate.Value-want) > 1e-12 {
			t.Errorf("%s: %v, reference %v", key, it.Estimate, want)
		}
	}
	if len(ref.Values) != len(r.Items)-2 { // all but the sign-flip p-value and the root, which is not there
		t.Errorf("%d reference values for %d items", len(ref.Values), len(r.Items))
	}
	none := r.Neither
	if none.N != ref.Neither.N || none.ByLabel != ref.Neither.ByLabel || math.Abs(none.ProbeAccuracy.Value-ref.Neither.Accuracy) > 1e-12 {
		t.Errorf("rows without a behaviour: %+v, reference %+v", none, ref.Neither)
	}
}

// A table small enough to count by hand.
func TestClosedForms(t *testing.T) {
	// label behaviour prediction: how many rows
	d := rowsOf([]counted{
		{0, 0, 0, 10}, {0, 0, 1, 2}, {0, 1, 0, 3}, {0, 1, 1, 1},
		{1, 0, 0, 4}, {1, 0, 1, 12}, {1, 1, 0, 2}, {1, 1, 1, 6},
	})
	r, err := gap.Measure(d, few)
	if err != nil {
		t.Fatal(err)
	}
	if want := (gap.Table{BothRight: 16, OnlyProbe: 15, OnlyBehaviour: 4, BothWrong: 5}); r.Table != want {
		t.Errorf("table %+v, want %+v", r.Table, want)
	}
	if want := [2][2]int{{12, 16}, {4, 8}}; r.Behaviours != want {
		t.Errorf("rows by behaviour and label %v, want %v", r.Behaviours, want)
	}
	aurocAt0 := (12*10 + 12*2/2. + 4*10/2.) / (16 * 12.) // the score is the prediction: ties count half
	aurocAt1 := (6*3 + 6*1/2. + 2*3/2.) / (8 * 4.)
	w0, w1 := 16*12/28., 8*4/12.
	for key, want := range map[string]float64{
		gap.KeyKBA:                  15 / 40.,
		gap.KeyABK:                  4 / 40.,
		gap.KeyNet:                  11 / 40.,
		gap.KeyNetBalanced:          ((13-12)/16. + (18-8)/24.) / 2,
		gap.KeyHitRate:              15 / 20.,
		gap.KeyHitRate + "_b0":      12 / 16.,
		gap.KeyHitRate + "_b1":      3 / 4.,
		gap.KeyFalseAlarm + "_b0":   2 / 12.,
		gap.KeyFalseAlarm + "_b1":   2 / 8.,
		gap.KeyFalseAlarm:           (16*(2/12.) + 4*(2/8.)) / 20,
		gap.KeyMatchedAUROC + "_b0": aurocAt0,
		gap.KeyMatchedAUROC + "_b1": aurocAt1,
		gap.KeyMatchedAUROC:         (w0*aurocAt0 + w1*aurocAt1) / (w0 + w1),
		gap.KeyMcNemar:              2 * (1 + 19 + 19*18/2. + 19*18*17/6. + 19*18*17*16/24.) / (1 << 19),
		// Each row is its own group: 15 rows of 1, 4 of -1 and 21 of 0.
		gap.KeySmallest:                 (1.959963984540054 + 0.8416212335729143) * math.Sqrt((19-11*11/40.)/39/40),
		gap.KeyCalibratedMinusBehaviour: 0,
		gap.KeyAgainst:                  15 / 31.,
		gap.KeyAgainst + "_y0":          3 / 13.,
		gap.KeyAgainst + "_y1":          12 / 18.,
	} {
		it, _ := r.Item(key)
		if !it.Estimate.OK() || math.Abs(it.Estimate.Value-want) > 1e-12 {
			t.Errorf("%s = %v, want %v", key, it.Estimate, want)
		}
	}
	for key, want := range map[string]int{
		gap.KeyKBA: 40, gap.KeyHitRate: 20, gap.KeyHitRate + "_b1": 4, gap.KeyFalseAlarm: 20,
		gap.KeyHitExcess: 40, gap.KeyMatchedAUROC: 40, gap.KeyMatchedAUROC + "_b1": 12, gap.KeyMcNemar: 19,
		gap.KeyAgainst: 31, gap.KeyAgainst + "_y1": 18,
	} {
		if it, _ := r.Item(key); it.Estimate.N != want {
			t.Errorf("%s is said to rest on %d rows, want %d", key, it.Estimate.N, want)
		}
	}
}

func TestNotEstimable(t *testing.T) {
	for _, test := range []struct {
		name string
		rows []counted
		want map[string]string
	}{
		{"one label", []counted{{1, 0, 1, 4}, {1, 1, 1, 3}}, map[string]string{
			gap.KeyNetBalanced:          "every row has label 1",
			gap.KeyHitRate + "_b1":      "no row has behaviour 1 and label 0",
			gap.KeyFalseAlarm:           "no row has behaviour 0 and label 0",
			gap.KeyMatchedAUROC:         "no behaviour has rows of both labels",
			gap.KeyMatchedAUROC + "_b0": "every row of behaviour 0 has label 1",
			gap.KeyAgainst + "_y0":      "the probe is right on no row of label 0",
			gap.KeyDPrimeDifference:     "every row has label 1",
			gap.KeyFromCriterion:        "every row has label 1",
			gap.KeyBaseRateRoot:         "every row has label 1",
			gap.KeyAUROCProbe:           "every row has label 1",
			gap.KeyPredictsAct + "_y0":  "every row has label 1",
		}},
		{"one behaviour", []counted{{0, 0, 0, 4}, {1, 0, 1, 3}}, map[string]string{
			gap.KeyMatchedAUROC + "_b1": "no row has behaviour 1",
			gap.KeyFalseAlarm + "_b1":   "no row has behaviour 1 and label 1",
			gap.KeyHitExcess + "_b1":    "no row has behaviour 1 and label 0",
			gap.KeyPredictsAct + "_y1":  "every row of label 1 has behaviour 0",
			gap.KeyBaseRateRoot:         "the probe is at least as accurate as the behaviour at every base rate",
		}},
		{"behaviour always right", []counted{{0, 0, 0, 4}, {1, 1, 1, 3}}, map[string]string{
			gap.KeyHitRate:    "the behaviour is never wrong",
			gap.KeyFalseAlarm: "the behaviour is never wrong",
			gap.KeyHitExcess:  "the behaviour is never wrong",
			gap.KeyMcNemar:    "probe and behaviour are right on the same rows",
			gap.KeySignFlip:   "probe and behaviour are right on as many rows in every group",
			gap.KeySmallest:   "the standard error over groups is 0: the net gap is the same in all of them",
		}},
		{"no behaviour", []counted{{0, gap.Neither, 0, 4}, {1, gap.Neither, 1, 3}}, map[string]string{
			gap.KeyNet:          "no row has behaviour 0 or 1",
			gap.KeyMcNemar:      "no row has behaviour 0 or 1",
			gap.KeyMatchedAUROC: "no row has behaviour 0 or 1",
			gap.KeyNeitherWrong: "no row has behaviour 0 or 1",
			gap.KeyBaseRate:     "no row has behaviour 0 or 1",
		}},
	} {
		r, err := gap.Measure(rowsOf(test.rows), few)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		for key, want := range test.want {
			if it, _ := r.Item(key); it.Estimate.Reason != want || !math.IsNaN(it.Estimate.Value) {
				t.Errorf("%s: %s: %v, want reason %q", test.name, key, it.Estimate, want)
			}
		}
	}
}

func TestWhatIsNotGiven(t *testing.T) {
	d := rowsOf([]counted{{0, 0, 0, 4}, {1, 0, 1, 3}, {1, 1, 0, 2}})
	d.Calibrated, d.Text, d.Group = nil, nil, nil
	r, err := gap.Measure(d, few)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{
		gap.KeyAccuracyText:         "no text-only prediction is given",
		gap.KeyProbeMinusText:       "no text-only prediction is given",
		gap.KeyProbeMinusCalibrated: "no calibrated behaviour is given",
		gap.KeyBeyondText:           "no calibrated behaviour is given",
		gap.KeyAUROCBehaviour:       "no graded behaviour is given",
		gap.KeyAUROCDifference:      "no graded behaviour is given",
		gap.KeyAgainstDifference:    "it is not given on which rows the model is known to know",
	} {
		if it, _ := r.Item(key); it.Estimate.Reason != want {
			t.Errorf("%s: %v, want reason %q", key, it.Estimate, want)
		}
	}
	all := strings.Join(notes(r.Warnings), "\n")
	for _, want := range []string{"no groups", "no calibrated", "no text-only"} {
		if !strings.Contains(all, want) {
			t.Errorf("warnings %q lack %q", all, want)
		}
	}
}

// A note stands at the number that it is about, and only where it holds.
func TestNotes(t *testing.T) {
	alone := rowsOf([]counted{{0, 0, 0, 4}, {1, 0, 1, 3}, {1, 1, 0, 2}})
	grouped := alone
	grouped.Group = []int{0, 0, 0, 1, 1, 1, 2, 2, 2}
	recalibrated := alone
	recalibrated.Calibrated = slices.Clone(alone.Calibrated)
	recalibrated.Calibrated[0] = 1
	betterText := alone
	betterText.Text = alone.Label
	for name, test := range map[string]struct {
		d    gap.Data
		key  string
		want string
	}{
		"rows that stand alone":    {alone, gap.KeyMcNemar, ""},
		"dependent rows":           {grouped, gap.KeyMcNemar, "treats rows as independent, but 9 rows are in 3 groups"},
		"nothing to calibrate":     {alone, gap.KeyBeyondText, "equals the net gap"},
		"calibration changes rows": {recalibrated, gap.KeyBeyondText, ""},
		"the text is better":       {betterText, gap.KeyBeyondText, ""},
	} {
		r, err := gap.Measure(test.d, few)
		if err != nil {
			t.Fatal(err)
		}
		it, _ := r.Item(test.key)
		notes := strings.Join(it.Estimate.Notes(), "\n")
		if strings.Contains(notes, "independent") != strings.Contains(test.want, "independent") ||
			strings.Contains(notes, "another name") != strings.Contains(test.want, "another name") || !strings.Contains(notes, test.want) {
			t.Errorf("%s: %s is noted to be %q, want %q", name, test.key, notes, test.want)
		}
		if len(r.Warnings) > 0 {
			t.Errorf("%s: warnings %q, want the note at the number alone", name, r.Warnings)
		}
	}
}

func TestSettingsThatAreWrong(t *testing.T) {
	d := rowsOf([]counted{{0, 0, 0, 2}, {1, 1, 1, 2}})
	_, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Level: 95}})
	if want := "gap: bootstrap: found level 95, expected one between 0 and 1, such as 0.95"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %q", err, want)
	}
}

func TestErrorsNameTheRow(t *testing.T) {
	for want, spoil := range map[string]func(*gap.Data){
		"gap: no rows":                                            func(d *gap.Data) { *d = gap.Data{} },
		"gap: 3 behaviours for 4 labels":                          func(d *gap.Data) { d.Behaviour = d.Behaviour[:3] },
		"gap: 0 scores for 4 labels":                              func(d *gap.Data) { d.Score = nil },
		"gap: 1 groups for 4 labels":                              func(d *gap.Data) { d.Group = d.Group[:1] },
		`gap: 2 values of stratum "size" for 4 labels`:            func(d *gap.Data) { d.Strata = []gap.Stratum{{Name: "size", Value: []string{"a", "b"}}} },
		"gap: row 2: label is 2, want 0 or 1":                     func(d *gap.Data) { d.Label[2] = 2 },
		"gap: row 0: behaviour is 7, want 0, 1 or -1 for neither": func(d *gap.Data) { d.Behaviour[0] = 7 },
		"gap: row 3: prediction is -1, want 0 or 1":               func(d *gap.Data) { d.Prediction[3] = -1 },
		"gap: row 1: score is NaN, want a finite number":          func(d *gap.Data) { d.Score[1] = math.NaN() },
		"gap: 1 graded behaviours for 4 labels":                   func(d *gap.Data) { d.Graded = d.Graded[:1] },
		"gap: 2 values of knows for 4 labels":                     func(d *gap.Data) { d.Knows = d.Knows[:2] },
		"gap: row 2: graded behaviour is -Inf, want a finite number, or NaN where it is not stated": func(d *gap.Data) { d.Graded[2] = math.Inf(-1) },
		"gap: row 3: knows is 2, want 0, 1 or -1 where it is not stated":                            func(d *gap.Data) { d.Knows[3] = 2 },
		"gap: row 1: text-only prediction is 9, want 0 or 1":                                        func(d *gap.Data) { d.Text[1] = 9 },
		"gap: row 1: calibrated behaviour is 9, want 0 or 1":                                        func(d *gap.Data) { d.Calibrated[1] = 9 },
	} {
		d := rowsOf([]counted{{0, 0, 0, 2}, {1, 1, 1, 2}})
		d.Graded, d.Knows = make([]float64, 4), make([]int, 4)
		spoil(&d)
		if _, err := gap.Measure(d, few); err == nil || err.Error() != want {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

func TestSlices(t *testing.T) {
	ref := readReference(t)
	d := ref.data()
	for i := range d.Label {
		d.Condition = append(d.Condition, []string{"pressure 2", "pressure 10", "pressure 2"}[i%3])
	}
	d.Strata = []gap.Stratum{{Name: "size", Value: slices.Clone(d.Condition)}}
	r, err := gap.Measure(d, few)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Conditions) != 2 || r.Conditions[0].Value != "pressure 2" || r.Conditions[1].Value != "pressure 10" {
		t.Fatalf("conditions %+v, want pressure 2 and pressure 10 in the order of names", r.Conditions)
	}
	if toJSON(r.Strata[0].Slices) != toJSON(r.Conditions) || r.Strata[0].Name != "size" {
		t.Error("a stratum with the values of the condition differs from it")
	}
	var neutral gap.Data
	for i := range d.Label {
		if d.Condition[i] == "pressure 10" {
			neutral.Label = append(neutral.Label, d.Label[i])
			neutral.Behaviour = append(neutral.Behaviour, d.Behaviour[i])
			neutral.Prediction = append(neutral.Prediction, d.Prediction[i])
			neutral.Score = append(neutral.Score, d.Score[i])
			neutral.Calibrated = append(neutral.Calibrated, d.Calibrated[i])
			neutral.Graded = append(neutral.Graded, d.Graded[i])
			neutral.Knows = append(neutral.Knows, d.Knows[i])
			neutral.Text = append(neutral.Text, d.Text[i])
			neutral.Group = append(neutral.Group, d.Group[i])
		}
	}
	alone, err := gap.Measure(neutral, few)
	if err != nil {
		t.Fatal(err)
	}
	slice := r.Conditions[1]
	for _, it := range slice.Items {
		if want, _ := alone.Item(it.Key); toJSON(want) != toJSON(it) {
			t.Errorf("%s in the slice %v, of its rows alone %v", it.Key, it.Estimate, want.Estimate)
		}
	}
	if slice.Table != alone.Table || toJSON(slice.Neither) != toJSON(alone.Neither) {
		t.Error("the slice's table differs from that of its rows alone")
	}
}

// With rows that stand alone, flipping signs of groups is McNemar's test.
func TestSignFlipOfSingleRowsIsMcNemar(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawData(t)
		d.Group = nil
		r, err := gap.Measure(d, few)
		if err != nil {
			t.Fatal(err)
		}
		a, _ := r.Item(gap.KeyMcNemar)
		b, _ := r.Item(gap.KeySignFlip)
		if a.Estimate.OK() != b.Estimate.OK() || math.Abs(a.Estimate.Value-b.Estimate.Value) > 1e-12 {
			t.Fatalf("McNemar %v, sign-flip %v", a.Estimate, b.Estimate)
		}
	})
}

func TestIdentities(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawData(t)
		r, err := gap.Measure(d, few)
		if err != nil {
			t.Fatal(err)
		}
		value := func(key string) float64 {
			it, ok := r.Item(key)
			if !ok {
				t.Fatalf("no item %s", key)
			}
			return it.Estimate.Value
		}
		near := func(what string, a, b float64) {
			if math.Abs(a-b) > 1e-12 {
				t.Fatalf("%s: %v and %v", what, a, b)
			}
		}
		near("net gap is the difference of accuracies", value(gap.KeyNet), value(gap.KeyAccuracyProbe)-value(gap.KeyAccuracyBehaviour))
		near("steps add up", value(gap.KeyNet), value(gap.KeyCalibratedMinusBehaviour)+value(gap.KeyProbeMinusCalibrated))
		near("headline is the lesser step", value(gap.KeyBeyondText), min(value(gap.KeyProbeMinusCalibrated), value(gap.KeyProbeMinusText)))
		tab := r.Table
		near("table holds all rows", float64(tab.BothRight+tab.BothWrong+tab.Discordant()), float64(r.N))
		near("an even base rate balances the labels", value(gap.KeyNetAt50), value(gap.KeyNetBalanced))
		near("bounds are as far apart as rows are neither", value(gap.KeyNeitherWrong)-value(gap.KeyNeitherRight), float64(r.Neither.N)/float64(len(d.Label)))
		if net, ok := r.NetAt(value(gap.KeyBaseRate)); ok {
			near("net gap at the base rate of the rows", net, value(gap.KeyNet))
		}
		near("no row is lost", float64(r.N+r.Neither.N), float64(len(d.Label)))
	})
}

func TestWorkersDoNotChangeTheResult(t *testing.T) {
	d := readReference(t).data()
	var first string
	for _, workers := range []int{1, 2, 7} {
		r, err := gap.Measure(d, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Workers: workers}})
		if err != nil {
			t.Fatal(err)
		}
		if first == "" {
			first = toJSON(r)
		}
		if toJSON(r) != first {
			t.Errorf("%d workers give another result than one", workers)
		}
	}
}

func TestItemsExplainThemselves(t *testing.T) {
	r, err := gap.Measure(rowsOf([]counted{{0, 0, 0, 2}, {1, 1, 1, 2}}), few)
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[string]bool)
	for _, it := range r.Items {
		if it.Key == "" || it.Title == "" || it.Definition == "" || it.Kind == "" || seen[it.Key] || seen[it.Title] {
			t.Errorf("item %+v lacks a part or repeats another", it)
		}
		seen[it.Key], seen[it.Title] = true, true
	}
}

func TestResultRoundTripsThroughJSON(t *testing.T) {
	d := readReference(t).data()
	d.Condition = make([]string, len(d.Label))
	r, err := gap.Measure(d, few)
	if err != nil {
		t.Fatal(err)
	}
	var back gap.Result
	if err := json.Unmarshal([]byte(toJSON(r)), &back); err != nil {
		t.Fatal(err)
	}
	if toJSON(back) != toJSON(r) {
		t.Error("a result changes on its way through JSON")
	}
}

func TestItemString(t *testing.T) {
	for _, test := range []struct {
		kind  gap.Kind
		value float64
		want  string
	}{
		{gap.Share, 0.25, "0.250"}, {gap.Difference, 0.25, "+0.250"}, {gap.AUROC, 0.5, "0.500"},
		{gap.PValue, 1.234e-7, "p = 1.2e-07"}, {gap.PValue, 0.0341, "p = 0.034"}, {gap.PValue, 1, "p = 1"},
	} {
		it := gap.Item{Kind: test.kind, Estimate: estimate.Estimate{Value: test.value}}
		if got := it.String(); got != test.want {
			t.Errorf("%s %v is printed %q, want %q", test.kind, test.value, got, test.want)
		}
	}
	it := gap.Item{Kind: gap.PValue, Estimate: estimate.Estimate{Value: math.NaN(), Reason: "no rows"}}
	if got := it.String(); got != "not estimable: no rows" {
		t.Errorf("a p-value that is not estimable is printed %q", got)
	}
}

// counted is a kind of row and how many there are of it.
type counted struct{ label, behaviour, prediction, n int }

// rowsOf lays the rows out, each its own group, with the prediction as the
// score, the behaviour as its own calibration and a text-only 0.
func rowsOf(kinds []counted) gap.Data {
	var d gap.Data
	for _, k := range kinds {
		for range k.n {
			d.Group = append(d.Group, len(d.Label))
			d.Label = append(d.Label, k.label)
			d.Behaviour = append(d.Behaviour, k.behaviour)
			d.Prediction = append(d.Prediction, k.prediction)
			d.Score = append(d.Score, float64(k.prediction))
			d.Calibrated = append(d.Calibrated, max(k.behaviour, 0))
			d.Text = append(d.Text, 0)
		}
	}
	return d
}

// drawData has at least one row with a behaviour.
func drawData(t *rapid.T) gap.Data {
	n := rapid.IntRange(1, 40).Draw(t, "rows")
	column := func(name string, low int) []int {
		return rapid.SliceOfN(rapid.IntRange(low, 1), n, n).Draw(t, name)
	}
	d := gap.Data{
		Label: column("label", 0), Behaviour: column("behaviour", -1), Prediction: column("prediction", 0),
		Calibrated: column("calibrated", 0), Text: column("text", 0),
		Score:  rapid.SliceOfN(rapid.Float64Range(-3, 3), n, n).Draw(t, "score"),
		Graded: rapid.SliceOfN(rapid.OneOf(rapid.Float64Range(-3, 3), rapid.Just(math.NaN())), n, n).Draw(t, "graded"),
		Knows:  column("knows", -1),
		Group:  rapid.SliceOfN(rapid.IntRange(0, 12), n, n).Draw(t, "group"),
	}
	d.Behaviour[0] = max(d.Behaviour[0], 0)
	return d
}

func relabel(x []int) []int {
	out := slices.Clone(x)
	for i := range out {
		if out[i] != gap.Neither {
			out[i] = 1 - out[i]
		}
	}
	return out
}

type reference struct {
	Rows struct {
		Group, Y, B, P, C, T, K []int
		S                       []float64
		M                       []*float64
	}
	Values  map[string]float64
	Neither struct {
		N        int
		ByLabel  [2]int `json:"by_label"`
		Accuracy float64
	}
	Observers []struct {
		ProbeD      float64 `json:"d_p"`
		ProbeC      float64 `json:"c_p"`
		BehaviourD  float64 `json:"d_b"`
		BehaviourC  float64 `json:"c_b"`
		Pi          float64
		HitP        float64 `json:"hit_p"`
		AlarmP      float64 `json:"alarm_p"`
		HitB        float64 `json:"hit_b"`
		AlarmB      float64 `json:"alarm_b"`
		Net         float64
		Sensitivity float64
		Criterion   float64
		Root        *float64
	}
}

func (r *reference) data() gap.Data {
	d := gap.Data{
		Label: r.Rows.Y, Behaviour: r.Rows.B, Prediction: r.Rows.P, Score: r.Rows.S,
		Calibrated: r.Rows.C, Text: r.Rows.T, Group: r.Rows.Group, Knows: r.Rows.K,
	}
	for _, m := range r.Rows.M {
		if m == nil {
			d.Graded = append(d.Graded, math.NaN())
		} else {
			d.Graded = append(d.Graded, *m)
		}
	}
	return d
}

func readReference(t *testing.T) *reference {
	t.Helper()
	data, err := os.ReadFile("../testdata/gap/reference.json")
	if err != nil {
		t.Fatal(err)
	}
	var r reference
	if err := json.Unmarshal(data, &r); err != nil {
		t.Fatal(err)
	}
	return &r
}

func toJSON(x any) string {
	data, err := json.Marshal(x)
	if err != nil {
		panic(err)
	}
	return string(data)
}

func notes(warnings []estimate.Warning) []string {
	var texts []string
	for _, w := range warnings {
		texts = append(texts, w.Text)
	}
	return texts
}

// On rows of one label a constant probe is right everywhere.
func TestOneLabelWarns(t *testing.T) {
	for _, label := range [][]int{{1, 1, 1, 1}, {0, 0, 0, 0}, {0, 1, 1, 1}} {
		r, err := gap.Measure(gap.Data{Label: label, Behaviour: []int{0, 1, 0, 1}, Prediction: label, Score: []float64{.1, .9, .2, .8}}, few)
		if err != nil {
			t.Fatal(err)
		}
		warned := slices.ContainsFunc(r.Warnings, func(w estimate.Warning) bool { return w.Code == gap.OneLabelOnly })
		if want := label[0] == label[1]; warned != want {
			t.Errorf("labels %v: found warnings %v", label, r.Warnings)
		}
	}
}
