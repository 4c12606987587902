package run

import (
	"context"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tell/audit"
	"tell/compare"
	"tell/internal/profile"
	"tell/probe"
	"tell/result"
	"tell/study"
)

// controlTasks is how many control tasks the selectivity is the mean of.
const controlTasks = 20

// describes and selects tell whether a cell codes the labels, and is given control
// tasks.
func (p *plan) describes(c Cell) bool { return c.isSite() && p.Controls.Description > 0 }

func (p *plan) selects(c Cell) bool { return c.isSite() && p.Controls.Selectivity != "" }

// learns tells whether a cell is trained on fewer groups as well: the probe's own, and
// those of what it is set against.
func (p *plan) learns(c Cell) bool {
	if c.Target != "" || c.Train != "" || c.Test != "" || c.Beside != "" || c.Residual {
		return false
	}
	rival := c.Dump == "" || slices.ContainsFunc(p.Baselines, func(b study.Baseline) bool { return b.Dump == c.Dump })
	return rival && p.Controls.Learning
}

// lessons is how many a cell has: those of the learning curve, or only the halves of the
// groups, which show beside control tasks what the choice of the training groups does.
func (p *plan) lessons(c Cell) int {
	switch {
	case p.learns(c):
		return probe.Lessons()
	case p.selects(c):
		return probe.LessonDraws
	}
	return 0
}

// addControls adds to a part what the controls of the study ask for.
func (p *plan) addControls(ctx context.Context, made *part, x probe.Rows) error {
	c, y, settings := made.Cell, p.cases.Target, p.settings(made.Cell)
	if made.Health.Constant() || !p.describes(c) && !p.selects(c) && !p.learns(c) {
		return nil
	}
	return profile.In(ctx, StageControls, func(ctx context.Context) (err error) {
		C := made.curve.C[:p.folds.Folds]
		if p.describes(c) {
			d, err := probe.Describe(ctx, x, y, settings, p.Controls.Description)
			if err != nil {
				return fmt.Errorf("description: %w", err)
			}
			made.bits = d.Bits
		}
		if p.selects(c) {
			if made.tasks, err = probe.ControlTasks(ctx, x, y, settings, C, p.cases.Selectivity, controlTasks); err != nil {
				return fmt.Errorf("selectivity: %w", err)
			}
		}
		switch {
		case p.learns(c):
			made.lessons, err = probe.Learn(ctx, x, y, settings, C)
		case p.selects(c):
			made.lessons, err = probe.Halves(ctx, x, y, settings, C)
		}
		return err
	})
}

// residual are the columns that are regressed out of the states.
func (p *plan) residual() [][]float64 {
	var columns [][]float64
	for _, n := range p.cases.Residual {
		columns = append(columns, n.Columns()...)
	}
	return columns
}

// residualised is the probe on states without what the study regresses out of them.
func (m *merging) residualised() (baseline, error) {
	b := baseline{name: result.Residualised, note: fmt.Sprintf("the same probe, chosen like it, on states without what can be told linearly from %s, which is regressed out inside the training folds", audit.List(m.Probe.Residualise))}
	t, err := m.trained(sweep{Residual: true})
	if err != nil || t.reason != "" {
		b.reason = t.reason
		return b, err
	}
	b.score = t.nested.Score // no rival of the probe: it has no inner margins
	return b, nil
}

// lessonsOf are the lessons of a predictor whose part is chosen in every outer fold of
// the first repeat; nil where there are none.
func (m *merging) lessonsOf(parts []*part, choice []int) []probe.Lesson {
	var lessons []probe.Lesson
	for k := range parts[choice[0]].lessons {
		var l probe.Lesson
		for n, u := range m.folds.Units[:m.folds.Folds] {
			of := parts[choice[n]].lessons[k]
			if n == 0 {
				l = of
				l.Score = slices.Clone(of.Score)
			}
			if of.Score == nil {
				l.Score = nil
				break
			}
			width := len(of.Score) / len(u.Test)
			for i, test := range u.Test {
				if test {
					copy(l.Score[i*width:(i+1)*width], of.Score[i*width:(i+1)*width])
				}
			}
		}
		lessons = append(lessons, l)
	}
	return lessons
}

