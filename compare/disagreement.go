package compare

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// Disagreement are shares of judgements, and what is predicted of them.
type Disagreement struct {
	Group []int
	// Fold is every row's outer fold.
	Fold []int
	// Target is of kind share. Without a number of judgements it has no ceiling.
	Target target.Column
	// Scores predict the share, each out of fold.
	Scores []NamedScore
}

// NamedScore is a score of every row.
type NamedScore struct {
	Name  string
	Score []float64
}

// KeySharedVariance is a key of [Disagreement], and Ceiling its predictor that knows
// the true shares.
const (
	KeySharedVariance = "variance_beyond_sampling"
	Ceiling           = "ceiling"
)

// VarianceColumn is what the strata of [Disagreement] are called by, and
// VarianceStrata their names.
const VarianceColumn = "variance"

var VarianceStrata = []string{"low", "middle", "high"}

// DisagreementQuantities define the keys of [Disagreement].
func DisagreementQuantities() []Quantity {
	list := []Quantity{{KeySharedVariance, "Variance beyond sampling",
		"share of the variance of the shares between rows that is not the sampling of judgements: 1 less the chance that two judges of a row differ over that of two judges of any rows, from all pairs of judges of rows that have two or more", Share,
		"Fleiss and Cuzick 1979, Applied Psychological Measurement 3:537"}}
	for _, m := range metric.For(target.KindShare) {
		list = append(list, Quantity{m.Key, m.Title, m.Definition, m.Unit, "metric"})
	}
	return list
}

// Measure tells how well the variance of the judgements is foreseen: by
// the metrics of shares among rows of low, middle and high variance s (1 - s), cut
// at the thirds of the rows of the other folds, and beside the ceiling, what one who
// knew the true share of every row would have.
//
// True shares are taken as drawn from a beta distribution, whose mean and variance
// are those of the rows without the sampling of judgements; given its judgements,
// the true share of a row then has a beta distribution too. Values of the ceiling
// are means over draws of it, intervals their quantiles: they are about these rows.
// In a stratum, which judgements chose, it is no bound: ½ may be nearer to them.
func (d Disagreement) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	all := make([]int, d.Target.Len())
	for i := range all {
		all[i] = i
	}
	ceiling := d.ceiling(s)
	shared := &block{group: d.Group}
	shared.one(Line{Key: KeySharedVariance}, d.sharedVariance)
	lines := shared.estimate(s.Bootstrap)
	more, err := d.stratum(Line{}, all, nil, ceiling, s)
	if err != nil {
		return nil, err
	}
	lines = append(lines, more...)
	stratum := d.strata()
	for k, name := range VarianceStrata {
		var rows []int
		for i, of := range stratum {
			if of == k {
				rows = append(rows, i)
			}
		}
		more, err := d.stratum(Line{Column: VarianceColumn, Value: name}, rows, d.Scores, ceiling, s)
		if err != nil {
			return nil, err
		}
		lines = append(lines, more...)
	}
	return lines, nil
}

func (d *Disagreement) check() error {
	y := d.Target
	if err := y.Check(); err != nil {
		return fmt.Errorf("compare: %w", err)
	}
	if y.Kind != target.KindShare {
		return fmt.Errorf("compare: found a target of kind %s, expected shares", y.Kind)
	}
	if y.Len() == 0 || len(d.Group) != y.Len() || len(d.Fold) != y.Len() {
		return fmt.Errorf("compare: found %d groups and %d folds for %d rows, expected as many, at least one", len(d.Group), len(d.Fold), y.Len())
	}
	for _, p := range d.Scores {
		if len(p.Score) != y.Len() {
			return fmt.Errorf("compare: %s: found %d scores for %d rows, expected as many", p.Name, len(p.Score), y.Len())
		}
	}
	return nil
}

// sharedVariance is the share of the variance between rows that is not sampling.
func (d *Disagreement) sharedVariance(w []float64) estimate.Value {
	mean, within, reason := d.moments(w)
	switch {
	case reason != "":
		return estimate.Value{Reason: reason}
	case mean <= 0 || mean >= 1:
		return estimate.Value{Reason: "every judgement is the same"}
	}
	return estimate.Value{X: 1 - within/(mean*(1-mean))}
}

// moments are the mean share of the rows that have two judgements or more, and
// the mean of p (1 - p) with p a row's true share: half the chance that two of its
// judges differ.
func (d *Disagreement) moments(w []float64) (mean, within float64, reason string) {
	if d.Target.N == nil {
		return 0, 0, "the number of judgements is not known; name it as target.raters"
	}
	total := 0.0
	for i, n := range d.Target.N {
		if n < 2 {
			continue
		}
		s := d.Target.Values[i]
		total += w[i]
		mean += w[i] * s
		within += w[i] * s * (1 - s) * n / (n - 1)
	}
	if total == 0 {
		return 0, 0, "no row has two judgements or more, so that sampling cannot be told from disagreement"
	}
	return mean / total, within / total, ""
}

// strata gives every row its stratum, -1 where nobody judged it.
func (d *Disagreement) strata() []int {
	variance := make([]float64, d.Target.Len())
	judged := func(i int) bool { return d.Target.N == nil || d.Target.N[i] > 0 }
	for i, s := range d.Target.Values {
		variance[i] = s * (1 - s)
	}
	stratum := make([]int, len(variance))
	for _, fold := range distinctInts(d.Fold) {
		var train []float64
		for i, f := range d.Fold {
			if f != fold && judged(i) {
				train = append(train, variance[i])
			}
		}
		slices.Sort(train)
		for i, f := range d.Fold {
			switch {
			case f != fold:
			case !judged(i) || len(train) == 0:
				stratum[i] = -1
			case variance[i] <= quantile(train, 1./3):
				stratum[i] = 0
			case variance[i] <= quantile(train, 2./3):
				stratum[i] = 1
			default:
				stratum[i] = 2
			}
		}
	}
	return stratum
}

