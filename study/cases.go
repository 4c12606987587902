package study

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"

	"tell/activations"
	"tell/estimate"
	"tell/gap"
	"tell/target"
)

// Cases are the examples that a study uses, in the order of their groups' names,
// then of their ids, so that no number depends on the order of rows in files.
// Slices that the study has no column for are nil; all others have one element for
// each case.
type Cases struct {
	Rows []int    // row of the activations
	ID   []string // as the report names the row

	// Dump is the dump that the cases were joined to, read at the positions of
	// the study. It shares the files of that dump, and its Close does nothing
	// where it is a view.
	Dump *activations.Dump

	Target    target.Column // every case is stated
	Behaviour []int         // the label acted as, or gap.Neither
	Graded    []float64     // graded behaviour toward label 1, NaN where not stated
	Knows     []int         // 1 or 0, -1 where not stated
	// GradedLevels is, of a target of levels, the graded behaviour toward each; nil
	// where not stated.
	GradedLevels [][]float64
	Effort       []float64 // NaN where not stated
	Censored     []bool    // where the effort was cut off
	Right        []int     // 1 or 0, -1 where not stated

	Group      []int    // index into GroupNames
	GroupNames []string // in the order of estimate.CompareNames
	Grouped    bool     // false if the study names no group and every case is its own
	Unit       []int    // rows of equal number carry one label and move as one

	// Weight is how much a case counts in training; nil for 1 each.
	Weight []float64
	// Residual are the features that are regressed out of the states, Selectivity
	// the values that get labels of their own in control tasks.
	Residual    []Nuisance
	Selectivity []string

	Condition []string
	Strata    []gap.Stratum
	Text      []string
	Said      []string
	Nuisance  []Nuisance
	Scorers   []Scorer

	// Sets marks the cases of every set that is of this dump.
	Sets map[string][]bool
	// Compared holds what each comparison asks for beside, such as [Pairs]; nil
	// where that is nothing.
	Compared []any

	// AnswerPosition is the first position of the answer, -1 where the table
	// has null.
	AnswerPosition []int

	// TokenText is what is written at every position, nil where nothing says it.
	TokenText [][]string

	// Counts is how many positions each case has; nil where all have as many as
	// the dump.
	Counts []int

	Examples  int // examples in the table
	Unmatched int // rows of the activations without an example
}

// Nuisance is one surface feature: numbers or levels.
type Nuisance struct {
	Name    string
	Numeric []float64
	Levels  []string
}

// Columns turns the feature into numbers: itself, or an indicator for every level.
func (n Nuisance) Columns() [][]float64 { return n.ColumnsAs(n) }

// ColumnsAs is Columns with the levels of the same feature of other rows.
func (n Nuisance) ColumnsAs(other Nuisance) [][]float64 {
	if n.Numeric != nil {
		return [][]float64{n.Numeric}
	}
	levels := slices.Compact(slices.Sorted(slices.Values(other.Levels)))
	columns := make([][]float64, len(levels))
	for c, level := range levels {
		columns[c] = make([]float64, len(n.Levels))
		for i, v := range n.Levels {
			if v == level {
				columns[c][i] = 1
			}
		}
	}
	return columns
}

// At returns the cases of the given numbers, in their order.
func (c *Cases) At(cases []int) *Cases {
	at := *c
	at.Rows, at.ID, at.Target = pick(c.Rows, cases), pick(c.ID, cases), c.Target.At(cases)
	at.Behaviour, at.Graded, at.Knows = pick(c.Behaviour, cases), pick(c.Graded, cases), pick(c.Knows, cases)
	at.GradedLevels = pick(c.GradedLevels, cases)
	at.Effort, at.Censored, at.Right = pick(c.Effort, cases), pick(c.Censored, cases), pick(c.Right, cases)
	at.Group, at.Unit = pick(c.Group, cases), pick(c.Unit, cases)
	at.Condition, at.Text, at.Said = pick(c.Condition, cases), pick(c.Text, cases), pick(c.Said, cases)
	at.AnswerPosition, at.Counts = pick(c.AnswerPosition, cases), pick(c.Counts, cases)
	at.Weight, at.Selectivity = pick(c.Weight, cases), pick(c.Selectivity, cases)
	at.TokenText = pick(c.TokenText, cases)
	at.Strata, at.Scorers = nil, nil
	for _, s := range c.Strata {
		at.Strata = append(at.Strata, gap.Stratum{Name: s.Name, Value: pick(s.Value, cases)})
	}
	at.Nuisance, at.Residual = nuisancesAt(c.Nuisance, cases), nuisancesAt(c.Residual, cases)
	for _, s := range c.Scorers {
		at.Scorers = append(at.Scorers, Scorer{s.Name, pick(s.Score, cases)})
	}
	at.Sets, at.Compared = map[string][]bool{}, slices.Clone(c.Compared)
	for name, in := range c.Sets {
		at.Sets[name] = pick(in, cases)
	}
	for i, of := range c.Compared {
		if pairs, ok := of.(Pairs); ok {
			at.Compared[i] = Pairs(pick(pairs, cases))
		}
	}
	return &at
}

