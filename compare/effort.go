package compare

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"gonum.org/v1/gonum/floats"

	"tell/estimate"
	"tell/metric"
	"tell/target"
)

// Effort is how hard rows are, how hard a probe reads them to be, and what the
// model spent on them.
type Effort struct {
	ID    []string // of the rows, each once
	Group []int
	// Difficulty is the target, and Decoded what a probe that did not see the
	// row's group predicts of it.
	Difficulty, Decoded []float64
	// Effort is what was spent, NaN where that is not known: such rows are left
	// out. Censored marks those that were cut off at what they spent; nil for
	// none.
	Effort   []float64
	Censored []bool
	// Right is 1 where the model was right, 0 where it was wrong, -1 where that is
	// not known; nil where it is known of none.
	Right []int
	// Rivals predict the difficulty from something else, such as the length of
	// the prompt, out of fold.
	Rivals []EffortRival
}

// EffortRival is a named prediction of the difficulty.
type EffortRival struct {
	Name    string
	Decoded []float64
}

// Keys of [Effort].
const (
	KeyRankDecoded       = "rank_decoded"
	KeyRankEffort        = "rank_effort"
	KeyRankLead          = "rank_lead"
	KeyRankOverRival     = "rank_over_rival"
	KeyConcordDecoded    = "concordance_decoded"
	KeyConcordEffort     = "concordance_effort"
	KeyConcordLead       = "concordance_lead"
	KeyCensored          = "censored_share"
	KeyRankGapEasy       = "rank_gap_easy"
	KeyEffortEasy        = "effort_easy"
	KeyEffortHard        = "effort_hard"
	KeyEffortEasyOverAll = "effort_easy_over_hard"
	KeyExcessEasy        = "excess_effort_easy"
)

const (
	// Censored is the flag of an effort that was cut off on some rows.
	Censored = "censored"
	// mostCensored is the share of rows cut off above which nothing is said of
	// the effort.
	mostCensored = 0.8
)

// Efforts is the unit of what the model spent.
const Efforts = "as the study gives the effort"

// EffortQuantities define the keys of [Effort].
func EffortQuantities() []Quantity {
	const (
		spearman = "Spearman's rank correlation"
		harrell  = "Harrell et al. 1982, JAMA 247:2543"
		easy     = "the easy rows (the third that the predictor reads as easiest, the probe where the predictor is effort; where it is known, only those of them that the model answered rightly)"
	)
	return []Quantity{
		{KeyRankDecoded, "Difficulty decoded", spearman + " of what is decoded and the difficulty", Correlation, "Spearman 1904"},
		{KeyRankEffort, "Effort", spearman + " of the effort and the difficulty; efforts that were cut off count as what they were cut off at", Correlation, "Spearman 1904"},
		{KeyRankLead, "Decoded, less effort", "the correlation of what is decoded less that of the effort, paired on the rows", CorrelationDifference, ""},
		{KeyRankOverRival, "Lead over a rival", "the correlation of what the probe decodes less that of the rival, paired on the rows", CorrelationDifference, ""},
		{KeyConcordDecoded, "Pairs decoded in order", "share of the pairs of rows of different difficulty of which the probe reads the harder one as harder, ties half", Share, harrell},
		{KeyConcordEffort, "Pairs with effort in order", "share of the comparable pairs of which the harder row took more effort, ties half; a pair is comparable where the difficulties differ and it is known which effort was smaller, which it is not where that one was cut off", Share, harrell},
		{KeyConcordLead, "Pairs in order, decoded less effort", "the share of pairs decoded in order less that with effort in order", Difference, ""},
		{KeyCensored, "Effort cut off", "share of the rows on which the effort was cut off", Share, ""},
		{KeyRankGapEasy, "Rank of the effort on easy rows", "mean over " + easy + " of the rank of the effort less that of the decoded difficulty, both as shares of the rows; 0 where the effort follows what is decoded. In the null it does not: efforts are those of other rows, and p is the share of its draws that are as small", Difference, ""},
		{KeyEffortEasy, "Effort on easy rows", "mean effort on " + easy, Efforts, ""},
		{KeyEffortHard, "Effort on hard rows", "mean effort on the third of the rows that are read as hardest", Efforts, ""},
		{KeyExcessEasy, "Excess effort on easy rows", "mean over " + easy + " of the effort less the effort that would follow what is decoded, whose rank among efforts is the rank of the row in what is decoded; 0 where the effort follows it. Set beside that of a rival, it says whether the excess is also one over, say, the length of the prompt; p as of the rank", Efforts, ""},
		{KeyEffortEasyOverAll, "Effort on easy over hard rows", "the first over the second; 1 is an effort that does not follow what is decoded", Ratio, ""},
	}
}

