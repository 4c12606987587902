package report

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"tell/compare"
	"tell/estimate"
	"tell/gap"
	"tell/result"
	"tell/target"
)

// difficulty is a result about a number, with a rival and an effort.
func difficulty(rival, lead estimate.Estimate) *result.Result {
	within := func(v, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: v, N: 96, Groups: 96, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	row := func(b result.Block, predictor, key, unit string, e estimate.Estimate) result.Row {
		return result.Row{Block: b, Layer: result.None, Position: result.None, Predictor: predictor, Key: key, Unit: unit, Estimate: e}
	}
	censored := within(0.36, 0.16, 0.53)
	const cut = "on 27 of 96 rows the effort was cut off and counts as what it was cut off at"
	censored.Warn(compare.Censored, cut)
	easy := within(31, 20, 40)
	easy.N = 20
	easy.Warn(compare.Censored, cut)
	excess := row(result.Effort, "effort", compare.KeyExcessEasy, compare.Efforts, within(24.6, 15.4, 34.9))
	excess.Null = &result.Null{Mean: 26, P: 0.48}
	at := row(result.Curve, result.Probe, "spearman", "correlation", within(0.98, 0.97, 0.99))
	at.Layer, at.Position = 5, 0
	return &result.Result{
		Schema: result.Schema, Name: "difficulty",
		Data:       result.Data{Used: 96, Groups: 96, Group: "item", Target: "difficulty", Kind: target.KindNumber, Right: "correct", Layers: 6, Positions: 1, Width: 896},
		Protocol:   result.Protocol{Level: 0.95, Permutations: 200},
		Sites:      []result.Site{{Layer: 5}},
		Predictors: []result.Predictor{{Name: result.Majority}, {Name: result.Nuisance}},
		Table: result.Table{
			at,
			row(result.Nested, result.Probe, "spearman", "correlation", within(0.98, 0.97, 0.99)),
			row(result.Baseline, result.Majority, "spearman", "correlation", within(0.999, 0.99, 1)),
			row(result.Baseline, result.Nuisance, "spearman", "correlation", rival),
			row(result.Baseline, result.Nuisance, "spearman"+result.Difference, "correlation", lead),
			row(result.Effort, result.Probe, compare.KeyRankDecoded, compare.Correlation, within(0.98, 0.97, 0.99)),
			row(result.Effort, result.Nuisance, compare.KeyRankDecoded, compare.Correlation, rival),
			row(result.Effort, "effort", compare.KeyRankEffort, compare.Correlation, censored),
			row(result.Effort, result.Probe, compare.KeyRankLead, compare.CorrelationDifference, within(0.62, 0.45, 0.8)),
			row(result.Effort, "effort", compare.KeyConcordEffort, compare.Share, within(0.64, 0.56, 0.72)),
			row(result.Effort, "effort", compare.KeyCensored, compare.Share, estimate.Estimate{Value: 0.28, N: 96}),
			row(result.Effort, "effort", compare.KeyEffortEasy, compare.Efforts, easy),
			row(result.Effort, "effort", compare.KeyEffortHard, compare.Efforts, within(50, 40, 60)),
			excess,
			row(result.Effort, "effort", compare.KeyEffortEasyOverAll, compare.Ratio, within(0.62, 0.41, 0.95)),
		},
	}
}

func TestFindingOfANumber(t *testing.T) {
	within := func(v, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: v, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	for _, c := range []struct {
		rival, lead estimate.Estimate
		want        string
	}{
		{within(0.95, 0.93, 0.97), within(0.03, 0.02, 0.06), "more, but at least 9/10 of it is what nuisance columns already give."},
		{within(0.5, 0.3, 0.7), within(0.48, 0.3, 0.6), "nuisance columns, has 0.50; probe minus rival is +0.48 (95% interval +0.30 to +0.60)."},
		{within(0.97, 0.9, 0.99), within(0.01, -0.01, 0.02), "these rows do not show that the states say more of it than that rival does."},
		{within(0.99, 0.98, 1), within(-0.01, -0.02, -0.006), "that rival reads more of it than the probe does."},
		{within(-0.22, -0.4, 0.1), within(1.2, 0.99, 1.37), "The best rival, nuisance columns, has −0.22, below chance, so that the probe stands beside chance alone."},
		{within(0.99, 0.98, 1), within(-0.0005, -0.0006, -0.0004), "these rows do not show that the states say more of it than that rival does."},
	} {
		f := FindingOf(difficulty(c.rival, c.lead))
		if !strings.HasSuffix(f.Lead, c.want) || strings.Contains(f.Lead, "0.999") {
			t.Errorf("found %q, want %q at its end", f.Lead, c.want)
		}
		text := strings.Join(f.Further, " ")
		for _, want := range []string{
			"The rank correlation of the effort with it is 0.36 (95% interval 0.16 to 0.53); that of what is decoded, less this, is +0.62 (",
			"among the easiest third (the lowest in “difficulty”) and the model is right, on 20 rows, it spends 31.0 on average, on the hardest third 50.0: a ratio of 0.62",
			"over one that follows what is decoded, where the efforts of other rows, which follow nothing, give +26.0 (p = 0.480 for an excess below these): no smaller excess than theirs is shown.",
			"On 28% of the rows the effort was cut off", "the harder one took more in 64%",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("found %q, want %q in it", text, want)
			}
		}
	}
}

// Of an excess on easy rows the finding says no more than its rows carry: beside that of a
// rival, and of few rows nothing.
func TestFindingOfTheExcess(t *testing.T) {
	within := func(v, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: v, N: 20, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	of := func(change func(row *result.Row)) string {
		r := difficulty(within(0.95, 0.93, 0.97), within(0.03, 0.02, 0.06))
		for key, e := range map[string]estimate.Estimate{compare.KeyExcessEasy: within(26, 16, 40), compare.KeyExcessOverRival: within(-1.4, -6, 3)} {
			r.Table = append(r.Table, result.Row{Block: result.Effort, Layer: result.None, Position: result.None, Predictor: result.Nuisance, Key: key, Estimate: e})
		}
		edit(r, change)
		return strings.Join(FindingOf(r).Further, " ")
	}
	const alike, follows = "it is +26.0 (95% interval +16.0 to +40.0), a difference of −1.4 (95% interval −6.0 to +3.0), so that it may be an excess over what nuisance columns give as much as over what is decoded.", "no smaller excess than theirs is shown"
	holds(t, of(func(*result.Row) {}), alike, follows)
	for _, few := range []bool{false, true} { // rows that the rival reads as easy
		text := of(func(row *result.Row) {
			switch {
			case row.Key == compare.KeyExcessOverRival:
				row.Estimate = within(21, 5, 30)
			case row.Key == compare.KeyExcessEasy && row.Predictor == result.Nuisance && few:
				row.Estimate.Warn(gap.FewRows, "a mean of 7 rows")
			}
			if row.Null != nil {
				row.Null.P = 0.01
			}
		})
		lacks(t, text, "as much as over", follows)
		if strings.Contains(text, "a difference of +21.0") == few || strings.Contains(text, "read as easy, it is") == few {
			t.Errorf("few: %t: found %q", few, text)
		}
	}
	holds(t, of(func(row *result.Row) { // where an effort is below 0
		if row.Key == compare.KeyEffortEasyOverAll {
			row.Estimate = estimate.NotEstimable(96, 96, "an effort below 0 has no ratio")
		}
	}), "on the hardest third 50.0. On those easy rows")
	few := of(func(row *result.Row) {
		if row.Key == compare.KeyEffortEasy {
			row.Estimate.N = 3
			row.Estimate.Warn(gap.FewRows, "a mean of 3 rows")
		}
	})
	holds(t, few, "as among the easiest third and the model is right on 3 rows only, too few")
	lacks(t, few, "a ratio of", "over one that follows")
}

// A probe that is not shown to read the label is not set against the behaviour.
func TestFindingOfAProbeThatReadsNothing(t *testing.T) {
	r := difficulty(estimate.Estimate{Value: 0.1}, estimate.Estimate{Value: 0})
	const none = "These rows do not show that it can be decoded."
	lacks(t, FindingOf(r).Lead, none)
	edit(r, func(row *result.Row) {
		if row.Block == result.Nested {
			row.Estimate.Interval.Low = -0.1
		}
	})
	holds(t, FindingOf(r).Lead, none)

	r, _ = capitals(t)
	const luck = "The probe is not shown to read the label"
	before := FindingOf(r)
	lacks(t, before.Lead, luck)
	edit(r, func(row *result.Row) {
		if row.Block == result.Nested && row.Key == "auroc" {
			row.Estimate.Interval.Low = 0.45
		}
	})
	after := FindingOf(r)
	holds(t, after.Lead, luck)
	lacks(t, after.Lead, "where the probe rightly reads")
	if want := len(before.Details) + 1; len(after.Details) != want {
		t.Errorf("found %d details, expected %d", len(after.Details), want)
	}

	r.Data.Kind = target.KindClass
	r.Table = append(r.Table, result.Row{Block: result.Nested, Layer: result.None, Position: result.None, Predictor: result.Probe, Key: "macro_auroc",
		Estimate: estimate.Estimate{Value: 0.43, Interval: &estimate.Interval{Low: 0.38, High: 0.48, Level: 0.95}}})
	r.Table = append(r.Table, result.Row{Block: result.Gap, Layer: result.None, Position: result.None, Key: gap.KeyAgainst, Estimate: estimate.Estimate{Value: 0.86, N: 42}})
	f := FindingOf(r)
	holds(t, f.Lead, none)
	holds(t, strings.Join(f.Further, " "), "Nothing follows from where the probe reads the right class")
}

// A residualised probe reads the states as the probe does, and hides no rival that
// does not.
func TestResidualisedProbeIsNoRival(t *testing.T) {
	within := func(v, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: v, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	r := difficulty(within(0.95, 0.93, 0.97), within(0.03, 0.02, 0.06))
	r.Predictors = append(r.Predictors, result.Predictor{Name: result.Residualised})
	for _, row := range r.Table {
		if row.Predictor == result.Nuisance {
			row.Predictor, row.Estimate = result.Residualised, within(0.97, 0.96, 0.98)
			r.Table = append(r.Table, row)
		}
	}
	f := FindingOf(r)
	if text := f.Lead + strings.Join(f.Further, " "); strings.Contains(text, "residualised") || !strings.Contains(text, "is what nuisance columns already give") {
		t.Errorf("found %q, want nuisance columns as the rival", text)
	}
	r.Data.Right = ""
	if text := strings.Join(FindingOf(r).Further, " "); !strings.Contains(text, "among the easiest third (the lowest in “difficulty”), on 20 rows") || strings.Contains(text, "is right") {
		t.Errorf("found %q, want no word of right answers where none are known", text)
	}
	r.Predictors = r.Predictors[2:]
	if f := FindingOf(r); !strings.HasSuffix(f.Lead, "it may be no more than that.") {
		t.Errorf("found %q, want that no rival was given", f.Lead)
	}
}

// What stands beside Somers' D is Somers' D: the rivals alone are shares of pairs in order,
// and the effort goes with ordered levels as far as its pairs are in order.
func TestFindingPictureOfOrderedLevels(t *testing.T) {
	within := func(v, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: v, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	r := difficulty(within(0.7, 0.6, 0.8), within(0.2, 0.1, 0.3))
	r.Data.Kind = target.KindOrdinal
	for i := range r.Table {
		r.Table[i].Key = strings.Replace(r.Table[i].Key, "spearman", "somers_d", 1)
	}
	r.Table = append(r.Table, result.Row{Block: result.Hidden, Layer: result.None, Position: result.None, Predictor: result.Nuisance, Key: result.KeyAlone, Estimate: within(0.9, 0.85, 0.95)})
	holds(t, drawFinding(r).alt, "Effort 0.28 [0.12, 0.44]", "Nuisance columns 0.80 [0.70, 0.90]")
}

func TestPageOfANumber(t *testing.T) {
	within := estimate.Estimate{Value: 0.95, Interval: &estimate.Interval{Low: 0.93, High: 0.97, Level: 0.95}}
	var page bytes.Buffer
	if err := encodePage(&page, difficulty(within, within), nil); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(page.String(), "n 27 of 96 rows"); n != 1 {
		t.Errorf("found %d times on how many rows the effort was cut off, expected it once", n)
	}
	for _, want := range []string{"on the same held-out rows. On 27 of 96 rows the effort was cut off and counts as what it was cut off at, but where pairs are compared.", "What is spent on it", "Mean effort on rows that are read as easy and as hard", "Rank correlation on held-out rows"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("found no %q on the page", want)
		}
	}
	if strings.Contains(page.String(), "AUROC") {
		t.Error("found AUROC on the page of a number")
	}
	if d := drawEffort(&result.Result{}); d != nil {
		t.Error("found a figure without an effort")
	}
}

// A value without an interval shows nothing, unless it is 1 on enough groups.
func TestFindingOfAValueWithoutAnInterval(t *testing.T) {
	const nothing = "These rows do not show that it can be decoded."
	of := func(e estimate.Estimate) string {
		r := difficulty(estimate.Estimate{Value: 0.1}, estimate.Estimate{Value: 0})
		edit(r, func(row *result.Row) {
			if row.Block == result.Nested {
				row.Estimate = e
			}
		})
		return FindingOf(r).Lead
	}
	holds(t, of(estimate.Estimate{Value: 0.9, N: 96, Groups: 96}), nothing)
	holds(t, of(estimate.Estimate{Value: 1, N: 9, Groups: 9}), nothing)
	lacks(t, of(estimate.Estimate{Value: 1, N: 96, Groups: 96}), nothing)
}

// The sign of a net gap is called a choice where the gap of one label is shown to be below 0 and
// that of another above.
func TestFindingOfANetGapThatAnotherShareTurns(t *testing.T) {
	for high, want := range map[float64]string{-0.01: "its sign is a choice", 0.05: "its sign may be a choice"} {
		row := func(on result.Subset, key string, v, low, high float64) result.Row {
			return result.Row{Block: result.Gap, Layer: result.None, Position: result.None, Subset: on, Key: key, Unit: "points",
				Estimate: estimate.Estimate{Value: v, N: 50, Groups: 50, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}}
		}
		net := row(result.Subset{}, gap.KeyNet, 0.1, 0.05, 0.15)
		net.Estimate.Warn(gap.BaseRateDependent, "the sign turns")
		r := &result.Result{Table: result.Table{net,
			row(result.Subset{Column: result.LabelSubset, Value: "a"}, gap.KeyNet, -0.05, -0.1, high),
			row(result.Subset{Column: result.LabelSubset, Value: "b"}, gap.KeyNet, 0.3, 0.2, 0.4)}}
		holds(t, strings.Join(netOfLevels(r), " "), want+" of whoever made these rows, and no finding.")
	}
}

func TestFindingOfADifficultyTurnedRound(t *testing.T) {
	r := difficulty(estimate.Estimate{Value: 0.1}, estimate.Estimate{Value: 0})
	const message = "The model is right more often where the target is larger."
	r.Warnings = append(r.Warnings, result.Warning{Code: "difficulty-turned", Message: message})
	text := strings.Join(FindingOf(r).Further, " ")
	holds(t, text, message+" Nothing is said of easy and hard rows.")
	lacks(t, text, "easiest third", "the harder one took more")
	r.Warnings, r.Protocol.Permutations = nil, 10
	holds(t, strings.Join(FindingOf(r).Further, " "), "with so few draws no smaller excess could be shown")
}

// The figure of effort tells of each reader what is spent on easy and hard rows, and what would be
// if it followed. A reader without one of them is left out.
func TestFigureOfEffort(t *testing.T) {
	r := difficulty(estimate.Estimate{Value: 0.1}, estimate.Estimate{Value: 0})
	r.Table = append(r.Table, result.Row{Block: result.Effort, Layer: result.None, Position: result.None, Predictor: result.Nuisance, Key: compare.KeyEffortEasy, Estimate: estimate.Estimate{Value: 7}},
		result.Row{Block: result.Effort, Layer: result.None, Position: result.None, Predictor: result.Nuisance, Key: compare.KeyEffortHard, Estimate: estimate.NotEstimable(0, 0, "no row is read as hard")})
	d := drawEffort(r)
	if d == nil {
		t.Fatal("found no figure")
	}
	svg := string(d.svg(wide))
	easyAt, hardAt := strings.Index(svg, "probe, easy: 31.0"), strings.Index(svg, "probe, hard: 50.0")
	if easyAt < 0 || hardAt < easyAt {
		t.Errorf("found the hints at %d and %d", easyAt, hardAt)
	}
	turned := *r
	turned.Warnings = []result.Warning{{Code: "difficulty-turned"}}
	few := difficulty(estimate.Estimate{Value: 0.1}, estimate.Estimate{Value: 0})
	edit(few, func(row *result.Row) {
		if row.Key == compare.KeyEffortEasy {
			row.Estimate.Warn(gap.FewRows, "a mean of 3 rows")
		}
	})
	if drawEffort(&turned) != nil || drawEffort(few) != nil {
		t.Error("found a figure of few rows, or of a difficulty that is turned round")
	}
	const want = "Mean effort on rows that are read as easy and as hard. probe: easy 31.0 [20.0, 40.0], hard 50.0 [40.0, 60.0], easy had the effort followed what is read 6.4."
	if d.alt != want {
		t.Errorf("found %q, want %q", d.alt, want)
	}
	for x, want := range map[float64]float64{0.011: 0.02, 1: 1, 1.2: 2, 3: 5, 6: 10, 1200: 2000} {
		if got := roundStep(x); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("the step from %v on: found %v, want %v", x, got, want)
		}
	}
}

// Whether disagreement is foreseen any better than a rival foresees it stands beside how
// well it is.
func TestDisagreementBesideARival(t *testing.T) {
	within := func(v, low, high float64) estimate.Estimate {
		return estimate.Estimate{Value: v, Interval: &estimate.Interval{Low: low, High: high, Level: 0.95}}
	}
	const key = "entropy_spearman"
	row := func(b result.Block, predictor, key string, e estimate.Estimate) result.Row {
		return result.Row{Block: b, Layer: result.None, Position: result.None, Predictor: predictor, Key: key, Estimate: e}
	}
	r := &result.Result{
		Data:       result.Data{Kind: target.KindShare},
		Predictors: []result.Predictor{{Name: result.Text}},
		Table: result.Table{
			row(result.Nested, result.Probe, key, within(0.18, 0.07, 0.29)),
			row(result.Baseline, result.Text, key, within(0.37, 0.25, 0.49)),
			row(result.Baseline, result.Text, key+result.Difference, within(-0.19, -0.29, -0.1)),
			row(result.Disagreement, compare.Ceiling, key, within(0.73, 0.68, 0.78)),
		},
	}
	want := "How far judges disagree (the entropy of the share) is foreseen at a rank correlation of 0.18 (95% interval 0.07 to 0.29). " +
		"The best rival, text, has 0.37; probe minus rival is −0.19 (95% interval −0.29 to −0.10): that rival reads more of it than the probe does. " +
		"Someone who knew the true shares would have 0.73 (95% interval 0.68 to 0.78)."
	if got := disagreementSentence(r); got != want {
		t.Errorf("found %q, want %q", got, want)
	}
	for _, on := range varianceStrata() {
		of := row(result.Disagreement, result.Probe, "total_variation", within(0.2, 0.1, 0.3))
		of.Subset = on
		r.Table = append(r.Table, of)
	}
	holds(t, titles(string(drawDisagreement(r).svg(wide))), "<title>Low variance, probe: 0.2", "<title>High variance, probe: 0.2")
	r.Predictors = nil
	if got := disagreementSentence(r); strings.Contains(got, "rival") {
		t.Errorf("found %q, want no rival", got)
	}
}
