package run

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"tell/activations"
	"tell/folds"
	"tell/internal/kernel"
	"tell/internal/profile"
	"tell/probe"
	"tell/result"
	"tell/study"
	"tell/target"
)

// Version is the version of tell.
const Version = "0.1.0"

// plan is a study that is ready to be computed: its rows, its folds and its
// cells.
type plan struct {
	*study.Study
	Options
	opened *activations.Dump
	dump   *activations.Dump // at the positions of the study
	cases  *study.Cases
	dumps  map[string]*source // beside the study's own
	folds  *folds.Plan
	cells  []Cell
	rivals []rival // those that are trained on columns
	store  store
	pace   *pace // of the cells, once they are computed

	sweeps  []sweep // what comparisons train
	named   map[string][]bool
	targets map[string]target.Column // beside the study's own

	studyFile result.Input
	inputs    []result.Input
	hash      string

	readMu sync.Mutex
	read   []inputFile
}

// newPlan reads the cases, splits them and lays out the cells. It trains
// nothing.
func newPlan(ctx context.Context, s *study.Study, o Options) (*plan, error) {
	p := &plan{Study: s, Options: o}
	if err := profile.In(ctx, StageReading, p.prepare); err != nil {
		p.close()
		return nil, err
	}
	return p, nil
}

func (p *plan) prepare(ctx context.Context) (err error) {
	if p.opened, err = activations.Open(p.Spec()); err != nil {
		return p.ErrorAt("activations", "%w", err)
	}
	if err := p.note(p.opened, p.ExamplesPath()); err != nil {
		return err
	}
	if p.cases, err = p.Cases(p.opened); err != nil {
		return err
	}
	p.dump = p.cases.Dump
	for _, step := range []func() error{
		p.split, p.openDumps, p.shareMemory, p.layOut, func() error { return p.hashInputs(ctx) },
	} {
		if err := step(); err != nil {
			return err
		}
	}
	p.hash, err = p.identity()
	p.store = newStore(p)
	return err
}

func (p *plan) close() {
	if p.opened != nil {
		p.opened.Close()
	}
	for _, d := range p.dumps {
		d.opened.Close()
	}
}

// split makes the folds.
func (p *plan) split() error {
	k := p.Probe
	if len(p.cases.GroupNames) == 1 {
		return p.ErrorAt("group", "the group column %s has one value, %q, on all %d rows used, so nothing can be held out; expected a column that tells items apart",
			p.Group, p.cases.GroupNames[0], len(p.cases.Rows))
	}
	if n := len(p.cases.GroupNames); n < k.Folds {
		return p.ErrorAt("probe.folds", "found %d folds, expected at most %d, as many as there are groups among the rows used", k.Folds, n)
	}
	if err := probe.CheckNested(p.cases.Target, p.cases.Group); err != nil {
		return p.ErrorAt("target.label", "%w", err)
	}
	stratum, levels := probe.Strata(p.cases.Target)
	var err error
	p.folds, err = folds.New(p.cases.ID, p.cases.Group, stratum, levels, folds.Settings{
		Folds: k.Folds, Inner: k.InnerFolds, Repeats: k.Repeats, Seed: p.Seed, GroupNames: p.cases.GroupNames,
	})
	if err != nil {
		return p.ErrorAt("probe", "%w", err)
	}
	weighted := p.cases.Weight != nil
	if !weighted && p.cases.Target.Leveled() {
		return nil // strata see to it
	}
	switch reason := p.cannot(sweep{}); {
	case reason == "":
		return nil
	case weighted:
		return p.ErrorAt("weight", "%s, as rows of weight 0 do not train; expected some of every label", reason)
	default:
		return p.ErrorAt("target.label", "%s; expected different ones in every fold: leave out some rows of the most frequent value, or take other folds with probe.folds, probe.inner_folds or seed", reason)
	}
}