// Measure estimates whether the model spends more on what is harder, beside what a
// probe and its rivals read of the difficulty.
func (d Effort) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := s.check(ctx); err != nil {
		return nil, fmt.Errorf("compare: %w", err)
	}
	if err := d.check(); err != nil {
		return nil, err
	}
	known := 0
	for _, x := range d.Effort {
		if !math.IsNaN(x) {
			known++
		}
	}
	d = d.stated()
	if known == 0 {
		return nil, fmt.Errorf("compare: effort: no row has an effort, expected some")
	}
	b := &block{group: d.Group}
	line := func(key, predictor string) Line { return Line{Predictor: predictor, Key: key} }
	y := target.Number(d.Difficulty)
	rank, _ := metric.Named("spearman")
	rho := func(x, w []float64) estimate.Value {
		v, err := rank.Value(y, x, w)
		if err != nil {
			return estimate.Value{Reason: "the difficulty, or what is set against it, is the same on all rows"}
		}
		return estimate.Value{X: v}
	}
	b.one(line(KeyRankDecoded, probePredictor), func(w []float64) estimate.Value { return rho(d.Decoded, w) })
	for _, r := range d.Rivals {
		b.one(line(KeyRankDecoded, r.Name), func(w []float64) estimate.Value { return rho(r.Decoded, w) })
		b.one(line(KeyRankOverRival, r.Name), func(w []float64) estimate.Value { return difference(rho(d.Decoded, w), rho(r.Decoded, w)) })
	}
	cut := 0
	for _, is := range d.Censored {
		if is {
			cut++
		}
	}
	share := float64(cut) / float64(len(d.Group))
	withheld := ""
	if share > mostCensored {
		withheld = fmt.Sprintf("the effort was cut off on %d of %d rows", cut, len(d.Group))
	}
	effort := func(at func(w []float64) estimate.Value) func(w []float64) estimate.Value {
		return func(w []float64) estimate.Value {
			if withheld != "" {
				return estimate.Value{Reason: withheld}
			}
			return at(w)
		}
	}
	b.one(line(KeyRankEffort, effortPredictor), effort(func(w []float64) estimate.Value { return rho(d.Effort, w) }))
	b.one(line(KeyRankLead, probePredictor), effort(func(w []float64) estimate.Value { return difference(rho(d.Decoded, w), rho(d.Effort, w)) }))
	read, spent := d.concordance(d.Decoded, nil), d.concordance(d.Effort, d.Censored)
	b.one(line(KeyConcordDecoded, probePredictor), read.at)
	b.one(line(KeyConcordEffort, effortPredictor), effort(spent.at))
	b.one(line(KeyConcordLead, probePredictor), effort(func(w []float64) estimate.Value { return difference(read.at(w), spent.at(w)) }))
	mean := func(x []float64, on []bool, what string) func(w []float64) estimate.Value {
		return func(w []float64) estimate.Value { return shareOf(w, on, valueOf(x), "row is read as "+what) }
	}
	ranks := rankShares(d.Effort)
	var readings []effortReading
	for _, of := range append([]EffortRival{{effortPredictor, d.Decoded}}, d.Rivals...) {
		r := d.read(of)
		readings = append(readings, r)
		onEasy, onHard := mean(d.Effort, r.easy, "easy and answered rightly"), mean(d.Effort, r.hard, "hard")
		b.one(line(KeyEffortEasy, r.name), effort(onEasy))
		b.one(line(KeyEffortHard, r.name), effort(onHard))
		b.one(line(KeyEffortEasyOverAll, r.name), effort(func(w []float64) estimate.Value {
			a, of := onEasy(w), onHard(w)
			if a.Reason != "" || of.Reason != "" {
				return difference(a, of)
			}
			return ratio(a.X, of.X, "no effort is spent on hard rows")
		}))
		b.one(line(KeyRankGapEasy, r.name), effort(mean(lessBy(ranks, r.rank), r.easy, "easy and answered rightly")))
		b.one(line(KeyExcessEasy, r.name), effort(mean(lessBy(d.Effort, r.effort), r.easy, "easy and answered rightly")))
	}
	lines := b.estimate(s.Bootstrap)
	for i := range lines {
		l := &lines[i]
		switch l.Key {
		case KeyRankEffort, KeyRankLead, KeyEffortEasy, KeyEffortHard, KeyEffortEasyOverAll, KeyRankGapEasy, KeyExcessEasy:
			if cut > 0 && l.Estimate.OK() {
				l.Estimate.Warn(Censored, "on %d of %d rows the effort was cut off and counts as what it was cut off at", cut, len(d.Group))
			}
		}
		of := slices.IndexFunc(readings, func(r effortReading) bool { return r.name == l.Predictor })
		switch l.Key {
		case KeyEffortEasy, KeyRankGapEasy, KeyExcessEasy:
			l.Estimate.N, l.Estimate.Groups = d.sizeOf(readings[of].easy)
		case KeyEffortHard:
			l.Estimate.N, l.Estimate.Groups = d.sizeOf(readings[of].hard)
		}
		if !l.Estimate.OK() || s.Permutations == 0 || l.Key != KeyRankGapEasy && l.Key != KeyExcessEasy {
			continue
		}
		r := readings[of]
		draws := exchangedEfforts(ranks, r.rank, r.easy, s)
		if l.Key == KeyExcessEasy {
			draws = exchangedEfforts(d.Effort, r.effort, r.easy, s)
		}
		// A small one shows that the effort follows.
		for k := range draws {
			draws[k] = -draws[k]
		}
		l.Null = nullOf(-l.Estimate.Value, 0, draws, true)
		l.Null.Mean = -l.Null.Mean
	}
	censored := Line{Layer: None, Position: None, Predictor: effortPredictor, Key: KeyCensored,
		Estimate: estimate.Estimate{Value: share, N: len(d.Group), Groups: countGroups(d.Group), Method: "count"}}
	return append(lines, censored), nil
}

