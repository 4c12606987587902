package result

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"tell/estimate"
	"tell/gap"
	"tell/hidden"
	"tell/metric"
	"tell/target"
)

// measured makes rows of every kind that the packages below can give.
func measured(t *testing.T) Table {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	d := gap.Data{Strata: []gap.Stratum{{Name: "template"}}}
	for i := range 240 {
		label := i % 2
		p := 0.3 + 0.4*float64(label) + 0.25*(random.Float64()-0.5)
		behaviour := label
		if random.Float64() < 0.3 {
			behaviour = random.IntN(3) - 1
		}
		d.Label = append(d.Label, label)
		d.Behaviour = append(d.Behaviour, behaviour)
		d.Score = append(d.Score, p)
		d.Prediction = append(d.Prediction, metric.Predict(p))
		d.Graded = append(d.Graded, float64(behaviour)+random.NormFloat64())
		d.Knows = append(d.Knows, i%3-1)
		d.Calibrated = append(d.Calibrated, max(behaviour, 0))
		d.Text = append(d.Text, random.IntN(2))
		d.Group = append(d.Group, i/8)
		d.Condition = append(d.Condition, strconv.Itoa(i/4%2))
		d.Strata[0].Value = append(d.Strata[0].Value, strconv.Itoa(i%3))
	}
	b := estimate.Bootstrap{Draws: 40}
	g, err := gap.Measure(d, gap.Settings{Bootstrap: b})
	if err != nil {
		t.Fatal(err)
	}
	y := target.Binary(d.Label)
	metrics, err := metric.Evaluate(y, d.Score, d.Group, b)
	if err != nil {
		t.Fatal(err)
	}
	for _, other := range []target.Kind{target.KindNumber, target.KindOrdinal, target.KindClass, target.KindShare} {
		metrics = append(metrics, measuredKind(t, other, b)...)
	}
	bins, err := metric.Calibration(y, d.Score, d.Group, b)
	if err != nil {
		t.Fatal(err)
	}
	n := estimate.Estimate{Value: 0.1, N: 240}
	added := &hidden.Result{
		Information: hidden.Added{Key: hidden.KeyInformation, Unit: "bits", Estimate: n}, AUROC: hidden.Added{Key: hidden.KeyAUROC, Unit: UnitDifference, Estimate: n},
		Accuracy: hidden.Added{Key: hidden.KeyAccuracy, Unit: UnitDifference, Estimate: n}, Alone: n, Rivals: []hidden.Rival{{Name: Text, AUROC: n, Lead: n}},
	}
	table := slices.Concat(GapRows(g), HiddenRows(added), CalibrationRows(bins), Table{{Block: Traced, Key: KeyScoreAt, Unit: UnitProbability}, {Block: Traced, Key: KeyDecodedAt, Unit: UnitDecoded}})
	for _, block := range []Block{Baseline, Joined, Sparse} {
		table = append(table, MetricRows(Row{Block: block, Predictor: Text}, Difference, metrics)...)
	}
	for _, ordered := range []bool{false, true} {
		table = append(table, measuredLevels(t, ordered, b)...)
	}
	for _, block := range []Block{Curve, Nested, Baseline, Joined, Sparse} {
		table = append(table, MetricRows(Row{Block: block, Predictor: Probe}, "", metrics)...)
	}
	return table
}

// measuredLevels is the gap of three levels.
func measuredLevels(t *testing.T, ordered bool, b estimate.Bootstrap) Table {
	t.Helper()
	d := gap.Levels{Names: []string{"a", "b", "c"}, Ordered: ordered}
	for i := range 90 {
		p := []float64{0.2, 0.2, 0.2}
		p[i%3] = 0.6
		d.Label, d.Prediction, d.Behaviour = append(d.Label, i%3), append(d.Prediction, i%3), append(d.Behaviour, i/2%4-1)
		d.Score, d.Graded, d.Group, d.Condition = append(d.Score, p), append(d.Graded, p), append(d.Group, i/9), append(d.Condition, strconv.Itoa(i/3%2))
	}
	g, err := gap.MeasureLevels(d, gap.Settings{Bootstrap: b})
	if err != nil {
		t.Fatal(err)
	}
	return append(LevelGapRows(g), NoHiddenRows(90, "found 13 levels")...)
}

func TestEveryRowIsExplained(t *testing.T) {
	flags := map[string]bool{}
	for _, f := range Flags() {
		flags[f.Code] = true
	}
	for _, r := range measured(t) {
		k, ok := Explain(r.Key)
		switch {
		case !ok || k.Kind != "key":
			t.Errorf("%s: found no key %q", r.Block, r.Key)
		case !slices.Contains(k.Blocks, r.Block):
			t.Errorf("%q: found it in block %s, expected %v", r.Key, r.Block, k.Blocks)
		case r.Unit != k.UnitIn(r.Block):
			t.Errorf("%s %q: found unit %q, expected %q", r.Block, r.Key, r.Unit, k.UnitIn(r.Block))
		}
		for _, code := range r.Estimate.Flags() {
			if !flags[code] {
				t.Errorf("%s %q: found no flag %q", r.Block, r.Key, code)
			}
		}
	}
}

