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
	random := func(size int) []float64 {
		x := make([]float64, size)
		for i := range x {
			x[i] = rng.Float64()
		}
		return x
	}
	for range 2 {
		of := &part{tasks: &probe.Tasks{Right: random(n)}}
		for range split.Folds {
			of.tasks.ByTask = append(of.tasks.ByTask, random(controlTasks))
		}
		for range probe.Lessons() {
			of.lessons = append(of.lessons, probe.Lesson{Score: random(n)})
		}
		m.sites = append(m.sites, of)
	}
	m.sites[1].tasks.Right[slices.Index(split.OuterFold(0), 0)] = math.NaN() // of a value that no row which trains has

	got, err := m.selectivity(t.Context(), &probe.Nested{Choice: []int{1, 0}, Score: [][]float64{score}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	one, other := m.sites[1], m.sites[0] // of the folds 0 and 1
	want := compare.Selectivity{Right: make([]float64, n), Control: make([]float64, n), Group: group}
	known, halves := float64(n), make([]float64, probe.LessonDraws)
	for i, fold := range split.OuterFold(0) {
		of := []*part{one, other}[fold]
		if want.Control[i] = of.tasks.Right[i]; math.IsNaN(want.Control[i]) {
			known--
		} else {
			for k, l := range of.lessons[len(of.lessons)-probe.LessonDraws:] {
				if (l.Score[i] > 0.5) == (y[i] == 1) {
					halves[k]++
				}
			}
		}
		if (score[i] > 0.5) == (y[i] == 1) {
			want.Right[i] = 1
		}
	}
	want.ByTask = floats.AddTo(make([]float64, controlTasks), one.tasks.ByTask[0], other.tasks.ByTask[1])
	floats.Scale(1/known, want.ByTask)
	floats.Scale(1/known, halves)
	want.ByHalf = halves
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
	tasks := func(byTask, halves int) *part {
		of := &probe.Tasks{Right: make([]float64, 5)}
		for range 2 {
			of.ByTask = append(of.ByTask, make([]float64, byTask))
		}
		return &part{Cell: Cell{Family: "logistic"}, Health: in.Health(), curve: &probe.OutOfFold{}, tasks: of, lessons: make([]probe.Lesson, halves)}
	}
	for want, of := range map[string]*part{
		"<nil>":                               tasks(controlTasks, probe.LessonDraws),
		"control tasks: found 3, expected 20": tasks(3, probe.LessonDraws),
		fmt.Sprintf("lessons: found 4, expected %d", probe.LessonDraws): tasks(controlTasks, 4),
	} {
		if err := of.controlsFit(p, 5, 1); fmt.Sprint(err) != want {
			t.Errorf("found %v, want %s", err, want)
		}
	}
}
