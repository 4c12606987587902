package probe

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tell/folds"
	"tell/internal/solve"
	"tell/metric"
	"tell/target"
)

// A Lesson is out-of-fold scores of probes that were trained on some of the groups.
type Lesson struct {
	// Part is how much of the training groups of every fold: 1/Part.
	Part int
	// Groups is the mean of their number over the folds.
	Groups float64
	// Score has those of all rows, as [OutOfFold] has them; nil where the training
	// rows of a fold lack a level.
	Score []float64
}

// leastPart is that of the fewest training groups that [Learn] trains on.
const leastPart = 16

// LessonDraws is how often the groups of every part are drawn.
const LessonDraws = 5

// Lessons returns the number of lessons that [Learn] gives.
func Lessons() int { return LessonDraws * int(math.Log2(leastPart)) }

// Learn trains the outer folds of the first repeat on 1/16, 1/8, 1/4 and 1/2 of their
// training groups, each drawn five times, at a C for each fold: those that [OutOfFold]
// chose with all groups, whose scores are the end of the curve. Of one draw the
// smaller part lies in the larger one. All parts of a fold advance side by side.
func Learn(ctx context.Context, x Rows, y target.Column, s *Settings, C []float64) ([]Lesson, error) {
	return learn(ctx, x, y, s, C, leastPart)
}

// Halves is the last lessons of [Learn] alone, those of 1/2.
func Halves(ctx context.Context, x Rows, y target.Column, s *Settings, C []float64) ([]Lesson, error) {
	return learn(ctx, x, y, s, C, 2)
}

func learn(ctx context.Context, x Rows, y target.Column, s *Settings, C []float64, least int) ([]Lesson, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	return t.learn(C, t.orders(), least, func(splits []solve.Split, C float64, visit func(*solve.Fit)) error {
		return t.family.Fit(ctx, x.design, splits, [][]float64{y.Values}, []float64{C}, visit)
	})
}