const effortPredictor = "effort"

// An effortReading is how hard the rows are as a predictor reads them.
type effortReading struct {
	name       string
	easy, hard []bool    // the easiest third that was not answered wrongly, and the hardest
	rank       []float64 // of what is decoded, as a share of the rows
	effort     []float64 // the one that has this rank among efforts
}

func (d *Effort) read(of EffortRival) effortReading {
	n := len(of.Decoded)
	r := effortReading{of.Name, make([]bool, n), make([]bool, n), rankShares(of.Decoded), make([]float64, n)}
	sorted := slices.Sorted(slices.Values(d.Effort))
	for i, x := range r.rank {
		r.easy[i] = x < 1./3 && (d.Right == nil || d.Right[i] == 1)
		r.hard[i] = x >= 2./3
		r.effort[i] = sorted[min(int(x*float64(n)), n-1)]
	}
	return r
}

// sizeOf is the number of some rows, and that of their groups.
func (d *Effort) sizeOf(rows []bool) (n, groups int) {
	var of []int
	for i, in := range rows {
		if in {
			of = append(of, d.Group[i])
		}
	}
	return len(of), countGroups(of)
}

func lessBy(x, of []float64) []float64 {
	less := slices.Clone(x)
	floats.Sub(less, of)
	return less
}

// effortStream keeps these random numbers apart from those of other purposes
// under one seed.
const effortStream = 0x6566666f7274 // "effort"

// exchangedEfforts are the means over easy rows of what is spent on another row less
// what is expected of this one.
func exchangedEfforts(spent, expected []float64, easy []bool, s Settings) []float64 {
	draws := make([]float64, s.Permutations)
	for b := range draws {
		of := rand.New(estimate.Source(s.Seed^effortStream, uint64(b))).Perm(len(spent))
		var sum, n float64
		for i, in := range easy {
			if in {
				sum, n = sum+spent[of[i]]-expected[i], n+1
			}
		}
		draws[b] = sum / n
	}
	return draws
}