func nuisancesAt(list []Nuisance, cases []int) []Nuisance {
	var at []Nuisance
	for _, n := range list {
		at = append(at, Nuisance{n.Name, pick(n.Numeric, cases), pick(n.Levels, cases)})
	}
	return at
}

// pick is nil of nil.
func pick[T any](x []T, at []int) []T {
	if x == nil {
		return nil
	}
	picked := make([]T, len(at))
	for i, k := range at {
		picked[i] = x[k]
	}
	return picked
}

// none replaces null where any text will do.
const none = "(none)"

// maxLevels is the number of different whole numbers up to which they are
// levels rather than a quantity.
const maxLevels = 10

// Cases reads the examples, joins them to the activations, leaves out those
// that the study does not use, and evaluates what the study asks for on the
// rest. The dump is one that [Study.Spec] opens; it stays as it is, and must stay
// open while the cases are used.
func (s *Study) Cases(dump *activations.Dump) (*Cases, error) {
	examples, err := s.readExamples(dump)
	if err != nil {
		return nil, err
	}
	t := &table{Study: s, Examples: examples}
	c := &Cases{Examples: examples.Len()}
	for _, step := range []func(*activations.Dump, *Cases) error{
		t.filter, t.join, t.arrange, t.positions, t.labels, t.behaviour, t.levelActedAs, t.gradedLevels, t.graded, t.knows, t.effort, t.groups, t.units, t.texts, t.nuisances, t.weights, t.controlColumns, t.scorers, t.answerPositions, t.tokens, t.sets, t.compared,
	} {
		if err := step(dump, c); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func (s *Study) readExamples(dump *activations.Dump) (*activations.Examples, error) {
	if path := s.ExamplesPath(); path != "" {
		e, err := activations.ReadExamples(path, append(dump.PositionColumns(), s.lists()...)...)
		if err != nil {
			return nil, s.ErrorAt("examples", "%w", err)
		}
		return e, nil
	}
	e, err := dump.Examples()
	if err != nil {
		return nil, s.ErrorAt("activations.path", "%w", err)
	}
	if e == nil {
		return nil, s.ErrorAt("examples", "missing: %s files hold no table beside the states, expected a file with the examples", dump.Format())
	}
	return e, nil
}

// table is the examples under a study; used are the indices of those that it
// uses.
type table struct {
	*Study
	*activations.Examples
	used []int
}

// column finds a column that the study names at key; nil when it names none.
func (t *table) column(key, name string) (*activations.Column, error) {
	if name == "" {
		return nil, nil
	}
	c, ok := t.Column(name)
	if !ok {
		return nil, t.ErrorAt(key, "%w", errNoColumn(name, t.Examples))
	}
	return c, nil
}

// compile understands the expression that the study has at key.
func (t *table) compile(key, source string) (*expression, error) {
	x, err := compile(source, t.Examples)
	if err != nil {
		return nil, t.ErrorAt(key, "%w", err)
	}
	return x, nil
}

// errorOn is an error on example i in a column or expression that the study has
// at key.
func (t *table) errorOn(i int, key, column, format string, args ...any) error {
	return &Error{
		Where: t.Where(i),
		Key:   column,
		cause: fmt.Errorf(format+" (%s, %s)", append(args, key, t.keys.where(t.Path, key))...),
	}
}

// filter finds the examples that are used.
func (t *table) filter(_ *activations.Dump, _ *Cases) error {
	if t.Rows == "" {
		for i := range t.Len() {
			t.used = append(t.used, i)
		}
		if len(t.used) == 0 {
			return t.ErrorAt("examples", "found no examples")
		}
		return nil
	}
	x, err := t.compile("rows", t.Rows)
	if err != nil {
		return err
	}
	for i := range t.Len() {
		keep, err := x.truth(i)
		if err != nil {
			return t.errorOn(i, "rows", "", "%w", err)
		}
		if keep {
			t.used = append(t.used, i)
		}
	}
	if len(t.used) == 0 {
		return t.ErrorAt("rows", "`%s` is true for none of the %d examples", t.Rows, t.Len())
	}
	return nil
}

func (t *table) behaviour(_ *activations.Dump, c *Cases) error {
	if t.Decision == nil || t.Decision.ActsAs0 == "" {
		return nil
	}
	var acts [2]*expression
	for y, source := range []string{t.Decision.ActsAs0, t.Decision.ActsAs1} {
		var err error
		if acts[y], err = t.compile(actsKey(y), source); err != nil {
			return err
		}
	}
	for _, i := range t.used {
		behaviour := gap.Neither
		for y, x := range acts {
			does, err := x.truth(i)
			if err != nil {
				return t.errorOn(i, actsKey(y), "", "%w", err)
			}
			switch {
			case does && behaviour != gap.Neither:
				return t.errorOn(i, "decision", "", "both `%s` and `%s` are true, expected at most one of them", acts[0].source, acts[1].source)
			case does:
				behaviour = y
			}
		}
		c.Behaviour = append(c.Behaviour, behaviour)
	}
	return nil
}

func actsKey(y int) string { return fmt.Sprintf("decision.acts_as_%d", y) }

func (t *table) groups(_ *activations.Dump, c *Cases) error {
	column, err := t.column("group", t.Group)
	if err != nil {
		return err
	}
	if column == nil {
		c.Group, c.GroupNames = estimate.Numbered(c.ID)
		return nil
	}
	c.Grouped = true
	var names []string
	for _, i := range t.used {
		if column.IsNull(i) {
			return t.errorOn(i, "group", t.Group, "found null, expected a group")
		}
		names = append(names, column.String(i))
	}
	c.Group, c.GroupNames = estimate.Numbered(names)
	return nil
}

// texts fills what is read as text, column by column.
func (t *table) texts(_ *activations.Dump, c *Cases) error {
	for _, want := range []struct {
		key, name, null string
		to              *[]string
	}{
		{"condition", t.Condition, none, &c.Condition},
		{"text", t.Text, "", &c.Text},
		{"said", t.Said, "", &c.Said},
	} {
		var err error
		if *want.to, err = t.text(want.key, want.name, want.null); err != nil {
			return err
		}
	}
	for i, name := range t.Strata {
		values, err := t.text(fmt.Sprintf("strata[%d]", i), name, none)
		if err != nil {
			return err
		}
		c.Strata = append(c.Strata, gap.Stratum{Name: name, Value: values})
	}
	return nil
}

func (t *table) text(key, name, null string) ([]string, error) {
	column, err := t.column(key, name)
	if column == nil {
		return nil, err
	}
	values := make([]string, len(t.used))
	for j, i := range t.used {
		values[j] = column.String(i)
		if column.IsNull(i) {
			values[j] = null
		}
	}
	return values, nil
}

func (t *table) nuisances(_ *activations.Dump, c *Cases) (err error) {
	c.Nuisance, err = t.features("nuisance", t.Nuisance)
	return err
}

// features evaluates a list of expressions as numbers or levels.
func (t *table) features(keyOfAll string, sources []string) ([]Nuisance, error) {
	var list []Nuisance
	for j, source := range sources {
		key := fmt.Sprintf("%s[%d]", keyOfAll, j)
		x, err := t.compile(key, source)
		if err != nil {
			return nil, err
		}
		values := make([]any, len(t.used))
		for j, i := range t.used {
			if values[j], err = x.value(i); err != nil {
				return nil, t.errorOn(i, key, "", "%w", err)
			}
		}
		n := Nuisance{Name: source}
		if isQuantity(values) {
			n.Numeric = make([]float64, len(values))
		} else {
			n.Levels = make([]string, len(values))
		}
		for j, v := range values {
			if n.Levels != nil {
				n.Levels[j] = level(v)
				continue
			}
			number, ok := asNumber(v)
			if !ok {
				return nil, t.errorOn(t.used[j], key, source, "found %s, expected a finite number, as on other rows%s", literal(v), x.notNumber(t.used[j]))
			}
			if err := t.inRange(t.used[j], key, source, number); err != nil {
				return nil, err
			}
			n.Numeric[j] = number
		}
		list = append(list, n)
	}
	return list, nil
}

// isQuantity says whether values are numbers to compute with: there is a
// fraction among them, or more different whole numbers than maxLevels.
func isQuantity(values []any) bool {
	whole := make(map[int]bool)
	for _, v := range values {
		switch v := v.(type) {
		case float64:
			return true
		case int:
			whole[v] = true
		}
	}
	return len(whole) > maxLevels
}

func asNumber(v any) (float64, bool) {
	switch v := v.(type) {
	case int:
		return float64(v), true
	case float64:
		return v, !math.IsNaN(v) && !math.IsInf(v, 0)
	}
	return 0, false
}

func level(v any) string {
	if v == nil {
		return none
	}
	return fmt.Sprint(v)
}

func (t *table) answerPositions(_ *activations.Dump, c *Cases) error {
	const key = "answer_position"
	column, err := t.column(key, t.AnswerPosition)
	if column == nil {
		return err
	}
	for _, i := range t.used {
		p := -1
		if !column.IsNull(i) {
			n, ok := asNumber(column.Value(i))
			if !ok || n < 0 || n != math.Trunc(n) || n > math.MaxInt32 {
				return t.errorOn(i, key, t.AnswerPosition, "found %s, expected a position, counted from 0", literal(column.Value(i)))
			}
			p = int(n)
		}
		c.AnswerPosition = append(c.AnswerPosition, p)
	}
	return nil
}

// sortByRow orders the cases by their row of the activations.
func (t *table) sortByRow(row map[int]int) (rows []int) {
	slices.SortFunc(t.used, func(i, j int) int { return cmp.Compare(row[i], row[j]) })
	for _, i := range t.used {
		rows = append(rows, row[i])
	}
	return rows
}

// rowNames names cases by their row of the activations.
func rowNames(rows []int) []string {
	names := make([]string, len(rows))
	for i, row := range rows {
		names[i] = strconv.Itoa(row)
	}
	return names
}
