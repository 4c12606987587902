package compare

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/stat"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

var controlSettings = Settings{Bootstrap: estimate.Bootstrap{Draws: 200, Seed: 1}}

func controlLine(t *testing.T, lines []Line, predictor, key, value string) Line {
	t.Helper()
	for _, l := range lines {
		if l.Predictor == predictor && l.Key == key && l.Value == value {
			return l
		}
	}
	t.Fatalf("found no line of %s, %s, %q", predictor, key, value)
	return Line{}
}

// Codes of known length: two orders of 1 and 0.5 bits a row, shares of 1 bit.
func TestDescribe(t *testing.T) {
	group := []int{0, 0, 1, 1, 2, 3}
	flat := func(x float64) []float64 { return []float64{x, x, x, x, x, x} }
	code := Code{Predictor: "probe", Layer: 4, Position: 0, Bits: [][]float64{flat(1), flat(0.5)}}
	lines, err := Description{4, group, [][]float64{flat(1), flat(1)}, []Code{code}}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{KeyDescription: 0.75, KeyCompression: 2 / 0.75, KeyDescriptionLead: 0.25} {
		if l := controlLine(t, lines, "probe", key, ""); math.Abs(l.Estimate.Value-want) > 1e-12 || l.Layer != 4 || l.Estimate.Groups != 4 {
			t.Errorf("%s: found %+v, want %v", key, l, want)
		}
	}
	if l := controlLine(t, lines, "majority", KeyCompression, ""); l.Estimate.Value != 2 || l.Layer != None {
		t.Errorf("shares: %+v", l)
	}
	if _, err := (Description{2, group, [][]float64{{1}}, nil}).Measure(t.Context(), controlSettings); err == nil || !strings.Contains(err.Error(), "expected as many") {
		t.Errorf("found %v", err)
	}
}

func TestSelectivity(t *testing.T) {
	nan := math.NaN()
	lines, err := Selectivity{[]float64{1, 1, 0, 1, 0, 1}, []float64{0.5, 0.25, 0, 1, nan, nan}, []int{0, 0, 1, 1, 2, 3}, nil, nil}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]float64{KeyAccuracy: 0.75, KeyControlAccuracy: 1.75 / 4, KeySelectivity: 1.25 / 4} {
		if l := controlLine(t, lines, "probe", key, ""); math.Abs(l.Estimate.Value-want) > 1e-12 || l.Estimate.N != 4 {
			t.Errorf("%s: found %+v, want %v on 4 rows", key, l, want)
		}
	}
	lines, err = Selectivity{[]float64{1}, []float64{nan}, []int{0}, nil, nil}.Measure(t.Context(), controlSettings)
	if err != nil || controlLine(t, lines, "probe", KeySelectivity, "").Estimate.OK() {
		t.Errorf("found %+v, %v where no value is known", lines, err)
	}
	if _, err := (Selectivity{[]float64{1}, nil, nil, nil, nil}).Measure(t.Context(), controlSettings); err == nil {
		t.Error("took columns of different lengths")
	}
}

// The mean over draws and folds: AUROC 1 in both folds, though not in both together,
// and 1/2; none where a draw could not be trained.
func TestLearning(t *testing.T) {
	y, group, fold := target.Binary([]int{0, 1, 0, 1}), []int{0, 0, 1, 1}, []int{0, 0, 1, 1}
	right, same := []float64{0.1, 0.2, 0.7, 0.8}, []float64{0.5, 0.5, 0.5, 0.5}
	d := Learning{y, group, fold, []Lesson{{"probe", 3.4, [][]float64{right, same}}, {"text", 7, [][]float64{right, nil}}}}
	lines, err := d.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	if l := controlLine(t, lines, "probe", "auroc", "3"); l.Estimate.Value != 0.75 || l.Column != TrainingGroups {
		t.Errorf("found %+v", l)
	}
	if l := controlLine(t, lines, "text", "auroc", "7"); l.Estimate.Reason != "in 1 of 2 draws the training rows of some fold lack a level" {
		t.Errorf("found %+v", l)
	}
	if len(LearningQuantities()) < 4 {
		t.Errorf("found %v", LearningQuantities())
	}
	d.Fold = nil
	if _, err := d.Measure(t.Context(), controlSettings); err == nil || !strings.Contains(err.Error(), "found 0 folds for 4 rows") {
		t.Errorf("found %v", err)
	}
}