// LearnEach is Learn for columns that are themselves learned from training rows; see
// [CrossValidateEach].
func LearnEach(ctx context.Context, rows func(train []bool) (Rows, error), y target.Column, s *Settings, C []float64) ([]Lesson, error) {
	t, err := s.planned(Dense(y.Len(), 1, make([]float64, y.Len())), y)
	if err != nil {
		return nil, err
	}
	return t.learn(C, t.orders(), leastPart, func(splits []solve.Split, C float64, visit func(*solve.Fit)) error {
		for k := range splits {
			x, err := rows(splits[k].Train)
			if err == nil {
				err = x.check()
			}
			if err != nil {
				return err
			}
			err = t.family.Fit(ctx, x.design, splits[k:k+1], [][]float64{y.Values}, []float64{C}, func(f *solve.Fit) {
				f.Split = k
				visit(f)
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// orders are those that groups are drawn by: the place of every row's group in each.
func (t *task) orders() [][]int {
	places := make([][]int, LessonDraws)
	for draw := range places {
		places[draw] = t.plan.Order(t.Seed, draw)
	}
	return places
}

func (t *task) learn(C []float64, places [][]int, least int, fit func(splits []solve.Split, C float64, visit func(*solve.Fit)) error) ([]Lesson, error) {
	if t.Only != nil {
		return nil, fmt.Errorf("probe: found marks of rows to train on, expected none for a learning curve")
	}
	if err := t.wholeRows("a learning curve"); err != nil {
		return nil, err
	}
	units, width := t.plan.Units[:t.plan.Folds], t.shape.width
	if len(C) != len(units) {
		return nil, fmt.Errorf("probe: found %d values of C, expected %d, one for each fold", len(C), len(units))
	}
	var lessons []Lesson
	for part := least; part > 1; part /= 2 {
		for range places {
			lessons = append(lessons, Lesson{Part: part, Score: make([]float64, t.y.Len()*width)})
		}
	}
	for n, u := range units {
		var splits []solve.Split
		var of []int
		for k := range lessons {
			train, groups := t.firstGroups(u, places[k%len(places)], lessons[k].Part)
			lessons[k].Groups += float64(groups) / float64(len(units))
			if !t.teaches(train) {
				lessons[k].Score = nil
			}
			if lessons[k].Score != nil {
				splits, of = append(splits, t.split(t.y.Values, train)), append(of, k)
			}
		}
		err := fit(splits, C[n], func(f *solve.Fit) {
			score := lessons[of[f.Split]].Score
			for i, test := range u.Test {
				if test {
					t.shape.score(score[i*width:(i+1)*width], f, i)
				}
			}
		})
		if err != nil {
			return nil, err
		}
	}
	return lessons, nil
}

// firstGroups marks the training rows of the first groups in an order: 1/part of those
// that train, rounded up.
func (t *task) firstGroups(u folds.Unit, place []int, part int) (train []bool, groups int) {
	var places []int
	for i, test := range u.Test {
		if !test {
			places = append(places, place[i])
		}
	}
	slices.Sort(places)
	places = slices.Compact(places)
	groups = (len(places) + part - 1) / part
	last := places[groups-1]
	train = make([]bool, len(place))
	for i, test := range u.Test {
		train[i] = !test && place[i] <= last
	}
	return train, groups
}

// teaches tells whether a probe can be trained on some rows: every level is among
// them, or different values.
func (t *task) teaches(train []bool) bool {
	if t.y.Leveled() {
		return t.trainsAll(train)
	}
	low, high := math.Inf(1), math.Inf(-1)
	for i, v := range t.y.Values {
		if train[i] && (t.Weight == nil || t.Weight[i] > 0) && (t.y.N == nil || t.y.N[i] > 0) {
			low, high = min(low, v), max(high, v)
		}
	}
	return low < high
}

// Tasks is what probes do on control tasks.
type Tasks struct {
	// Right is, for every row, the share of tasks whose label is predicted by probes
	// that saw neither the row nor its group. NaN stands for rows whose value is on
	// none of the rows that train their fold.
	Right []float64
	// ByTask counts, for every fold and task, the rows that are right, those without
	// NaN.
	ByTask [][]float64
}

// ControlTasks trains probes on control tasks (Hewitt and Liang 2019, "Designing and
// Interpreting Probes with Control Tasks"). In a task every value of a column has a label of its own, drawn among those of the
// rows, so that a probe can know the label of another row of that value by heart and
// no other way. They are trained at a C for each outer fold of the first repeat, as
// those of the target are, all side by side. Only labels 0 and 1 and classes can be
// drawn.
func ControlTasks(ctx context.Context, x Rows, y target.Column, s *Settings, C []float64, value []string, tasks int) (*Tasks, error) {
	t, err := s.planned(x, y)
	if err != nil {
		return nil, err
	}
	units := t.plan.Units[:t.plan.Folds]
	switch {
	case y.Kind != target.KindBinary && y.Kind != target.KindClass:
		return nil, fmt.Errorf("probe: the labels of a target of kind %s cannot be drawn for a control task, expected a binary one or classes", y.Kind)
	case len(C) != len(units):
		return nil, fmt.Errorf("probe: found %d values of C, expected %d, one for each fold", len(C), len(units))
	case len(value) != y.Len():
		return nil, fmt.Errorf("probe: found %d values for %d rows, expected as many", len(value), y.Len())
	case tasks < 1:
		return nil, fmt.Errorf("probe: found %d control tasks, expected at least 1", tasks)
	case t.Only != nil:
		return nil, fmt.Errorf("probe: found marks of rows to train on, expected none for a control task")
	}
	if err := t.wholeRows("a control task"); err != nil {
		return nil, err
	}
	drawn, err := t.drawTasks(units, value, tasks)
	if err != nil {
		return nil, err
	}
	made := &Tasks{make([]float64, y.Len()), make([][]float64, len(units))}
	together := len(drawn)
	if t.Balanced {
		together = 1
	}
	for n, u := range units {
		train := u.Train()
		made.ByTask[n] = make([]float64, tasks)
		known := map[string]bool{}
		for i, in := range train {
			known[value[i]] = known[value[i]] || in
		}
		for lo := 0; lo < len(drawn); lo += together {
			batch := drawn[lo : lo+together]
			score := make([]float64, t.shape.width)
			err := t.family.Fit(ctx, x.design, []solve.Split{t.split(batch[0], train)}, batch, C[n:n+1], func(f *solve.Fit) {
				for i, test := range u.Test {
					if !test {
						continue
					}
					t.shape.score(score, f, i)
					if float64(predicted(score)) == batch[f.Target][i] {
						made.Right[i] += 1 / float64(tasks)
						if known[value[i]] {
							made.ByTask[n][lo+f.Target]++
						}
					}
				}
			})
			if err != nil {
				return nil, err
			}
		}
		for i, test := range u.Test {
			if test && !known[value[i]] {
				made.Right[i] = math.NaN()
			}
		}
	}
	return made, nil
}

// predicted is the level that scores predict: of two labels, or the likeliest.
func predicted(score []float64) int {
	if len(score) == 1 {
		return metric.Predict(score[0])
	}
	return slices.Index(score, slices.Max(score))
}

// drawTasks draws labels for every value, each task anew until the training rows of
// every fold have all levels.
func (t *task) drawTasks(units []folds.Unit, value []string, tasks int) ([][]float64, error) {
	const most = 1000
	values := slices.Compact(slices.Sorted(slices.Values(value)))
	rows := slices.Clone(t.y.Values)
	slices.Sort(rows) // so that a draw does not depend on the order of rows
	var drawn [][]float64
	one := *t
	for draw := 0; len(drawn) < tasks && draw < most*tasks; draw++ {
		rng := rand.New(rand.NewPCG(t.Seed^taskStream, uint64(draw)))
		label := make(map[string]float64, len(values))
		for _, v := range values {
			label[v] = rows[rng.IntN(len(rows))]
		}
		y := make([]float64, len(value))
		for i, v := range value {
			y[i] = label[v]
		}
		one.y.Values = y
		if !slices.ContainsFunc(units, func(u folds.Unit) bool { return !one.trainsAll(u.Train()) }) {
			drawn = append(drawn, y)
		}
	}
	if len(drawn) < tasks {
		return nil, fmt.Errorf("probe: found %d values, too few to draw labels for: hardly a draw leaves every level on the training rows of every fold", len(values))
	}
	return drawn, nil
}

const taskStream = 0x7461736b // "task"
