package run

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"gonum.org/v1/gonum/floats"

	"tell/activations"
	"tell/compare"
	"tell/folds"
	"tell/probe"
	"tell/study"
	"tell/target"
)

// What a fold adds to the numbers of control tasks is of the layer that it chose, also
// where folds choose different ones.
func TestSelectivityOfEachFold(t *testing.T) {
	const n = 40
	rng := rand.New(rand.NewPCG(3, 1))
	ids, group, y, score := make([]string, n), make([]int, n), make([]int, n), make([]float64, n)
	for i := range n {
		ids[i], group[i], y[i], score[i] = fmt.Sprint(i), i, i%2, rng.Float64()
	}
	split, err := folds.New(ids, group, y, 2, folds.Settings{Folds: 2, Inner: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	s := &study.Study{}
	s.Controls.Selectivity, s.Controls.Bootstrap, s.Controls.Level, s.Seed = "value", 200, 0.95, 1
	m := &merging{plan: &plan{Study: s, folds: split, cases: &study.Cases{Target: target.Binary(y), Group: group}}}
	counts := func(size int) []float64 {
		x := make([]float64, size)
		for i := range x {
			x[i] = float64(rng.IntN(20))
		}
		return x
	}
	for range 2 {
		tasks := &probe.Tasks{Right: make([]float64, n)}
		for i := range n {
			tasks.Right[i] = rng.Float64()
		}
		for range split.Folds {
			tasks.ByTask, tasks.ByHalf = append(tasks.ByTask, counts(controlTasks)), append(tasks.ByHalf, counts(probe.LessonDraws))
		}
		m.sites = append(m.sites, &part{tasks: tasks})
	}
	m.sites[1].tasks.Right[slices.Index(split.OuterFold(0), 0)] = math.NaN() // of a value that no row which trains has

	got, err := m.selectivity(t.Context(), &probe.Nested{Choice: []int{1, 0}, Score: [][]float64{score}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	one, other := m.sites[1].tasks, m.sites[0].tasks // of the folds 0 and 1
	want := compare.Selectivity{Right: make([]float64, n), Control: make([]float64, n), Group: group}
	known := float64(n)
	for i, fold := range split.OuterFold(0) {
		if want.Control[i] = []*probe.Tasks{one, other}[fold].Right[i]; math.IsNaN(want.Control[i]) {
			known--
		}
		if (score[i] > 0.5) == (y[i] == 1) {
			want.Right[i] = 1
		}
	}
	mean := func(a, b []float64) []float64 {
		return floats.ScaleTo(make([]float64, len(a)), 1/known, floats.AddTo(make([]float64, len(a)), a, b))
	}
	want.ByTask, want.ByHalf = mean(one.ByTask[0], other.ByTask[1]), mean(one.ByHalf[0], other.ByHalf[1])
	lines, err := want.Measure(t.Context(), m.compareSettings())
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, lines) {
		t.Errorf("found %+v, want %+v", got, lines)
	}
}

// A part is refused where numbers of its control tasks are missing.
func TestControlsFit(t *testing.T) {
	s := &study.Study{}
	s.Controls.Selectivity = "value"
	p := &plan{Study: s, folds: &folds.Plan{Folds: 2}}
	in := activations.NewInspector(2)
	in.Add([]float64{1, 2, 3, 4})
	tasks := func(byTask, byHalf int) *part {
		of := &probe.Tasks{Right: make([]float64, 5)}
		for range 2 {
			of.ByTask, of.ByHalf = append(of.ByTask, make([]float64, byTask)), append(of.ByHalf, make([]float64, byHalf))
		}
		return &part{Cell: Cell{Family: "logistic"}, Health: in.Health(), curve: &probe.OutOfFold{}, tasks: of}
	}
	whole, without := tasks(controlTasks, probe.LessonDraws), tasks(controlTasks, probe.LessonDraws)
	without.tasks.ByHalf = nil
	for want, of := range map[string]*part{
		"<nil>": whole,
		"folds of halves of the groups: found 0, expected 2":                         without,
		"control tasks: found 3, expected 20":                                        tasks(3, probe.LessonDraws),
		fmt.Sprintf("halves of the groups: found 4, expected %d", probe.LessonDraws): tasks(controlTasks, 4),
	} {
		if err := of.controlsFit(p, 5, 1); fmt.Sprint(err) != want {
			t.Errorf("found %v, want %s", err, want)
		}
	}
}