// Draws that differ by more than rows of a group do widen every interval, by the
// variance of the mean that they show.
func TestDrawsWidenIntervals(t *testing.T) {
	const n = 120
	rng := rand.New(rand.NewPCG(1, 2))
	var y, group, fold []int
	var value []float64
	for i := range n {
		y, group, fold = append(y, i%2), append(group, i/4), append(fold, i/4%5)
		value = append(value, float64(i%2)+rng.NormFloat64())
	}
	noisy := func(by float64) []float64 {
		x := make([]float64, n)
		for i, v := range value {
			x[i] = 1 / (1 + math.Exp(-v-by*rng.NormFloat64()))
		}
		return x
	}
	learn := func(half ...[]float64) []Line {
		lines, err := Learning{target.Binary(y), group, fold, []Lesson{{"probe", 12, half}, {"probe", 24, [][]float64{value}}}}.Measure(t.Context(), controlSettings)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	for i := range value {
		value[i] = 1 / (1 + math.Exp(-value[i]))
	}
	alike, apart := learn(value, value), learn(noisy(0.1), noisy(6))
	m, _ := metric.Headline(target.KindBinary)
	var parts []metric.Part
	at := func(score []float64) float64 {
		v := 0.
		for f := range 5 {
			var rows []int
			for i := range fold {
				if fold[i] == f {
					rows = append(rows, i)
				}
			}
			parts = append(parts, metric.Part{Rows: rows, Score: score})
			one, err := m.Value(target.Binary(y).At(rows), pick(score, rows), nil)
			if err != nil {
				t.Fatal(err)
			}
			v += one / 5
		}
		return v
	}
	want := at(value)
	own, err := m.Within(target.Binary(y), parts, group, controlSettings.Bootstrap)
	if err != nil {
		t.Fatal(err)
	}
	if l := learn(value)[1].Estimate; l.Interval != nil || !slices.Contains(l.Notes(), "no interval: no draws of fewer groups show how much difference other groups would make") {
		t.Errorf("found %v, %v beside a single draw of half", l, l.Notes())
	}
	wide := func(e estimate.Estimate) float64 { return e.Interval.High - e.Interval.Low }
	if wide(alike[1].Estimate) != wide(own) || !(wide(apart[1].Estimate) > 1.2*wide(own)) {
		t.Errorf("of all groups: %v beside draws that agree, %v beside draws that do not, %v alone", alike[1].Estimate, apart[1].Estimate, own)
	}
	for _, e := range []estimate.Estimate{apart[0].Estimate, apart[1].Estimate} {
		if e.Interval.High > 1 {
			t.Errorf("an AUROC of %v", e)
		}
	}
	if got := alike[1].Estimate.Value; math.Abs(got-want) > 1e-12 {
		t.Errorf("found %v, want %v", got, want)
	}

	tasks, halves := []float64{0.5, 0.9, 0.3, 0.7}, []float64{0.7, 0.65, 0.75}
	control := make([]float64, n)
	for i := range control {
		control[i] = float64(i%3) / 2
	}
	selectivity := func(byTask, byHalf []float64) []Line {
		lines, err := Selectivity{value, control, group, byTask, byHalf}.Measure(t.Context(), controlSettings)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	// Ends move by the squares of Student's intervals: of 4 tasks, whose mean it is, and
	// of 3 draws of half, whose variance is that of all groups.
	of, none := selectivity(tasks, halves), selectivity(nil, nil)
	byTasks, byHalves := stat.Variance(tasks, nil)/4*3.18245*3.18245, stat.Variance(halves, nil)*4.30265*4.30265
	for k, want := range []float64{byHalves, byTasks, byHalves + byTasks} {
		was, is := none[k].Estimate, of[k].Estimate
		if added := math.Pow(is.Value-is.Interval.Low, 2) - math.Pow(was.Value-was.Interval.Low, 2); math.Abs(added-want) > 1e-5 {
			t.Errorf("%s: found squares of %v added, want %v", of[k].Key, added, want)
		}
	}
	for k, want := range []float64{0, 0, -1} {
		l := selectivity([]float64{0, 1, 0, 1}, []float64{0, 1, 0})[k]
		if low := l.Estimate.Interval.Low; low != want || want == 0 && math.Signbit(low) {
			t.Errorf("%s: found %v where draws are all right or all wrong, want an end at %v", l.Key, l.Estimate.Interval, want)
		}
	}
	for k, e := range selectivity(tasks, []float64{0.7, math.NaN(), 0.75}) {
		if (k == 1) == (e.Estimate.Interval == nil) || k != 1 && !slices.Contains(e.Estimate.Notes(), "no interval: in 1 of 3 draws of half of the training groups, those of some fold lack a level") {
			t.Errorf("%s: found %v, %v where a draw lacks a level", e.Key, e.Estimate, e.Estimate.Notes())
		}
	}
}

// The bits saved vary by how orders differ, as another order would: s² (1 + 1/n). One
// order shows nothing of that.
func TestOrdersWidenBitsSaved(t *testing.T) {
	const n = 80
	rng := rand.New(rand.NewPCG(5, 6))
	group, fair := make([]int, n), make([]float64, n)
	orders := make([][]float64, 3)
	for i := range n {
		group[i], fair[i] = i/2, 1
		x := rng.Float64()
		for o := range orders {
			orders[o] = append(orders[o], 0.4+0.5*x+0.02*float64(o*o))
		}
	}
	measure := func(bits ...[]float64) []Line {
		shares := slices.Repeat([][]float64{fair}, len(bits))
		lines, err := Description{2, group, shares, []Code{{Predictor: "probe", Layer: None, Position: None, Bits: bits}}}.Measure(t.Context(), controlSettings)
		if err != nil {
			t.Fatal(err)
		}
		return lines
	}
	same := meanOfRows(orders)
	for key, factor := range map[string]float64{KeyDescriptionLead: 1 + 1./3, KeyDescription: 1. / 3} {
		was, is := controlLine(t, measure(same, same, same), "probe", key, "").Estimate, controlLine(t, measure(orders...), "probe", key, "").Estimate
		want := factor * stat.Variance([]float64{0, 0.02, 0.08}, nil) * 4.30265 * 4.30265
		if added := math.Pow(is.Interval.High-is.Value, 2) - math.Pow(was.Interval.High-was.Value, 2); math.Abs(added-want) > 1e-6 {
			t.Errorf("%s: found squares of %v added, want %v", key, added, want)
		}
	}
	for _, l := range measure(orders[0], slices.Repeat([]float64{9}, n))[:3] { // lengths end at 0
		if low := l.Estimate.Interval.Low; low > 0 || (low < 0) != (l.Key == KeyDescriptionLead) {
			t.Errorf("%s of two orders far apart: found %v", l.Key, l.Estimate)
		}
	}
	for i := range group {
		group[i] /= 4 // so few groups that an interval would be marked
	}
	for _, l := range measure(orders[0])[:3] {
		if e := l.Estimate; e.Interval != nil || !e.OK() || len(e.Notes()) != 1 || !strings.HasPrefix(e.Notes()[0], "no interval: one order of the groups") {
			t.Errorf("%s of one order: found %v, %v", l.Key, e, e.Notes())
		}
	}
}

func TestROCOfTwo(t *testing.T) {
	label, group := []int{0, 0, 0, 1, 1, 1}, []int{0, 1, 2, 0, 1, 2}
	lines, err := ROC{label, group, []Scored{{"probe", []float64{1, 2, 4, 3, 5, 6}}, {"text", []float64{1, 1, 1, 1, 1, 1}}}, 0.2}.Measure(t.Context(), controlSettings)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, key, rate string
		want            float64
	}{
		{"probe", KeyRecallAtFPR, "0.2", 2. / 3}, {"probe", KeyRealisedFPR, "0.2", 0}, {"probe", KeyROC, "0", 2. / 3}, {"probe", KeyROC, "0.4", 1},
		{"text", KeyRecallAtFPR, "0.2", 0}, {"text", KeyROC, "0.3", 0.3},
	} {
		if l := controlLine(t, lines, c.name, c.key, c.rate); math.Abs(l.Estimate.Value-c.want) > 1e-12 {
			t.Errorf("%v: found %+v", c, l.Estimate)
		}
	}
	if _, err := (ROC{label, group, []Scored{{"probe", []float64{1}}}, 0.2}).Measure(t.Context(), controlSettings); err == nil {
		t.Error("took one score for six rows")
	}
}
