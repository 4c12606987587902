package study

import (
	"maps"
	"math"
	"slices"
	"strings"

	"tell/estimate"
	"tell/target"
)

// DumpSeries compares other dumps with the study's own on the rows that both
// have.
type DumpSeries struct {
	// Dumps names them among dumps; each has examples of its own.
	Dumps []string `yaml:"dumps"`
	// Margin is the difference, in AUROC and in shares, up to which two dumps
	// are called equivalent. Default: none, and nothing is.
	Margin float64 `yaml:"margin"`
	// Dose is the strength that each dump stands for, that of the study's own
	// first: a series whose slope is measured. Default: none.
	Dose []float64 `yaml:"dose"`
	// Random are the dumps of random directions that the series is set against,
	// each with its strength.
	Random map[string]float64 `yaml:"random"`
	// Unrelated says on which examples, and by which rule, it is counted what
	// the treatment does to something else.
	Unrelated *Unrelated `yaml:"unrelated"`
}

// Unrelated are examples outside of the study, such as sums beside questions of
// geography.
type Unrelated struct {
	Rows    string `yaml:"rows"`
	Correct string `yaml:"correct"`
}

var dumpsKind = kindOf("dumps", "", (*Study).checkDumpSeries, (*table).unrelated)

// UsesDump reports whether the comparison reads a dump.
func (d *DumpSeries) UsesDump(name string) bool {
	_, random := d.Random[name]
	return random || slices.Contains(d.Dumps, name)
}

func (s *Study) checkDumpSeries(key string, c *DumpSeries) error {
	if err := s.checkNames(key+".dumps", c.Dumps, 1, "one of dumps, to be compared with the study's own"); err != nil {
		return err
	}
	for _, of := range []struct {
		list  string
		names []string
	}{{"dumps", c.Dumps}, {"random", slices.Sorted(maps.Keys(c.Random))}} {
		for _, name := range of.names {
			d, known := s.Dumps[name]
			switch {
			case !known:
				return s.ErrorAt(key+"."+of.list, "found %q, expected one of dumps: %s", name, strings.Join(slices.Sorted(maps.Keys(s.Dumps)), ", "))
			case d.Examples == "":
				return s.ErrorAt("dumps."+name, "found no examples, expected those that say what the model did in this dump")
			}
		}
	}
	switch {
	case !(c.Margin >= 0 && c.Margin < 1):
		return s.ErrorAt(key+".margin", "found %v, expected a difference between 0 and 1, such as 0.05", c.Margin)
	case c.Dose != nil && len(c.Dose) != 1+len(c.Dumps):
		return s.ErrorAt(key+".dose", "found %d strengths, expected %d: that of the study's own dump, then those of %v", len(c.Dose), 1+len(c.Dumps), c.Dumps)
	case slices.ContainsFunc(c.Dose, func(x float64) bool { return math.IsNaN(x) || math.IsInf(x, 0) }):
		return s.ErrorAt(key+".dose", "found %v, expected finite numbers", c.Dose)
	case c.Dose != nil && !slices.Contains(c.Dose, 0):
		return s.ErrorAt(key+".dose", "found %v, expected 0 among them: the strength of the dump that the others are set against", c.Dose)
	case len(distinct(c.Dose)) < len(c.Dose):
		return s.ErrorAt(key+".dose", "found %v, expected each strength once", c.Dose)
	case c.Dose != nil && (s.Decision == nil || s.Target.Kind != target.KindBinary):
		return s.ErrorAt(key+".dose", "found strengths without acts_as_0 and acts_as_1 of a decision, expected these: what changes with the dose is what the model does")
	case c.Random != nil && c.Dose == nil:
		return s.ErrorAt(key+".random", "found dumps without dose, expected the strengths of the series as well")
	case c.Unrelated != nil && (c.Unrelated.Rows == "" || c.Unrelated.Correct == ""):
		return s.ErrorAt(key+".unrelated", "expected {rows: expression, correct: expression}")
	}
	return nil
}

// UnrelatedRows are the examples of a dump that an unrelated accuracy is about,
// by id.
type UnrelatedRows struct {
	ID      []string
	Correct []bool
}

func (t *table) unrelated(key string, of *DumpSeries, _ *Cases) (*UnrelatedRows, error) {
	if of.Unrelated == nil {
		return nil, nil
	}
	key += ".unrelated"
	rows, err := t.compile(key+".rows", of.Unrelated.Rows)
	if err != nil {
		return nil, err
	}
	correct, err := t.compile(key+".correct", of.Unrelated.Correct)
	if err != nil {
		return nil, err
	}
	id, err := t.column("id", t.ID)
	if err != nil {
		return nil, err
	}
	u := &UnrelatedRows{}
	for i := range t.Len() {
		in, err := rows.truth(i)
		if err != nil {
			return nil, t.errorOn(i, key+".rows", "", "%w", err)
		}
		if !in {
			continue
		}
		is, err := correct.truth(i)
		if err != nil {
			return nil, t.errorOn(i, key+".correct", "", "%w", err)
		}
		u.ID, u.Correct = append(u.ID, id.String(i)), append(u.Correct, is)
	}
	order := make([]int, len(u.ID))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return estimate.CompareNames(u.ID[i], u.ID[j]) })
	u.ID, u.Correct = pick(u.ID, order), pick(u.Correct, order)
	if u.ID == nil {
		return nil, t.ErrorAt(key+".rows", "`%s` is true for none of the %d examples", of.Unrelated.Rows, t.Len())
	}
	return u, nil
}