func TestEveryKeyStandsInATable(t *testing.T) {
	table := measured(t)
	byRun := []string{KeyNullHigh, KeyPMax}
	for _, k := range target.Kinds() {
		byRun = append(byRun, PermutedKey(k))
	}
	for _, k := range Keys() {
		for _, b := range k.Blocks {
			if slices.Contains(Comparisons(), b) { // package compare holds its own keys to be complete
				continue
			}
			if _, ok := table.In(b).Find(k.Name); !ok && !slices.Contains(byRun, k.Name) {
				t.Errorf("%q: found no row in block %s", k.Name, b)
			}
		}
	}
}

func TestKeysAreComplete(t *testing.T) {
	seen := map[string]bool{}
	for _, k := range explained() {
		if k.Kind == "key" && seen[k.Name] {
			t.Errorf("found %q twice", k.Name)
		}
		seen[k.Name] = true
		if k.Name == "" || k.Title == "" || k.Definition == "" || k.Source == "" {
			t.Errorf("found %+v, expected every field", k)
		}
		if strings.Contains(k.Definition, "95") {
			t.Errorf("%q: found a level in %q, expected none: the study chooses it", k.Name, k.Definition)
		}
		if k.Kind == "key" {
			if k.Unit == "" || len(k.Blocks) == 0 {
				t.Errorf("%q: found unit %q and blocks %v, expected both", k.Name, k.Unit, k.Blocks)
			}
			for _, b := range k.Blocks {
				if unit := k.UnitIn(b); !slices.ContainsFunc(unitInfo, func(u [2]string) bool { return u[0] == unit }) {
					t.Errorf("%q: found unit %q, expected one that is explained", k.Name, unit)
				}
			}
		}
	}
}

// TestEveryConstantIsListed finds the codes of flags, the blocks and the
// predictors where they are declared.
func TestEveryConstantIsListed(t *testing.T) {
	for file, names := range map[string]map[string]bool{
		"../estimate/estimate.go": {},
		"../gap/flags.go":         {},
		"table.go":                {},
	} {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
				if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
					name, _ := strconv.Unquote(text.Value)
					names[name] = true
				}
			}
			return true
		})
		if len(names) < 5 {
			t.Errorf("%s: found the constants %v, expected 5 or more", file, names)
		}
		for name := range names {
			if k, ok := Explain(name); !ok || file == "table.go" && !isBlock(name) {
				t.Errorf("%s: found %q unexplained (%+v)", file, name, k)
			}
		}
	}
}

func isBlock(name string) bool {
	return slices.ContainsFunc(Blocks(), func(b BlockInfo) bool { return string(b.Name) == name })
}

func TestExplain(t *testing.T) {
	for name, kind := range map[string]string{
		"auroc": "key", "AUROC": "key", "auroc_difference": "key", "rows_b0_y1": "key", "hidden_beyond_text": "key",
		"few-groups": "flag", "curve": "block", "null_mean": "column", "out of fold": "term",
	} {
		if k, ok := Explain(name); !ok || k.Kind != kind {
			t.Errorf("%q: found %+v, expected a %s", name, k, kind)
		}
	}
	for name, want := range map[string]string{
		"auroq": "auroc", "hidden_beyond_txt": "hidden_beyond_text", "few_groups": "few-groups", "out-of-fold": "Out of fold", "something else": "",
	} {
		if k, ok := Explain(name); ok {
			t.Errorf("%q: found %+v, expected nothing", name, k)
		}
		if got := Suggest(name); got != want {
			t.Errorf("%q: found the suggestion %q, expected %q", name, got, want)
		}
	}
}

func TestDefinitionsHoldEveryKey(t *testing.T) {
	list := Definitions(target.KindBinary)
	for _, k := range Keys() {
		if m, ok := metric.Named(strings.TrimSuffix(k.Name, Difference)); ok && !slices.Contains(m.Kinds, target.KindBinary) {
			continue // in no report yet
		}
		if !slices.Contains(list, Definition{Key: k.Name, Term: k.Title, Text: k.Definition}) {
			t.Errorf("found no definition of %q", k.Name)
		}
	}
	for _, term := range Terms() {
		if !slices.Contains(list, term) {
			t.Errorf("found no definition of %q", term.Term)
		}
	}
}

// measuredKind measures made-up scores of a target of another kind.
func measuredKind(t *testing.T, kind target.Kind, b estimate.Bootstrap) []metric.Measured {
	t.Helper()
	random := rand.New(rand.NewPCG(2, 3))
	y := target.Column{Kind: kind}
	if kind == target.KindClass || kind == target.KindOrdinal {
		y.Levels = []string{"a", "b"}
	}
	var score []float64
	for i := range 60 {
		p := random.Float64()
		y.Values = append(y.Values, float64(i%2))
		score = append(score, p)
		if y.Levels != nil {
			score = append(score, 1-p)
		} else {
			y.Values[i] = float64(i%7) / 7
		}
	}
	measured, err := metric.Evaluate(y, score, nil, b)
	if err != nil {
		t.Fatal(err)
	}
	return measured
}