// pairs are sums over pairs of rows, by their groups: those that can be compared,
// and those among them that are in order.
type pairs struct {
	group   []int // of every row, from 0
	all, in [][]float64
}

// concordance compares x with the difficulty. Where it is cut off, x is at least
// what it is, so that only a smaller x that is not cut off is known to be smaller.
func (d *Effort) concordance(x []float64, cut []bool) *pairs {
	names := distinctInts(d.Group)
	p := &pairs{group: make([]int, len(d.Group))}
	for i, g := range d.Group {
		p.group[i], _ = slices.BinarySearch(names, g)
	}
	p.all, p.in = make([][]float64, len(names)), make([][]float64, len(names))
	for g := range names {
		p.all[g], p.in[g] = make([]float64, len(names)), make([]float64, len(names))
	}
	isCut := func(i int) bool { return cut != nil && cut[i] }
	for i := range x {
		for j := range x {
			if !(d.Difficulty[i] < d.Difficulty[j]) { // j is harder
				continue
			}
			a, b := p.group[i], p.group[j]
			switch {
			case x[i] < x[j] && !isCut(i):
				p.in[a][b]++
			case x[i] > x[j] && !isCut(j):
			case x[i] == x[j] && !isCut(i) && !isCut(j):
				p.in[a][b] += 0.5
			case x[i] == x[j] && isCut(i) && !isCut(j): // i took more
			case x[i] == x[j] && !isCut(i) && isCut(j):
				p.in[a][b]++
			default:
				continue
			}
			p.all[a][b]++
		}
	}
	return p
}

// at is the share in order. The rows of a group have one weight.
func (p *pairs) at(w []float64) estimate.Value {
	of := make([]float64, len(p.all))
	for i, g := range p.group {
		of[g] = w[i]
	}
	var in, all float64
	for a, wa := range of {
		if wa == 0 {
			continue
		}
		for b, wb := range of {
			in += wa * wb * p.in[a][b]
			all += wa * wb * p.all[a][b]
		}
	}
	return ratio(in, all, "no pair of rows can be compared")
}

// stated leaves out the rows without an effort.
func (d Effort) stated() Effort {
	var rows []int
	for i, x := range d.Effort {
		if !math.IsNaN(x) {
			rows = append(rows, i)
		}
	}
	of := Effort{ID: pick(d.ID, rows), Group: pick(d.Group, rows), Difficulty: pick(d.Difficulty, rows), Decoded: pick(d.Decoded, rows), Effort: pick(d.Effort, rows)}
	if d.Censored != nil {
		of.Censored = pick(d.Censored, rows)
	}
	if d.Right != nil {
		of.Right = pick(d.Right, rows)
	}
	for _, r := range d.Rivals {
		of.Rivals = append(of.Rivals, EffortRival{r.Name, pick(r.Decoded, rows)})
	}
	return of
}

func (d *Effort) check() error {
	n := len(d.Group)
	if n == 0 {
		return fmt.Errorf("compare: effort: found no rows")
	}
	if err := once("effort", d.ID); err != nil {
		return err
	}
	type column struct {
		name string
		x    []float64
		nan  bool
	}
	columns := []column{{"difficulty", d.Difficulty, false}, {"decoded difficulty", d.Decoded, false}, {"effort", d.Effort, true}}
	for _, r := range d.Rivals {
		columns = append(columns, column{"difficulty by " + r.Name, r.Decoded, false})
	}
	for _, c := range columns {
		if len(c.x) != n {
			return fmt.Errorf("compare: effort: found %d values of %s for %d rows, expected as many", len(c.x), c.name, n)
		}
		for i, x := range c.x {
			if math.IsInf(x, 0) || math.IsNaN(x) && !c.nan {
				return fmt.Errorf("compare: row %d (id %q): found the %s %v, expected a finite number", i, d.ID[i], c.name, x)
			}
		}
	}
	if d.Censored != nil && len(d.Censored) != n || d.Right != nil && len(d.Right) != n || len(d.ID) != n {
		return fmt.Errorf("compare: effort: found %d ids, %d marks of efforts that were cut off and %d of right answers for %d rows, expected as many", len(d.ID), len(d.Censored), len(d.Right), n)
	}
	return nil
}