// quantile is linear between the sorted values, as numpy's.
func quantile(sorted []float64, p float64) float64 {
	at := p * float64(len(sorted)-1)
	low := int(at)
	if low+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[low] + (at-float64(low))*(sorted[low+1]-sorted[low])
}

// stratum measures scores and the ceiling on some rows.
func (d *Disagreement) stratum(l Line, rows []int, scores []NamedScore, ceiling *oracle, s Settings) ([]Line, error) {
	y, group := d.Target.At(rows), pick(d.Group, rows)
	metrics := metric.For(target.KindShare)
	still := &block{group: group}
	for _, p := range scores {
		for _, m := range metrics {
			at, err := m.On(y, pick(p.Score, rows))
			if err != nil {
				return nil, fmt.Errorf("compare: %s: %w", p.Name, err)
			}
			l.Predictor, l.Key = p.Name, m.Key
			still.one(l, at)
		}
	}
	lines := still.estimate(s.Bootstrap)
	for _, m := range metrics {
		l.Predictor, l.Key, l.Layer, l.Position = Ceiling, m.Key, None, None
		e, err := ceiling.measure(m, y, rows, levelOf(s.Bootstrap))
		if err != nil {
			return nil, err
		}
		e.N, e.Groups = len(rows), countGroups(group)
		l.Estimate = e
		lines = append(lines, l)
	}
	return lines, nil
}

// An oracle knows the true shares, as far as the judgements let one tell them.
type oracle struct {
	share  [][]float64 // draws of the true shares, by draw and row
	reason string      // why there are none
}

const (
	oracleDraws  = 200
	oracleStream = 0x6f7261636c65 // "oracle"
)

// ceiling draws the true shares given the judgements.
func (d *Disagreement) ceiling(s Settings) *oracle {
	mean, prior, reason := d.prior(ones(d.Target.Len()))
	if reason != "" {
		return &oracle{reason: reason}
	}
	o := &oracle{}
	for k := range oracleDraws {
		source := rand.New(estimate.Source(s.Seed^oracleStream, uint64(k)))
		// The beta distribution is itself as uncertain as the groups make it.
		if m, of, reason := d.prior(d.resampled(source)); reason == "" {
			mean, prior = m, of
		}
		share := make([]float64, d.Target.Len())
		for i, p := range d.Target.Values {
			yes, no := prior*mean+p*d.Target.N[i], prior*(1-mean)+(1-p)*d.Target.N[i]
			switch {
			case yes <= 0:
			case no <= 0:
				share[i] = 1
			default:
				share[i] = distuv.Beta{Alpha: yes, Beta: no, Src: source}.Rand()
			}
		}
		o.share = append(o.share, share)
	}
	return o
}

// prior is the beta distribution of the true shares: its mean, and the number of
// judgements that it counts for, which makes its variance that of the rows.
func (d *Disagreement) prior(w []float64) (mean, judgements float64, reason string) {
	mean, within, reason := d.moments(w)
	between := mean*(1-mean) - within
	switch {
	case reason != "":
		return 0, 0, reason
	case mean <= 0 || mean >= 1:
		return 0, 0, "every judgement is the same"
	case between <= 0:
		return 0, 0, "the shares differ by no more than so many judgements do by chance"
	}
	return mean, within / between, ""
}

// resampled are the weights of rows whose groups are drawn with replacement.
func (d *Disagreement) resampled(source *rand.Rand) []float64 {
	groups := distinctInts(d.Group)
	times := make(map[int]float64, len(groups))
	for range groups {
		times[groups[source.IntN(len(groups))]]++
	}
	w := make([]float64, len(d.Group))
	for i, g := range d.Group {
		w[i] = times[g]
	}
	return w
}

// measure is what a metric says of one who knows the true shares.
func (o *oracle) measure(m metric.Metric, y target.Column, rows []int, level float64) (estimate.Estimate, error) {
	if o.reason != "" {
		return estimate.NotEstimable(0, 0, o.reason), nil
	}
	w := ones(len(rows))
	var drawn []float64
	for _, share := range o.share {
		at, err := m.On(y, pick(share, rows))
		if err != nil {
			return estimate.Estimate{}, fmt.Errorf("compare: ceiling: %w", err)
		}
		v := at(w)
		if v.Reason != "" {
			return estimate.NotEstimable(0, 0, v.Reason), nil
		}
		drawn = append(drawn, v.X)
	}
	slices.Sort(drawn)
	e := estimate.Estimate{Method: fmt.Sprintf("%d draws of the true shares given the judgements", oracleDraws)}
	for _, x := range drawn {
		e.Value += x / oracleDraws
	}
	tail := (1 - level) / 2
	e.Interval = &estimate.Interval{Low: quantile(drawn, tail), High: quantile(drawn, 1-tail), Level: level,
		LowError: drawnError(drawn, tail), HighError: drawnError(drawn, 1-tail)}
	return e, nil
}

// drawnError is the Monte Carlo standard error of a quantile: half the distance of the
// quantiles one standard error of its order away.
func drawnError(sorted []float64, p float64) float64 {
	off := math.Sqrt(p * (1 - p) / float64(len(sorted)))
	return (quantile(sorted, min(1, p+off)) - quantile(sorted, max(0, p-off))) / 2
}