// controls measures what the controls of the study ask for.
func (m *merging) controls(ctx context.Context, nested *probe.Nested, base []baseline) error {
	for _, of := range []struct {
		block result.Block
		lines func(context.Context, *probe.Nested, []baseline) ([]compare.Line, error)
	}{
		{result.ROC, m.roc}, {result.Description, m.description}, {result.Selectivity, m.selectivity}, {result.Learning, m.learning},
	} {
		lines, err := of.lines(ctx, nested, base)
		if err != nil {
			return err
		}
		m.result.Table = append(m.result.Table, result.ComparedRows(of.block, lines)...)
	}
	return nil
}

func (m *merging) roc(ctx context.Context, nested *probe.Nested, base []baseline) ([]compare.Line, error) {
	if m.Controls.FPR == nil {
		return nil, nil
	}
	list := []compare.Scored{{Name: result.Probe, Score: probe.Mean(nested.Score)}}
	for _, b := range base {
		if b.reason == "" && b.name != result.Majority && b.name != result.Behaviour {
			list = append(list, compare.Scored{Name: b.name, Score: probe.Mean(b.score)})
		}
	}
	return compare.ROC{Label: m.cases.Target.Ints(), Group: m.cases.Group, Predictors: list, FPR: *m.Controls.FPR}.Measure(ctx, m.compareSettings())
}

func (m *merging) description(ctx context.Context, _ *probe.Nested, _ []baseline) ([]compare.Line, error) {
	if m.Controls.Description == 0 {
		return nil, nil
	}
	coding := probe.CodingOf(m.folds, m.Seed, m.Controls.Description)
	var codes []compare.Code
	var bits [][][]float64
	for _, s := range m.sites {
		if s.bits != nil {
			bits = append(bits, s.bits)
			codes = append(codes, compare.Code{Predictor: result.Probe, Layer: s.Layer, Position: s.Position, Bits: s.bits})
		}
	}
	all := compare.Code{Predictor: result.Probe, Layer: compare.None, Position: compare.None, Bits: coding.Mixture(bits)}
	return compare.Description{
		Levels: len(m.cases.Target.Levels), Group: m.cases.Group, Shares: coding.Shares(m.cases.Target), Codes: append([]compare.Code{all}, codes...),
	}.Measure(ctx, m.compareSettings())
}

func (m *merging) selectivity(ctx context.Context, nested *probe.Nested, _ []baseline) ([]compare.Line, error) {
	if m.Controls.Selectivity == "" {
		return nil, nil
	}
	y := m.cases.Target
	right, control := m.right(nested.Score[0]), make([]float64, y.Len())
	byTask, known := make([]float64, controlTasks), 0.
	for n, u := range m.folds.Units[:m.folds.Folds] {
		tasks := m.sites[nested.Choice[n]].tasks
		for i, test := range u.Test {
			if !test {
				continue
			}
			if control[i] = tasks.Right[i]; !math.IsNaN(control[i]) {
				known++
			}
		}
		floats.Add(byTask, tasks.ByTask[n])
	}
	floats.Scale(1/known, byTask)
	lessons := m.lessonsOf(m.sites, nested.Choice)
	var byHalf []float64
	for _, l := range lessons[len(lessons)-probe.LessonDraws:] {
		of := math.NaN()
		if l.Score != nil {
			of = 0
			for i, v := range m.right(l.Score) {
				if !math.IsNaN(control[i]) {
					of += v
				}
			}
		}
		byHalf = append(byHalf, of)
	}
	floats.Scale(1/known, byHalf)
	return compare.Selectivity{Right: right, Control: control, Group: m.cases.Group, ByTask: byTask, ByHalf: byHalf}.Measure(ctx, m.compareSettings())
}

// right is 1 for the rows whose label scores predict, and 0 for the others.
func (m *merging) right(score []float64) []float64 {
	right := make([]float64, m.cases.Target.Len())
	for i, is := range m.readRightly(score) {
		if is {
			right[i] = 1
		}
	}
	return right
}

