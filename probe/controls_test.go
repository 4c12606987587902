package probe

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tell/activations"
	"tell/compare"
	"tell/estimate"
	"tell/folds"
	"tell/internal/solve"
	"tell/target"
)

func figures(t *testing.T, name string, v any) {
	t.Helper()
	data, err := os.ReadFile("../testdata/controls/" + name)
	if err == nil {
		err = json.Unmarshal(data, v)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// The online code, with its mixture of all C, is that of scikit-learn's probes.
func TestDescriptionAgainstScikitLearn(t *testing.T) {
	var c struct {
		X       [][]float64
		Y       []int
		Grid    []float64
		Portion []int
		Bits    []float64
	}
	figures(t, "reference.json", &c)
	task, err := (&Settings{C: c.Grid, Tol: 1e-13}).planned(Slices(c.X), target.Binary(c.Y))
	if err != nil {
		t.Fatal(err)
	}
	d, err := task.describe(t.Context(), Slices(c.X), &Coding{portion: [][]int{c.Portion}, portions: 5})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range d.Bits[0] {
		if math.Abs(v-c.Bits[i]) > 1e-5 {
			t.Fatalf("row %d: %v bits, want %v", i, v, c.Bits[i])
		}
	}
	if want := 4 * len(c.Grid); d.Fits != want || d.NotConverged > 0 {
		t.Errorf("%d fits, %d not converged, want %d", d.Fits, d.NotConverged, want)
	}
}

// planted are rows in groups of five, whose label is in the first column.
func planted(n int, distance float64) (x [][]float64, y []int, group []string) {
	rng := rand.New(rand.NewPCG(3, uint64(n)))
	for i := range n {
		y = append(y, rng.IntN(2))
		group = append(group, fmt.Sprint("group ", i/5))
		x = append(x, []float64{rng.NormFloat64() + distance*float64(y[i]), rng.NormFloat64(), rng.NormFloat64()})
	}
	return x, y, group
}

// Without states to read, a probe gives every row the share of its label among the
// rows before: the code has a closed form. The code of shares adds half a row of each.
func TestDescriptionOfNothing(t *testing.T) {
	_, y, group := planted(200, 0)
	x := make([][]float64, len(y))
	for i := range x {
		x[i] = []float64{7}
	}
	s := &Settings{Group: group, Seed: 9, C: []float64{0.1, 10}, Tol: 1e-13}
	d, err := Describe(t.Context(), Slices(x), target.Binary(y), s, 3)
	if err != nil {
		t.Fatal(err)
	}
	task, _ := s.planned(Slices(x), target.Binary(y))
	coding := CodingOf(task.plan, s.Seed, 3)
	shares := coding.Shares(target.Binary(y))
	for o, portion := range coding.portion {
		groups := make([]map[string]bool, coding.portions)
		for i, k := range portion {
			if groups[k] == nil {
				groups[k] = map[string]bool{}
			}
			groups[k][group[i]] = true
			var n [2]float64
			for j, before := range portion {
				if before < k {
					n[y[j]]++
				}
			}
			want, half := 1.0, -math.Log2((n[y[i]]+0.5)/(n[0]+n[1]+1))
			if n[0] > 0 && n[1] > 0 {
				want = -math.Log2(n[y[i]] / (n[0] + n[1]))
			}
			if math.Abs(d.Bits[o][i]-want) > 1e-6 || math.Abs(shares[o][i]-half) > 1e-12 {
				t.Fatalf("order %d, row %d: %v and %v bits, want %v and %v", o, i, d.Bits[o][i], shares[o][i], want, half)
			}
		}
		var sizes []int
		for _, g := range groups {
			sizes = append(sizes, len(g))
		}
		if !slices.Equal(sizes, []int{2, 3, 5, 10, 20}) { // of 40 groups
			t.Errorf("order %d: portions of %v groups", o, sizes)
		}
	}
	if slices.Equal(coding.portion[0], coding.portion[1]) {
		t.Error("two orders are the same")
	}
	// One code of several lies between the best and the worst, and follows the best.
	bad := slices.Clone(d.Bits)
	for o := range bad {
		bad[o] = slices.Clone(bad[o])
		for i := range bad[o] {
			bad[o][i] += 2
		}
	}
	for o, bits := range coding.Mixture([][][]float64{bad, d.Bits}) {
		for i, v := range bits {
			first := -math.Log2((math.Exp2(-bad[o][i]) + math.Exp2(-d.Bits[o][i])) / 2)
			if k := coding.portion[o][i]; k == 0 && math.Abs(v-first) > 1e-9 || k > 0 && math.Abs(v-d.Bits[o][i]) > 1e-4 {
				t.Fatalf("order %d, row %d in portion %d: %v bits of %v and %v", o, i, k, v, d.Bits[o][i], bad[o][i])
			}
		}
	}
}

// A lesson holds what a probe gives that is trained on the groups of its part alone.
func TestLessons(t *testing.T) {
	x, y, group := planted(200, 1.5)
	s := &Settings{Group: group, Seed: 4, C: []float64{0.1}, Folds: 4}
	lessons, err := Learn(t.Context(), Slices(x), target.Binary(y), s, []float64{0.1, 1, 0.1, 0.1})
	if err != nil || len(lessons) != Lessons() {
		t.Fatal(len(lessons), err)
	}
	task, _ := s.planned(Slices(x), target.Binary(y))
	u := task.plan.Units[1]
	lacking := 0
	for k, l := range lessons {
		place := task.plan.Order(s.Seed, k%LessonDraws)
		var first []int // the training groups in their order
		for at := range 40 {
			if i := slices.Index(place, at); !u.Test[i] {
				first = append(first, at)
			}
		}
		want := int(math.Ceil(float64(len(first)) / float64(l.Part)))
		train := make([]bool, len(y))
		for i := range train {
			train[i] = slices.Contains(first[:want], place[i])
		}
		if math.Abs(l.Groups-float64(want)) > 1 {
			t.Errorf("part %d: %v groups, want %d", l.Part, l.Groups, want)
		}
		if l.Score == nil {
			lacking++
			continue
		}
		design, err := solve.NewDense(len(y), 3, slices.Concat(x...))
		if err != nil {
			t.Fatal(err)
		}
		err = solve.Logistic{}.Fit(t.Context(), design, []solve.Split{{Train: train}}, solve.Targets(y), []float64{1}, func(f *solve.Fit) {
			for i, test := range u.Test {
				if want := solve.Sigmoid(f.Margin[i]); test && math.Abs(l.Score[i]-want) > 1e-4 {
					t.Fatalf("part %d, row %d: %v, want %v", l.Part, i, l.Score[i], want)
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if lacking == len(lessons) {
		t.Error("no lesson could be given")
	}
	each, err := LearnEach(t.Context(), func([]bool) (Rows, error) { return Slices(x), nil }, target.Binary(y), s, []float64{0.1, 1, 0.1, 0.1})
	if err != nil {
		t.Fatal(err)
	}
	for k, l := range each {
		for i, v := range l.Score {
			if math.Abs(v-lessons[k].Score[i]) > 1e-4 {
				t.Fatalf("lesson %d, row %d: %v alone, %v together", k, i, v, lessons[k].Score[i])
			}
		}
	}
}

// Of the same groups, scikit-learn's probes give the same learning curve.
func TestLessonsAgainstScikitLearn(t *testing.T) {
	var c struct {
		Layer      int
		C          float64
		Row, Y     []int
		City, Fold []int
		Place      [][]int
		Curve      []float64
		Score      [][]float64 // of the first draw of every part
	}
	figures(t, "learning.json", &c)
	dump, err := activations.Open(activations.Spec{Paths: []string{"../testdata/capitals/hidden_states.npy"}})
	if err != nil {
		t.Fatal(err)
	}
	defer dump.Close()
	layer, err := dump.At(c.Layer, 0)
	if err != nil {
		t.Fatal(err)
	}
	x := make([][]float64, len(c.Row))
	for i, row := range c.Row {
		_, width := layer.Dims()
		x[i] = make([]float64, width)
		if err := layer.ReadRows(x[i], row, row+1); err != nil {
			t.Fatal(err)
		}
	}
	y := target.Binary(c.Y)
	task, err := (&Settings{C: []float64{c.C}, Tol: 1e-12}).planned(Slices(x), y)
	if err != nil {
		t.Fatal(err)
	}
	plan := &folds.Plan{Folds: 1 + slices.Max(c.Fold)}
	for k := range plan.Folds {
		u := folds.Unit{Fold: k, Test: make([]bool, len(x))}
		for i, fold := range c.Fold {
			u.Test[i] = fold == k
		}
		plan.Units = append(plan.Units, u)
	}
	task.plan = plan
	lessons, err := task.learn(slices.Repeat([]float64{c.C}, plan.Folds), c.Place, leastPart, func(splits []solve.Split, C float64, visit func(*solve.Fit)) error {
		return task.family.Fit(t.Context(), Slices(x).design, splits, [][]float64{y.Values}, []float64{C}, visit)
	})
	if err != nil {
		t.Fatal(err)
	}
	for k, curve := range c.Curve {
		of := lessons[k*len(c.Place) : (k+1)*len(c.Place)]
		for i, want := range c.Score[k] {
			if math.Abs(of[0].Score[i]-want) > 1e-6 {
				t.Fatalf("1/%d of the groups, row %d: %v, want %v", of[0].Part, i, of[0].Score[i], want)
			}
		}
		l := compare.Lesson{Predictor: "probe", Groups: of[0].Groups}
		for _, draw := range of {
			l.Score = append(l.Score, draw.Score)
		}
		lines, err := compare.Learning{Target: y, Group: c.City, Fold: c.Fold, Lessons: []compare.Lesson{l}}.Measure(t.Context(), compare.Settings{Bootstrap: estimate.Bootstrap{Draws: 100}})
		if err != nil {
			t.Fatal(err)
		}
		if got := lines[0].Estimate.Value; !(math.Abs(got-curve) < 1e-15) {
			t.Errorf("1/%d of the groups: %v, want %v", of[0].Part, got, curve)
		}
	}
}

// Tasks and halves are probes that can be trained one by one: the rows of a fold that these
// get right, of tasks where their value is on rows that train the fold. Where 4 of 40 groups
// have all rows of label 1, half of those that train often lack it.
func TestTasksOneByOne(t *testing.T) {
	x, y, group := planted(200, 1.5)
	rare, value := make([]int, len(y)), make([]string, len(y))
	for i := range value {
		value[i] = fmt.Sprint(i % 7)
		if i%50 < 5 {
			rare[i] = 1
		}
	}
	value[3] = "alone"
	C := []float64{0.001, 1}
	for name, y := range map[string][]int{"even": y, "rare": rare, "balanced": rare} {
		s := &Settings{Group: group, Seed: 4, Folds: 2, InnerFolds: 2, Balanced: name == "balanced"}
		tasks, err := ControlTasks(t.Context(), Slices(x), target.Binary(y), s, C, value, 3)
		if err != nil {
			t.Fatal(err)
		}
		halves, err := Halves(t.Context(), Slices(x), target.Binary(y), s, C)
		if err != nil {
			t.Fatal(err)
		}
		task, _ := s.planned(Slices(x), target.Binary(y))
		drawn, err := task.drawTasks(task.plan.Units, value, 3)
		if err != nil {
			t.Fatal(err)
		}
		lacks := make([]bool, LessonDraws)
		for n, u := range task.plan.Units {
			count := func(y []int, score []float64) (right float64) {
				for i, v := range score {
					if u.Test[i] && i != 3 && (v > 0.5) == (y[i] == 1) {
						right++
					}
				}
				return right
			}
			right := func(y []int, train []bool) float64 {
				one := *s
				one.Only, one.C = train, C[n:n+1]
				p, err := Train(t.Context(), Slices(x), target.Binary(y), &one)
				if err != nil {
					return math.NaN()
				}
				score, _ := p.Predict(Slices(x))
				return count(y, score)
			}
			for k, label := range drawn {
				if got, want := tasks.ByTask[n][k], right(target.Column{Values: label}.Ints(), u.Train()); got != want {
					t.Errorf("%s, fold %d, task %d: %v rows are right, want %v", name, n, k, got, want)
				}
			}
			got, want := 0., floats.Sum(tasks.ByTask[n])/3
			for i, share := range tasks.Right {
				if u.Test[i] && i != 3 {
					got += share
				}
			}
			if math.Abs(got-want) > 1e-9 {
				t.Errorf("%s, fold %d: %v rows are right, %v task by task", name, n, got, want)
			}
			for draw, half := range halves {
				train, _ := task.firstGroups(u, task.plan.Order(s.Seed, draw), 2)
				got, want := count(y, half.Score), right(y, train)
				lacks[draw] = lacks[draw] || math.IsNaN(want)
				if half.Score != nil && got != want {
					t.Errorf("%s, fold %d, draw %d: %v rows are right, want %v", name, n, draw, got, want)
				}
			}
		}
		lacking := 0
		for draw, half := range halves {
			if lacks[draw] {
				lacking++
			}
			if half.Part != 2 || (half.Score == nil) != lacks[draw] {
				t.Errorf("%s, draw %d of 1/%d: found scores %v, and that half lacks a label %v", name, draw, half.Part, half.Score != nil, lacks[draw])
			}
		}
		if (lacking > 0) != (name != "even") || lacking == LessonDraws || len(halves) != LessonDraws {
			t.Errorf("%s: %d of %d draws of half lack a label", name, lacking, len(halves))
		}
	}
}

// Tasks are drawn by the seed and not by the order of rows.
func TestTasksFollowTheSeed(t *testing.T) {
	x, y, group := planted(200, 1)
	value := make([]string, len(y))
	for i := range value {
		value[i] = fmt.Sprint(i % 7)
	}
	drawn := func(seed uint64) (label []string) {
		s := &Settings{Group: group, Seed: seed, Folds: 2, InnerFolds: 2}
		task, err := s.planned(Slices(x), target.Binary(y))
		if err != nil {
			t.Fatal(err)
		}
		tasks, err := task.drawTasks(task.plan.Units, value, 8)
		if err != nil {
			t.Fatal(err)
		}
		for v := range 7 {
			for _, of := range tasks {
				label = append(label, fmt.Sprint(v, of[slices.Index(value, fmt.Sprint(v))]))
			}
		}
		return label
	}
	first, other := drawn(4), drawn(5)
	slices.Reverse(x)
	slices.Reverse(y)
	slices.Reverse(group)
	slices.Reverse(value)
	if again := drawn(4); !slices.Equal(again, first) || slices.Equal(other, first) {
		t.Errorf("found labels %v, %v of the rows in reverse and %v of another seed", first, again, other)
	}
}

// States that hold the value of a row know the labels of control tasks by heart, those
// that hold nothing guess, and where no value is on both sides nothing is known.
func TestControlTasks(t *testing.T) {
	const n, values = 240, 12
	_, y, group := planted(n, 0)
	rng := rand.New(rand.NewPCG(8, 8))
	value, own := make([]string, n), make([]string, n)
	heart, noise := make([][]float64, n), make([][]float64, n)
	for i := range n {
		v := rng.IntN(values)
		value[i], own[i] = fmt.Sprint(v), group[i]
		heart[i], noise[i] = make([]float64, values), make([]float64, values)
		heart[i][v] = 1
		for j := range noise[i] {
			noise[i][j] = rng.NormFloat64()
		}
	}
	s := &Settings{Group: group, Seed: 2}
	C := []float64{10, 10, 10, 10, 10}
	mean := func(x [][]float64, value []string) float64 {
		tasks, err := ControlTasks(t.Context(), Slices(x), target.Binary(y), s, C, value, 20)
		if err != nil {
			t.Fatal(err)
		}
		sum, counted := 0.0, 0.0
		for _, v := range tasks.Right {
			sum += v / n
		}
		for _, fold := range tasks.ByTask {
			for _, v := range fold {
				counted += v / (20 * n)
			}
		}
		if !math.IsNaN(sum) && math.Abs(sum-counted) > 1e-9 || math.IsNaN(sum) && counted != 0 {
			t.Errorf("rows are right on %v of the tasks, counted by task on %v", sum, counted)
		}
		return sum
	}
	if m := mean(heart, value); m < 0.999 {
		t.Errorf("states that hold the value are right on %v of control tasks", m)
	}
	if m := mean(noise, value); m < 0.4 || m > 0.65 {
		t.Errorf("states that hold nothing are right on %v of control tasks", m)
	}
	if m := mean(heart, own); !math.IsNaN(m) {
		t.Errorf("values that are their groups give %v", m)
	}
	for i := range value {
		value[i] = "one"
	}
	if _, err := ControlTasks(t.Context(), Slices(heart), target.Binary(y), s, C, value, 20); err == nil || !strings.Contains(err.Error(), "found 1 values, too few to draw labels for") {
		t.Errorf("one value: %v", err)
	}
}

// Where the label lies in the span of what is regressed out, nothing is left of it;
// where a nuisance drowns it, more is read without.
func TestResidualised(t *testing.T) {
	x, y, group := planted(200, 1)
	labels, loud := make([]float64, len(y)), make([]float64, len(y))
	rng := rand.New(rand.NewPCG(5, 5))
	for i := range x {
		labels[i], loud[i] = float64(y[i]), 30*rng.NormFloat64()
		x[i][0] += loud[i]
		x[i][1] = loud[i] / 2 * (1 + rng.NormFloat64())
	}
	auroc := func(columns ...[]float64) float64 {
		o, err := CrossValidate(t.Context(), Slices(x), target.Binary(y), &Settings{Group: group, Residualise: columns, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		if (o.Probes == nil) != (columns != nil) {
			t.Errorf("%d probes kept", len(o.Probes))
		}
		return o.AUROC().Value
	}
	plain, without, nothing := auroc(), auroc(loud), auroc(labels)
	if plain > 0.62 || without < 0.7 || nothing > 0.56 {
		t.Errorf("AUROC %v, without the nuisance %v, without the label %v", plain, without, nothing)
	}
	// What is regressed out is learned on the rows that train a fold, outer or inner.
	s := &Settings{Group: group, Residualise: [][]float64{loud}, Seed: 1, C: []float64{1}}
	o, err := CrossValidate(t.Context(), Slices(x), target.Binary(y), s)
	if err != nil {
		t.Fatal(err)
	}
	design, _ := solve.NewDense(len(y), 3, slices.Concat(x...))
	u := o.Plan.Units[2]
	split := solve.Split{Train: u.Train()}
	left, err := solve.Residual(design, s.Residualise, split)
	if err != nil {
		t.Fatal(err)
	}
	err = solve.Logistic{}.Fit(t.Context(), left, []solve.Split{split}, solve.Targets(y), []float64{1}, func(f *solve.Fit) {
		for i, test := range u.Test {
			if want := solve.Sigmoid(f.Margin[i]); test && math.Abs(o.Score[0][i]-want) > 1e-4 {
				t.Fatalf("row %d: %v, want %v", i, o.Score[0][i], want)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	const inner = 1
	split = solve.Split{Train: u.Without(inner)}
	if left, err = solve.Residual(design, s.Residualise, split); err != nil {
		t.Fatal(err)
	}
	err = solve.Logistic{}.Fit(t.Context(), left, []solve.Split{split}, solve.Targets(y), []float64{1}, func(f *solve.Fit) {
		for i, fold := range u.InnerFold {
			if fold == inner && math.Abs(o.Inner[2][i]-f.Margin[i]) > 1e-3 {
				t.Fatalf("row %d of the inner fold: margin %v, want %v", i, o.Inner[2][i], f.Margin[i])
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := o.Train(t.Context(), Slices(x)); err == nil {
		t.Error("trained a probe on all rows without what it was cross-validated without")
	}
	if _, err := Permutations(t.Context(), Slices(x), target.Binary(y), s, 1, 3); err == nil {
		t.Error("permuted the labels of whole rows")
	}
}

// Balanced probes of several targets have weights of each target's own labels.
func TestTrainEachBalanced(t *testing.T) {
	x, y, _ := planted(90, 1)
	rare := make([]int, len(y))
	for i := range rare {
		if rare[i] = y[i]; i%4 > 0 {
			rare[i] = 0
		}
	}
	all := slices.Repeat([]bool{true}, len(y))
	s := &Settings{Balanced: true, Weight: slices.Repeat([]float64{2}, len(y))}
	err := TrainEach(t.Context(), Slices(x), []target.Column{target.Binary(y), target.Binary(rare)}, [][]bool{all}, s, 1, func(_, k int, p *Probe, _ []float64) {
		own := *s
		own.C = []float64{1}
		want, err := Train(t.Context(), Slices(x), target.Binary([][]int{y, rare}[k]), &own)
		if err != nil {
			t.Fatal(err)
		}
		for j, w := range want.Weights {
			if math.Abs(p.Weights[j]-w) > 1e-4 {
				t.Errorf("target %d, weight %d: %v, want %v", k, j, p.Weights[j], w)
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestControlsRefuse(t *testing.T) {
	x, y, group := planted(40, 1)
	numbers := make([]float64, len(y))
	for i := range numbers {
		numbers[i] = x[i][0]
	}
	s := &Settings{Group: group}
	for want, do := range map[string]func() error{
		"no code length":                  func() error { _, err := Describe(t.Context(), Slices(x), target.Number(numbers), s, 2); return err },
		"found 0 orders":                  func() error { _, err := Describe(t.Context(), Slices(x), target.Binary(y), s, 0); return err },
		"found 1 values of C, expected 5": func() error { _, err := Learn(t.Context(), Slices(x), target.Binary(y), s, []float64{1}); return err },
		"cannot be drawn for a control task": func() error {
			_, err := ControlTasks(t.Context(), Slices(x), target.Number(numbers), s, make([]float64, 5), group, 2)
			return err
		},
		"found 3 values for 40 rows": func() error {
			_, err := ControlTasks(t.Context(), Slices(x), target.Binary(y), s, make([]float64, 5), group[:3], 2)
			return err
		},
		"found columns to regress out": func() error {
			own := *s
			own.Residualise = [][]float64{numbers}
			_, err := Describe(t.Context(), Slices(x), target.Binary(y), &own, 2)
			return err
		},
	} {
		if err := do(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("found %v, want %q", err, want)
		}
	}
}

// An order of the groups does not depend on the order of rows.
func TestOrderOfGroups(t *testing.T) {
	plan := func(ids []string, group []int, names []string) *folds.Plan {
		p, err := folds.New(ids, group, make([]int, len(ids)), 1, folds.Settings{Folds: 2, Inner: 2, GroupNames: names})
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	a := plan([]string{"a", "b", "c", "d", "e"}, []int{0, 1, 2, 3, 3}, []string{"p", "q", "r", "s"}).Order(3, 1)
	b := plan([]string{"e", "d", "c", "b", "a"}, []int{0, 0, 1, 2, 3}, []string{"s", "r", "q", "p"}).Order(3, 1)
	slices.Reverse(b)
	if !slices.Equal(a, b) || a[3] != a[4] {
		t.Errorf("found %v and %v", a, b)
	}
}