// layOut lists every layer and position that the study asks for, and the
// baselines that have to be trained.
func (p *plan) layOut() error {
	shape := p.dump.Shape()
	numbers := p.dump.LayerNumbers()
	layers, err := p.pick("layers", p.Layers, numbers)
	if err != nil {
		return err
	}
	if e := p.Activations.Embedding; e != nil && !slices.Contains(numbers, *e) {
		return p.ErrorAt("activations.embedding", "found %d, expected %s, as the dump has", *e, oneOf(numbers))
	}
	positions, err := p.pick("positions", p.Positions, indices(slices.Repeat([]bool{true}, shape.Positions)))
	if err != nil {
		return err
	}
	if positions, err = p.everywhere(positions); err != nil {
		return err
	}
	for _, l := range layers {
		for _, at := range positions {
			p.cells = append(p.cells, Cell{Layer: l, Position: at, Family: p.Probe.Kind})
		}
	}
	if p.cases.Text != nil {
		p.cells = append(p.cells, p.control(result.Text))
	}
	p.rivals = p.columnRivals(p.cases)
	for _, r := range p.rivals {
		p.cells = append(p.cells, p.control(r.name))
	}
	for _, b := range p.Baselines {
		if b.Dump != "" {
			p.addSweep(sweep{Dump: b.Dump})
		}
	}
	if err := cmp.Or(p.laySparse(), p.layTraces()); err != nil {
		return err
	}
	if p.cases.Residual != nil {
		p.addSweep(sweep{Residual: true})
	}
	for i, c := range p.Compare {
		if err := comparerOf(c.Kind).lay(p, i); err != nil {
			return err
		}
	}
	return nil
}

// everywhere takes the positions that every case has, which are those that layers
// and positions are chosen among. One that the study names must be of them.
func (p *plan) everywhere(positions []int) ([]int, error) {
	var common []int
	for k, at := range positions {
		rows := p.rowsAt(at)
		switch {
		case rows == nil:
			common = append(common, at)
		case p.Positions != nil:
			return nil, p.ErrorAt(fmt.Sprintf("positions[%d]", k), "found %d, which %d of the %d rows used lack; expected one that all of them have. A comparison of kind trajectory reads the others", at, len(p.cases.Rows)-len(rows), len(p.cases.Rows))
		}
	}
	return common, nil
}

// pick checks that the wanted numbers are there; none wanted means all.
func (p *plan) pick(key string, wanted, there []int) ([]int, error) {
	if wanted == nil {
		return there, nil
	}
	for k, i := range wanted {
		if !slices.Contains(there, i) {
			return nil, p.ErrorAt(fmt.Sprintf("%s[%d]", key, k), "found %d, expected %s, as the dump has", i, oneOf(there))
		}
	}
	return wanted, nil
}

// oneOf lists numbers to choose from.
func oneOf(numbers []int) string {
	first, last := numbers[0], numbers[len(numbers)-1]
	if slices.IsSorted(numbers) && last-first == len(numbers)-1 {
		return fmt.Sprintf("%d to %d", first, last)
	}
	return "one of " + strings.Trim(strings.ReplaceAll(fmt.Sprint(numbers), " ", ", "), "[]")
}

// embedding is the layer that is known to be the embedding output, None where
// neither the study nor the dump says so.
func (p *plan) embedding() int {
	if e := p.Activations.Embedding; e != nil {
		return *e
	}
	if layer, known := p.dump.EmbeddingLayer(); known && layer >= 0 {
		return layer
	}
	return result.None
}

// sites are the cells of probes on the study's own dump, for its own target and
// on all its rows.
func (p *plan) sites() []Cell {
	var cells []Cell
	for _, c := range p.cells {
		if c.isSite() {
			cells = append(cells, c)
		}
	}
	return cells
}

// control is the cell of a predictor that needs no hidden states.
func (p *plan) control(name string) Cell {
	return Cell{Control: name, Family: p.columnSettings().Family}
}

// settings are those of the probes of a cell.
func (p *plan) settings(c Cell) *probe.Settings {
	from := p.source(c.Dump)
	s := &probe.Settings{Family: c.Family, C: p.Probe.C, Tol: p.Probe.Tol, Plan: from.folds, Seed: p.Seed, Unit: from.cases.Unit, Bootstrap: p.bootstrap(), Weight: from.cases.Weight, Balanced: p.balanced()}
	s.Coordinates, s.Random = cmp.Or(c.Coordinates, p.Probe.Coordinates), c.Random
	if p.pace != nil {
		s.Trained = func() { p.pace.probe(c, 1) }
	}
	return s
}

// familyOf is that of the probes of a sweep.
func (p *plan) familyOf(w sweep) string {
	if w.Coordinates > 0 {
		return "k-sparse"
	}
	return p.Probe.Kind
}

// balanced tells whether levels have the same weight in all in training.
func (p *plan) balanced() bool { return p.ClassWeight == study.Balanced }

// identity is the hash of everything that the numbers of a part depend on.
func (p *plan) identity() (string, error) {
	h := sha256.New()
	err := json.NewEncoder(h).Encode(map[string]any{
		"schema":       partSchema,
		"tell":         Version,
		"instructions": kernel.Instructions(),
		"study":        p.studyFile,
		"inputs":       p.inputs,
		"ids":          p.folds.IDs,
		"units":        p.folds.Units,
		"target":       p.cases.Target,
		"cells":        p.cells,
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
