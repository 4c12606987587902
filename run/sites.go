package study

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync"

	"golang.org/x/sync/errgroup"

	"tell/activations"
	"tell/estimate"
	"tell/probe"
)

// trained is one layer at one position, under a plan.
type trained struct {
	layer, position int

	health activations.Health // over the rows used
	curve  *probe.OutOfFold   // nil when a number is not finite

	observed float64   // AUROC at the permutation C
	null     []float64 // the same with permuted labels
}

// layOutSites lists every layer and position that the study asks for.
func (r *run) layOutSites() error {
	shape := r.dump.Shape()
	layers, err := r.pick("layers", r.Layers, shape.Layers)
	if err != nil {
		return err
	}
	positions, err := r.pick("positions", r.Positions, shape.Positions)
	if err != nil {
		return err
	}
	for _, l := range layers {
		for _, p := range positions {
			r.sites = append(r.sites, &trained{layer: l, position: p})
		}
	}
	return nil
}

// pick checks the wanted indices below n; none wanted means all.
func (r *run) pick(key string, wanted []int, n int) ([]int, error) {
	if wanted == nil {
		for i := range n {
			wanted = append(wanted, i)
		}
	}
	for k, i := range wanted {
		if i < 0 || i >= n {
			return nil, r.errorAt(fmt.Sprintf("%s[%d]", key, k), "found %d, expected 0 to %d, as the dump has", i, n-1)
		}
	}
	return wanted, nil
}

