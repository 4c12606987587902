package estimate_test

import (
	"encoding/json"
	"fmt"
	"math"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/estimate"
)

func ExampleEstimate() {
	e := estimate.Estimate{Value: 0.284, Interval: &estimate.Interval{Low: 0.213, High: 0.352, Level: 0.95}, N: 576}
	fmt.Println(e)
	fmt.Println(e.Signed())
	fmt.Println(estimate.NotEstimable(12, 2, "every row has label 1"))
	// Output:
	// 0.284 [0.213, 0.352]
	// +0.284 [+0.213, +0.352]
	// not estimable: every row has label 1
}

func TestJSON(t *testing.T) {
	tests := []struct {
		estimate estimate.Estimate
		want     string
	}{
		{
			estimate.Estimate{Value: 0.25, Interval: &estimate.Interval{Low: 0, High: 0.5, Level: 0.95}, N: 576, Groups: 96, Method: "m"},
			`{"value":0.25,"low":0,"high":0.5,"level":0.95,"n":576,"groups":96,"method":"m"}`,
		},
		{
			estimate.Estimate{Value: 0, N: 3, Warnings: []estimate.Warning{{Code: "few-groups", Text: "few"}}},
			`{"value":0,"n":3,"warnings":[{"code":"few-groups","text":"few"}]}`,
		},
		{
			estimate.NotEstimable(0, 0, "no rows"),
			`{"not_estimable":"no rows","n":0}`,
		},
	}
	for _, test := range tests {
		got, err := json.Marshal(test.estimate)
		if err != nil || string(got) != test.want {
			t.Errorf("got %s, %v, want %s", got, err, test.want)
		}
	}
}

func TestJSONRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		number := rapid.Float64Range(-1e6, 1e6)
		e := estimate.Estimate{
			Value: number.Draw(t, "value"), N: rapid.IntRange(0, 1000).Draw(t, "n"), Groups: rapid.IntRange(0, 9).Draw(t, "groups"),
			Method: rapid.String().Draw(t, "method"), Warnings: rapid.SampledFrom([][]estimate.Warning{nil, {{Code: "a", Text: "b"}, {Code: "c"}}}).Draw(t, "warnings"),
		}
		if rapid.Bool().Draw(t, "interval") {
			e.Interval = &estimate.Interval{Low: number.Draw(t, "low"), High: number.Draw(t, "high"), Level: 0.9, LowError: rapid.Float64Range(0, 1).Draw(t, "low error")}
		}
		if rapid.Bool().Draw(t, "missing") {
			e.Value, e.Interval, e.Reason = math.NaN(), nil, "because"
		}
		data, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		var back estimate.Estimate
		if err := json.Unmarshal(data, &back); err != nil {
			t.Fatal(err)
		}
		if back.OK() != e.OK() || math.IsNaN(back.Value) != math.IsNaN(e.Value) {
			t.Fatalf("%s came back as %+v", data, back)
		}
		if !e.OK() {
			e.Value, back.Value = 0, 0
		}
		if !reflect.DeepEqual(back, e) {
			t.Fatalf("%+v came back as %+v", e, back)
		}
	})
}

func TestJSONRefuses(t *testing.T) {
	for data, want := range map[string]string{
		`{"n":3}`:                               "neither",
		`{"value":1,"not_estimable":"x","n":3}`: "both",
		`{"value":1,"low":0,"n":3}`:             "go together, found 1",
		`{"value":"1"}`:                         "cannot unmarshal",
	} {
		var e estimate.Estimate
		if err := json.Unmarshal([]byte(data), &e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want one that says %q", data, err, want)
		}
	}
	if data, err := json.Marshal(estimate.Estimate{Value: math.NaN()}); err == nil {
		t.Errorf("NaN without a reason is written as %s", data)
	}
}

func TestExcludes(t *testing.T) {
	e := estimate.Estimate{Value: 0.3, Interval: &estimate.Interval{Low: 0.1, High: 0.5}}
	if e.Excludes(0.1) || e.Excludes(0.3) || !e.Excludes(0) || !e.Excludes(0.6) {
		t.Error("an interval excludes what lies outside it")
	}
	if (estimate.Estimate{Value: 0.3}).Excludes(0) {
		t.Error("without an interval nothing is excluded")
	}
}

// Ends move by Student's interval of the other error: at one degree 12.7 of its standard
// deviations, each end by itself, and within what the number can be.
func TestWiden(t *testing.T) {
	of := func() estimate.Estimate {
		return estimate.Estimate{Value: 0.6, Groups: 40, Method: "bootstrap", Interval: &estimate.Interval{Low: 0.2, High: 0.9, Level: 0.95, LowError: 0.01, HighError: 0.02}}
	}
	for _, c := range []struct{ level, variance, degrees, reach float64 }{{0.95, 0.0001, 1, 0.127062}, {0.95, 0.01, 4, 0.277645}, {0.9, 0.01, 4, 0.213185}, {0.95, 0, 4, 0}, {0.95, math.NaN(), 4, 0}} {
		e := of()
		e.Interval.Level = c.level
		e.Widen(c.variance, c.degrees, -1, 2)
		down, up := math.Hypot(0.4, c.reach), math.Hypot(0.3, c.reach)
		want := estimate.Interval{Low: 0.6 - down, High: 0.6 + up, LowError: 0.01 * 0.4 / down, HighError: 0.02 * 0.3 / up}
		for _, d := range []float64{e.Interval.Low - want.Low, e.Interval.High - want.High, e.Interval.LowError - want.LowError, e.Interval.HighError - want.HighError} {
			if !(math.Abs(d) <= 1e-6) {
				t.Errorf("%+v: found %+v, want %+v", c, *e.Interval, want)
				break
			}
		}
	}
	e := of()
	before := *e.Interval
	twin := e
	if e.Widen(1, 4, 0, 1); *twin.Interval != before || e.Method != "bootstrap, widened by a Student interval of 4 df" {
		t.Errorf("found %v of a copy, and the method %q", twin, e.Method)
	}
	if e.Interval.Low != 0 || e.Interval.High != 1 || e.Value != 0.6 {
		t.Errorf("found %v, want all of 0 to 1", e)
	}
	e.Interval = nil
	if e.Widen(1, 4, 0, 1); e.Interval != nil {
		t.Errorf("found %v, want no interval", e)
	}
}