func (m *merging) learning(ctx context.Context, nested *probe.Nested, base []baseline) ([]compare.Line, error) {
	if !m.Controls.Learning {
		return nil, nil
	}
	groups := 0.0 // that train all of a fold, the mean over folds
	for _, u := range m.folds.Units[:m.folds.Folds] {
		seen := map[int]bool{}
		for i, test := range u.Test {
			if !test {
				seen[m.folds.Group[i]] = true
			}
		}
		groups += float64(len(seen)) / float64(m.folds.Folds)
	}
	var lines []compare.Lesson
	add := func(name string, lessons []probe.Lesson, whole []float64) {
		var last float64
		for lo := 0; lo < len(lessons); {
			hi := lo
			l := compare.Lesson{Predictor: name, Groups: lessons[lo].Groups}
			for ; hi < len(lessons) && lessons[hi].Part == lessons[lo].Part; hi++ {
				l.Score = append(l.Score, lessons[hi].Score)
			}
			if math.Round(l.Groups) > last { // few groups have few parts
				lines, last = append(lines, l), math.Round(l.Groups)
			}
			lo = hi
		}
		if math.Round(groups) > last {
			lines = append(lines, compare.Lesson{Predictor: name, Groups: groups, Score: [][]float64{whole}})
		}
	}
	add(result.Probe, m.lessonsOf(m.sites, nested.Choice), nested.Score[0])
	for _, b := range base {
		if b.reason == "" && b.lessons != nil {
			add(b.name, b.lessons, b.score[0])
		}
	}
	return compare.Learning{Target: m.cases.Target, Group: m.cases.Group, Fold: m.folds.OuterFold(0), Lessons: lines}.Measure(ctx, m.compareSettings())
}

// controlsFit reports controls of a part that are missing, or not of this plan.
func (p *part) controlsFit(plan *plan, rows, width int) error {
	trained := p.curve != nil && (p.Control != "" || p.tellsNothing() == "")
	type length struct {
		name      string
		has, want int
	}
	want := func(asked bool, n int) int {
		if asked && trained {
			return n
		}
		return 0
	}
	lengths := []length{
		{"orders of a description", len(p.bits), want(plan.describes(p.Cell), plan.Controls.Description)},
		{"lessons", len(p.lessons), want(true, plan.lessons(p.Cell))},
	}
	tasks := p.tasks
	if tasks == nil {
		tasks = &probe.Tasks{}
	}
	lengths = append(lengths, length{"rows of control tasks", len(tasks.Right), want(plan.selects(p.Cell), rows)},
		length{"folds of control tasks", len(tasks.ByTask), want(plan.selects(p.Cell), plan.folds.Folds)})
	for _, of := range tasks.ByTask {
		lengths = append(lengths, length{"control tasks", len(of), controlTasks})
	}
	for _, b := range p.bits {
		lengths = append(lengths, length{"bits", len(b), rows})
	}
	for _, l := range p.lessons {
		if l.Score != nil {
			lengths = append(lengths, length{"scores of a lesson", len(l.Score), rows * width})
		}
	}
	for _, l := range lengths {
		if l.has != l.want {
			return fmt.Errorf("%s: found %d, expected %d", l.name, l.has, l.want)
		}
	}
	return nil
}

// lessonFacts are what a part holds of a lesson beside its scores.
type lessonFacts struct {
	Part   int     `json:"part"`
	Groups float64 `json:"groups"`
	Scored bool    `json:"scored"`
}

// addLessons lays lessons out as numbers.
func addLessons(lessons []probe.Lesson, add func(name string, shape []int, x []float64)) []lessonFacts {
	var facts []lessonFacts
	var scores [][]float64
	for _, l := range lessons {
		facts = append(facts, lessonFacts{l.Part, l.Groups, l.Score != nil})
		if l.Score != nil {
			scores = append(scores, l.Score)
		}
	}
	if scores != nil {
		add("lessons", []int{len(scores), len(scores[0])}, flat(scores))
	}
	return facts
}

// lessons reads what addLessons has laid out.
func (a *arrays) lessons(facts []lessonFacts) []probe.Lesson {
	n := 0
	for _, f := range facts {
		if f.Scored {
			n++
		}
	}
	var scores [][]float64
	if n > 0 {
		scores = a.rows("lessons", n)
	}
	var lessons []probe.Lesson
	for _, f := range facts {
		l := probe.Lesson{Part: f.Part, Groups: f.Groups}
		if f.Scored && a.err == nil {
			l.Score, scores = scores[0], scores[1:]
		}
		lessons = append(lessons, l)
	}
	return lessons
}