// trainSites trains every site, several at once. What a site gives depends on
// nothing but itself.
func (r *run) trainSites(ctx context.Context) error {
	const stage = "layers"
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(r.sitesAtOnce())
	var mu sync.Mutex
	done := 0
	r.progress(stage, 0, len(r.sites))
	for _, s := range r.sites {
		g.Go(func() error {
			if err := r.train(ctx, s); err != nil {
				return fmt.Errorf("layer %d, position %d: %w", s.layer, s.position, err)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			r.progress(stage, done, len(r.sites))
			return nil
		})
	}
	return g.Wait()
}

// layerBytes is what the rows used of one layer take in memory.
func (r *run) layerBytes() int64 {
	return 8 * int64(len(r.cases.Rows)) * int64(r.dump.Shape().Width)
}

// resident tells whether the matrix of a site is held in memory while it is
// trained on; otherwise it is streamed.
func (r *run) resident() bool {
	return r.Memory == 0 || r.siteBytes(true) <= r.Memory
}

// siteBytes is about what a site takes: the solver's vectors, and its matrix
// where that is held in memory.
func (r *run) siteBytes(resident bool) int64 {
	n, d := len(r.cases.Rows), r.dump.Shape().Width
	need := max(
		probe.WorkingBytes(n, d, len(r.plan.Units)*(1+r.plan.Inner), 1),
		probe.WorkingBytes(n, d, r.plan.Folds, 1+r.Controls.Permutations),
	)
	if resident {
		need += r.layerBytes()
	}
	return need
}

// sitesAtOnce is how many sites fit in memory, at least one.
func (r *run) sitesAtOnce() int {
	n := r.workers()
	if r.Memory > 0 {
		n = min(n, int(r.Memory/r.siteBytes(r.resident())))
	}
	return max(1, n)
}

// design gives the matrix of a site and the health of its numbers, which decides
// whether it can be trained on.
func (r *run) design(s *trained) (probe.Design, activations.Health, error) {
	width := r.dump.Shape().Width
	in := activations.NewInspector(width)
	if !r.resident() {
		x := &streamed{dump: r.dump, rows: r.cases.Rows, layer: s.layer, position: s.position}
		err := x.Pass(func(b probe.Block) { in.Add(b.(probe.DenseBlock).Data) })
		return x, in.Health(), err
	}
	data := make([]float64, len(r.cases.Rows)*width)
	if err := readRows(r.dump, data, r.cases.Rows, s.layer, s.position); err != nil {
		return nil, activations.Health{}, err
	}
	in.Add(data)
	health := in.Health()
	if !health.Finite() {
		return nil, health, nil
	}
	x, err := probe.NewDense(len(r.cases.Rows), width, data)
	return x, health, err
}

func (r *run) train(ctx context.Context, s *trained) error {
	x, health, err := r.design(s)
	if err != nil {
		return err
	}
	s.health = health
	if !s.health.Finite() {
		return nil
	}
	if s.curve, err = probe.CrossValidate(ctx, x, r.plan, r.family, r.Probe.C); err != nil {
		return err
	}
	if r.Controls.Permutations > 0 && !health.Constant() {
		s.observed, s.null, err = probe.Permutations(ctx, x, r.plan, r.family, r.Controls.PermutationC, r.Controls.Permutations, r.Seed)
	}
	return err
}

// choose makes the nested choice of layer, position and C among the sites that
// hold something to decode. A constant one scores as chance does, which is a
// smaller log loss than that of a probe that is too sure of itself.
func (r *run) choose() (*probe.Nested, error) {
	curves := make([]*probe.OutOfFold, len(r.sites))
	usable := false
	for i, s := range r.sites {
		if s.tellsNothing() == "" {
			curves[i], usable = s.curve, true
		}
	}
	if !usable {
		return nil, fmt.Errorf("%s: nothing can be decoded from any layer; %s", r.Path, r.whyNothing())
	}
	return probe.Choose(r.plan, curves), nil
}

// whyNothing names the first constant site and the first with numbers that are
// not finite.
func (r *run) whyNothing() string {
	var reasons []string
	for _, finite := range []bool{false, true} {
		i := slices.IndexFunc(r.sites, func(s *trained) bool { return s.health.Finite() == finite })
		if i >= 0 {
			s := r.sites[i]
			reasons = append(reasons, fmt.Sprintf("layer %d, position %d: %s", s.layer, s.position, s.tellsNothing()))
		}
	}
	return strings.Join(reasons, "; ")
}

// measure turns out-of-fold scores into estimates.
func (r *run) measure(nested *probe.Nested, base []baseline) error {
	y, group, b := r.cases.Label, r.cases.Group, r.bootstrap()
	var observed []float64
	var null [][]float64
	for _, s := range r.sites {
		if s.null != nil {
			observed, null = append(observed, s.observed), append(null, s.null)
		}
	}
	p, pMax := probe.MaxP(observed, null)
	tested := 0
	for _, s := range r.sites {
		site := Site{Layer: s.layer, Position: s.position, Name: r.dump.LayerNames()[s.layer]}
		if reason := s.tellsNothing(); reason != "" {
			site.Metrics = notEstimable(len(y), reason)
			r.result.Sites = append(r.result.Sites, site)
			continue
		}
		site.Metrics = measured(probe.Evaluate(y, probe.MeanScore(s.curve.Score), group, b))
		site.C, site.NotConverged = s.curve.C, s.curve.NotConverged
		if s.null != nil {
			site.Permutation = permutation(s, p[tested], pMax[tested], b.Level)
			tested++
		}
		r.result.Sites = append(r.result.Sites, site)
	}

	score := probe.MeanScore(nested.Score)
	n := &r.result.Nested
	n.Metrics = measured(probe.Evaluate(y, score, group, b))
	for i, u := range r.plan.Units {
		s := r.sites[nested.Choice[i]]
		n.Choices = append(n.Choices, Choice{Repeat: u.Repeat, Fold: u.Fold, Layer: s.layer, Position: s.position, C: s.curve.C[i]})
	}
	var err error
	if n.Calibration, err = probe.Calibration(y, score, group, b); err != nil {
		return fmt.Errorf("%s: calibration: %w", r.Path, err)
	}
	for _, base := range base {
		if base.reason != "" {
			none := notEstimable(len(y), base.reason)
			r.result.Baselines = append(r.result.Baselines, Baseline{Name: base.name, Note: base.note, Metrics: none, Difference: none})
			continue
		}
		r.result.Baselines = append(r.result.Baselines, Baseline{
			Name: base.name, Note: base.note,
			Metrics:    measured(probe.Evaluate(y, base.score, group, b)),
			Difference: named(probe.Compare(y, score, base.score, group, b)),
		})
	}
	return nil
}

// permutation sums up the shuffled labels of one site. The quantile is that of
// the draws with the smallest rank that leaves at most 1 - level above it.
func permutation(s *trained, p, pMax, level float64) *Permutation {
	sorted := slices.Sorted(slices.Values(s.null))
	var mean float64
	for _, v := range sorted {
		mean += v / float64(len(sorted))
	}
	high := int(math.Ceil(level*float64(len(sorted)))) - 1
	return &Permutation{AUROC: s.observed, NullMean: mean, NullHigh: sorted[high], P: p, PMax: pMax}
}

// tellsNothing says why the numbers of a site have no score, if they have none.
func (s *trained) tellsNothing() string {
	switch h := s.health; {
	case !h.Finite():
		return fmt.Sprintf("%d NaN and %d infinite numbers in the rows used, first in row %d of them", h.NaN, h.Inf, h.FirstNonFinite)
	case h.Constant():
		return constant
	}
	return ""
}

const constant = "constant: every row has the same state"

// notEstimable gives the metrics of what has no scores on n rows.
func notEstimable(n int, reason string) []Metric {
	var list []Metric
	for d := range (probe.Metrics{}).All() {
		list = append(list, Metric{Name: d.Key, Estimate: estimate.NotEstimable(n, 0, reason)})
	}
	return list
}
