package study

import (
	"context"
	"fmt"
	"runtime"

	"tell/activations"
	"tell/probe"
)

// Options are what a run may be told beside its study file. None of them
// changes a number: on one instruction set, the bytes of the result are the same
// for any number of workers and any memory. Another instruction set adds in
// another order, so that between processors last digits may differ.
type Options struct {
	// Workers is how many sites are trained at once. Zero means one for each
	// processor.
	Workers int
	// Memory bounds the bytes that the sites in training hold together. Zero
	// means no bound but Workers.
	Memory int64
	// Progress, when not nil, is told how many of the steps of a stage are
	// done. It is called from one goroutine at a time.
	Progress func(stage string, done, total int)
}

func (o Options) progress(stage string, done, total int) {
	if o.Progress != nil {
		o.Progress(stage, done, total)
	}
}

func (o Options) workers() int {
	if o.Workers > 0 {
		return o.Workers
	}
	return runtime.GOMAXPROCS(0)
}

// run is a study under way.
type run struct {
	*Study
	Options
	dump   *activations.Dump
	cases  *Cases
	plan   *probe.Plan
	family probe.Family
	sites  []*trained
	result *Result
}

// Run does everything that a study asks for.
func Run(ctx context.Context, s *Study, o Options) (*Result, []Score, error) {
	r, scores, err := Fit(ctx, s, o)
	if err != nil {
		return nil, nil, err
	}
	if err := Gap(r, scores); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", s.Path, err)
	}
	return r, scores, nil
}

// Fit trains the probes and the baselines of a study and scores every row out
// of fold. The result has no gap yet.
func Fit(ctx context.Context, s *Study, o Options) (*Result, []Score, error) {
	dump, err := activations.Open(s.Spec())
	if err != nil {
		return nil, nil, s.errorAt("activations", "%w", err)
	}
	defer dump.Close()
	r := &run{Study: s, Options: o, dump: dump}
	if err := r.prepare(); err != nil {
		return nil, nil, err
	}
	if err := r.trainSites(ctx); err != nil {
		return nil, nil, err
	}
	nested, err := r.choose()
	if err != nil {
		return nil, nil, err
	}
	base, err := r.baselines(ctx)
	if err != nil {
		return nil, nil, err
	}
	if err := r.measure(nested, base); err != nil {
		return nil, nil, err
	}
	if err := r.audit(); err != nil {
		return nil, nil, err
	}
	if err := r.provenance(ctx); err != nil {
		return nil, nil, err
	}
	return r.result, r.scores(nested, base), nil
}

// prepare reads the cases, splits them and begins the result.
func (r *run) prepare() error {
	var err error
	if r.cases, err = r.Cases(r.dump); err != nil {
		return err
	}
	r.dump = r.cases.Dump
	p := r.Probe
	if r.family, err = probe.NewFamily(p.Kind, p.Tol, false); err != nil {
		return fmt.Errorf("%s: %w", r.Path, err)
	}
	if n := len(r.cases.GroupNames); n < p.Folds {
		return r.errorAt("probe.folds", "found %d folds, expected at most %d, as many as there are groups among the rows used", p.Folds, n)
	}
	if r.plan, err = probe.NewPlan(r.cases.Label, r.cases.Group, p.Folds, p.InnerFolds, p.Repeats, r.Seed); err != nil {
		return r.errorAt("probe", "%w", err)
	}
	if err := r.layOutSites(); err != nil {
		return err
	}
	shape := r.dump.Shape()
	r.result = &Result{
		Schema:   Schema,
		Name:     r.Name,
		Warnings: []Warning{},
		Data: Data{
			Format: r.dump.Format(), DType: string(r.dump.DType()),
			Rows: shape.Rows, Layers: shape.Layers, Positions: shape.Positions, Width: shape.Width,
			Used: len(r.cases.Rows), Filter: r.Rows, Groups: len(r.cases.GroupNames), Group: r.Group,
			Target: r.Target.Label, LabelNames: r.Target.Names, Labels: [2]int(countOf(r.cases.Label, 2)),
		},
		Protocol: Protocol{
			Probe: p.Kind, C: p.C, Folds: p.Folds, InnerFolds: p.InnerFolds, Repeats: p.Repeats,
			Select:       "smallest mean log loss over the inner folds",
			Permutations: r.Controls.Permutations, PermutationC: r.Controls.PermutationC,
			Bootstrap: r.Controls.Bootstrap, Level: r.Controls.Level,
			Seed: r.Seed, Tol: p.Tol,
		},
	}
	r.describe()
	return nil
}

// describe counts behaviours and conditions.
func (r *run) describe() {
	d := &r.result.Data
	if b := r.cases.Behaviour; b != nil {
		shifted := make([]int, len(b))
		for i, v := range b {
			shifted[i] = v + 1
		}
		n := countOf(shifted, 3)
		d.Behaviour = []Count{{"0", n[1]}, {"1", n[2]}, {"neither", n[0]}}
		d.ActsAs = &ActsAs{Zero: r.Decision.ActsAs0, One: r.Decision.ActsAs1}
	}
	d.Conditions = countNames(r.cases.Condition)
}

// countOf counts the values 0..k-1.
func countOf(values []int, k int) []int {
	n := make([]int, k)
	for _, v := range values {
		n[v]++
	}
	return n
}

// countNames counts names in the order in which they come.
func countNames(names []string) []Count {
	var counts []Count
	at := map[string]int{}
	for _, name := range names {
		i, seen := at[name]
		if !seen {
			i = len(counts)
			at[name] = i
			counts = append(counts, Count{Name: name})
		}
		counts[i].N++
	}
	return counts
}

func (r *run) bootstrap() probe.Bootstrap {
	return probe.Bootstrap{Draws: r.Controls.Bootstrap, Level: r.Controls.Level, Seed: r.Seed, Workers: r.workers()}
}

// measured lists metrics in their fixed order, each with what must be said
// beside it.
func measured(m probe.Metrics) []Metric {
	if m.ECE.OK() {
		m.ECE.Warnings = append(m.ECE.Warnings, "too high on average in small samples, and its interval with it")
	}
	return named(m)
}

// named lists metrics in their fixed order.
func named(m probe.Metrics) []Metric {
	var list []Metric
	for d, e := range m.All() {
		list = append(list, Metric{Name: d.Key, Estimate: e})
	}
	return list
}

// audit warns of what the reader of the result must know, the probes' own
// troubles among them.
func (r *run) audit() error {
	e := Evidence{Fold: r.plan.OuterFold(0), Baselines: r.result.Baselines}
	notConverged, fits := 0, 0
	for _, s := range r.sites {
		e.Sites = append(e.Sites, SiteHealth{Layer: s.layer, Position: s.position, Health: s.health})
		if s.curve != nil {
			notConverged += s.curve.NotConverged
			fits += s.curve.Fits
		}
	}
	var err error
	deepest := r.sites[len(r.sites)-1]
	if e.States, err = Fingerprints(r.dump, r.cases.Rows, deepest.layer, deepest.position); err != nil {
		return err
	}
	r.result.Warnings = append(r.result.Warnings, Audit(r.Study, r.cases, e)...)
	if notConverged > 0 {
		r.result.Warnings = append(r.result.Warnings, Warning{
			Code:    "not-converged",
			Message: fmt.Sprintf("%d of %d probes stopped before the tolerance %g was reached.", notConverged, fits, r.Probe.Tol),
			Advice:  "Raise probe.tol, or leave out the largest values of probe.C.",
		})
	}
	return nil
}
