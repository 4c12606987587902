package run

import (
	"fmt"
	"maps"
	"slices"

	"tell/activations"
	"tell/folds"
	"tell/study"
	"tell/target"
)

// A source is a dump with the cases that describe its rows and the folds that
// these are in.
type source struct {
	opened *activations.Dump
	dump   *activations.Dump // at the positions of the study
	cases  *study.Cases
	folds  *folds.Plan
	alone  []string // ids of rows that the study's own dump has not
}

// source is the dump of that name; the study's own has none.
func (p *plan) source(dump string) *source {
	if dump == "" {
		return &source{opened: p.opened, dump: p.dump, cases: p.cases, folds: p.folds}
	}
	return p.dumps[dump]
}

// openDumps opens the dumps beside the study's own. The rows of one without
// examples are those of the study's dump; the rows of others are found by id.
func (p *plan) openDumps() error {
	p.dumps = map[string]*source{}
	for _, name := range slices.Sorted(maps.Keys(p.Dumps)) {
		if !p.uses(name) {
			continue
		}
		key := "dumps." + name
		opened, err := activations.Open(p.DumpSpec(name))
		if err != nil {
			return p.ErrorAt(key, "%w", err)
		}
		d := &source{opened: opened, dump: opened, cases: p.cases, folds: p.folds}
		p.dumps[name] = d
		if err := p.note(opened, p.DumpExamplesPath(name)); err != nil {
			return err
		}
		if p.Dumps[name].Examples != "" {
			if err := p.describe(name, d); err != nil {
				return err
			}
			continue
		}
		if has, want := d.dump.Shape().Rows, p.dump.Shape().Rows; has != want {
			return p.ErrorAt(key, "found %d rows, expected %d, those of the study's dump in the same order; or name the examples of these rows", has, want)
		}
	}
	return nil
}

// uses tells whether a baseline or a comparison needs a dump.
func (p *plan) uses(dump string) bool {
	if slices.ContainsFunc(p.Baselines, func(b study.Baseline) bool { return b.Dump == dump }) {
		return true
	}
	return slices.ContainsFunc(p.Compare, func(c study.Comparison) bool {
		if of, ok := c.Of.(*study.Transfers); ok {
			return slices.Contains(p.DumpsOf(of.Transfer), dump)
		}
		d, ok := c.Of.(interface{ UsesDump(string) bool })
		return ok && d.UsesDump(dump)
	})
}

// describe joins a dump to its own examples and keeps the rows whose ids the
// study's own dump has too, in the same folds.
func (p *plan) describe(name string, d *source) error {
	key := "dumps." + name
	cases, err := p.CasesOf(name, d.opened)
	if err != nil {
		return err
	}
	row := map[string]int{}
	for i, id := range p.cases.ID {
		row[id] = i
	}
	var shared, owned []int
	for i, id := range cases.ID {
		own, known := row[id]
		if !known {
			d.alone = append(d.alone, id)
			continue
		}
		shared, owned = append(shared, i), append(owned, own)
		if a, b := p.cases.GroupNames[p.cases.Group[own]], cases.GroupNames[cases.Group[i]]; a != b {
			return p.ErrorAt(key, "found id %q in group %q, expected group %q, as in the study's own examples", id, b, a)
		}
		if a, b := labelOf(p.cases.Target, own), labelOf(cases.Target, i); a != b {
			return p.ErrorAt(key, "found id %q with label %v, expected %v, as in the study's own examples: dumps are compared on one label, so write that of the study into both tables", id, b, a)
		}
	}
	if len(shared) == 0 {
		return p.ErrorAt(key, "found none of its ids, such as %q, among those of the study's own examples, such as %q", cases.ID[0], p.cases.ID[0])
	}
	d.cases = cases.At(shared)
	d.cases.Target = p.cases.Target.At(owned) // equal, and its levels have the same numbers
	d.dump = d.cases.Dump
	if d.folds, err = p.folds.For(d.cases.ID); err != nil {
		return p.ErrorAt(key, "%w", err)
	}
	return nil
}

// labelOf is the label of a row as examples have it, which do not number levels
// alike where one of them lacks a level.
func labelOf(y target.Column, row int) string {
	x := y.Values[row]
	switch {
	case y.Kind == target.KindClass || y.Kind == target.KindOrdinal:
		return fmt.Sprintf("%q", y.Levels[int(x)])
	case y.N != nil:
		return fmt.Sprintf("%v of %v judgements", x, y.N[row])
	}
	return fmt.Sprint(x)
}
