package compare

import (
	"context"
	"fmt"
	"math"
	"slices"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
	"tell/target"
)

// Effort is how hard rows are, how hard a probe reads them to be, and what the
// model spent on them.
type Effort struct {
	ID    []string // of the rows, each once
	Group []int
	// Unit numbers rows that move as one where efforts are exchanged, such as the
	// wordings of one question; nil where every row is its own.
	Unit []int
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
	KeyConcordOverRival  = "concordance_over_rival"
	KeyConcordDecoded    = "concordance_decoded"
	KeyConcordEffort     = "concordance_effort"
	KeyConcordLead       = "concordance_lead"
	KeyCensored          = "censored_share"
	KeyRankGapEasy       = "rank_gap_easy"
	KeyEffortEasy        = "effort_easy"
	KeyEffortHard        = "effort_hard"
	KeyEffortEasyOverAll = "effort_easy_over_hard"
	KeyExcessEasy        = "excess_effort_easy"
	KeyExcessOverRival   = "excess_effort_over_rival"
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
		somers   = "Somers 1962, American Sociological Review 27:799"
		harrell  = "Harrell et al. 1982, JAMA 247:2543"
		easy     = "the easy rows (the third that the predictor reads as easiest, the probe where the predictor is effort; where it is known, only those of them that the model answered rightly)"
	)
	return []Quantity{
		{KeyRankDecoded, "Difficulty decoded", spearman + " of what is decoded and the difficulty", Correlation, "Spearman 1904"},
		{KeyRankEffort, "Effort", spearman + " of the effort and the difficulty; efforts that were cut off count as what they were cut off at", Correlation, "Spearman 1904"},
		{KeyRankLead, "Decoded, less effort", "the correlation of what is decoded less that of the effort, paired on the rows", CorrelationDifference, ""},
		{KeyRankOverRival, "Lead over a rival", "the correlation of what the probe decodes less that of the rival, paired on the rows", CorrelationDifference, ""},
		{KeyConcordDecoded, "Pairs decoded in order", "share of the pairs of rows of different difficulty of which the harder one is read as harder, ties half: (1 + D) / 2 with D Somers' D given the difficulty", Share, somers},
		{KeyConcordOverRival, "Pairs in order, lead over a rival", "the share of pairs that the probe reads in order less that of the rival, paired on the rows", Difference, ""},
		{KeyConcordEffort, "Pairs with effort in order", "share of the comparable pairs of which the harder row took more effort, ties in effort half; a pair is comparable where the difficulties differ and it is known which effort was smaller, which it is not where that one was cut off. Where nothing is cut off it is (1 + D) / 2 with D Somers' D of the effort given the difficulty", Share, harrell},
		{KeyConcordLead, "Pairs in order, decoded less effort", "among the pairs whose efforts can be compared, the share that the probe reads in order less that with effort in order", Difference, ""},
		{KeyCensored, "Effort cut off", "share of the rows on which the effort was cut off", Share, ""},
		{KeyRankGapEasy, "Rank of the effort on easy rows", "mean over " + easy + " of the rank of the effort less that of the decoded difficulty, both as shares of the rows; 0 where the effort follows what is decoded. In the null it does not: efforts are those of other rows, and p is the share of its draws that are as small", Difference, ""},
		{KeyEffortEasy, "Effort on easy rows", "mean effort on " + easy, Efforts, ""},
		{KeyEffortHard, "Effort on hard rows", "mean effort on the third of the rows that are read as hardest", Efforts, ""},
		{KeyExcessEasy, "Excess effort on easy rows", "mean over " + easy + " of the effort less the effort that would follow what is decoded, whose rank among efforts is the rank of the row in what is decoded (where rows are read alike, the mean over their ranks); 0 where the effort follows it. Set beside that of a rival, it says whether the excess is also one over, say, the length of the prompt; p as of the rank", Efforts, ""},
		{KeyExcessOverRival, "Excess effort, less that of a rival", "the excess on the rows that the probe reads as easy, over what it decodes, less that on those that the rival does, over what the rival reads, paired on the rows; where it is 0 the excess is as much one over what the rival reads", Efforts, ""},
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
	inOrder := metric.InOrder(d.Difficulty, d.Decoded)
	b.one(line(KeyConcordDecoded, probePredictor), inOrder)
	b.one(line(KeyRankDecoded, probePredictor), func(w []float64) estimate.Value { return rho(d.Decoded, w) })
	for _, r := range d.Rivals {
		b.one(line(KeyRankDecoded, r.Name), func(w []float64) estimate.Value { return rho(r.Decoded, w) })
		b.one(line(KeyRankOverRival, r.Name), func(w []float64) estimate.Value { return difference(rho(d.Decoded, w), rho(r.Decoded, w)) })
		other := metric.InOrder(d.Difficulty, r.Decoded)
		b.one(line(KeyConcordDecoded, r.Name), other)
		b.one(line(KeyConcordOverRival, r.Name), func(w []float64) estimate.Value { return difference(inOrder(w), other(w)) })
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
	if least := slices.Min(d.Effort); least == slices.Max(d.Effort) {
		withheld = fmt.Sprintf("the effort is %v on all %d rows", least, len(d.Group))
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
	// Where nothing is cut off, all pairs can be compared that differ in difficulty.
	read, spent := inOrder, metric.InOrder(d.Difficulty, d.Effort)
	if cut > 0 && withheld == "" {
		rank := d.spent()
		read = comparablePairs(d.Difficulty, d.Decoded, rank, d.Censored)
		spent = comparablePairs(d.Difficulty, rank, rank, d.Censored)
	}
	b.one(line(KeyConcordEffort, effortPredictor), effort(spent))
	b.one(line(KeyConcordLead, probePredictor), effort(func(w []float64) estimate.Value { return difference(read(w), spent(w)) }))
	var readings []effortReading
	var reads []Line
	for k, of := range append([]EffortRival{{effortPredictor, d.Decoded}}, d.Rivals...) {
		readings = append(readings, d.read(of))
		for _, key := range readKeys {
			reads = append(reads, line(key, of.Name))
		}
		if k > 0 {
			reads = append(reads, line(KeyExcessOverRival, of.Name))
		}
	}
	b.add(func(w []float64, out []estimate.Value) {
		if withheld != "" {
			for k := range out {
				out[k].Reason = withheld
			}
			return
		}
		own, rest := out[:len(readKeys)], out
		for k := range readings {
			excess := readings[k].values(w, rest)
			if rest = rest[len(readKeys):]; k > 0 {
				rest[0], rest = difference(own[len(own)-1], excess), rest[1:]
			}
		}
	}, reads...)
	lines := b.estimate(s.Bootstrap)
	for i := range lines {
		l := &lines[i]
		switch l.Key {
		case KeyRankEffort, KeyRankLead, KeyEffortEasy, KeyEffortHard, KeyEffortEasyOverAll, KeyRankGapEasy, KeyExcessEasy, KeyExcessOverRival:
			if cut > 0 && l.Estimate.OK() {
				l.Estimate.Warn(Censored, "on %d of %d rows the effort was cut off and counts as what it was cut off at", cut, len(d.Group))
			}
		}
		of := slices.IndexFunc(readings, func(r effortReading) bool { return r.name == l.Predictor })
		fewest := few
		switch l.Key {
		case KeyEffortEasy, KeyRankGapEasy, KeyExcessEasy:
			l.Estimate.N, l.Estimate.Groups = d.sizeOf(readings[of].seen.easy)
			fewest = l.Estimate.N
		case KeyEffortHard:
			l.Estimate.N, l.Estimate.Groups = d.sizeOf(readings[of].seen.hard)
			fewest = l.Estimate.N
		case KeyEffortEasyOverAll:
			easy, _ := d.sizeOf(readings[of].seen.easy)
			hard, _ := d.sizeOf(readings[of].seen.hard)
			fewest = min(easy, hard)
		case KeyExcessOverRival:
			own, _ := d.sizeOf(readings[0].seen.easy)
			rival, _ := d.sizeOf(readings[of].seen.easy)
			fewest = min(own, rival)
		}
		if fewest < few && l.Estimate.OK() {
			l.Estimate.Warn(gap.FewRows, "a mean of %d rows: with so few the interval is often far too narrow", fewest)
		}
	}
	if s.Permutations > 0 && withheld == "" {
		if err := d.exchange(lines, readings, s); err != nil {
			return nil, err
		}
	}
	censored := Line{Layer: None, Position: None, Predictor: effortPredictor, Key: KeyCensored,
		Estimate: estimate.Estimate{Value: share, N: len(d.Group), Groups: countGroups(d.Group), Method: "count"}}
	return append(lines, censored), nil
}

const effortPredictor = "effort"

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
	if d.Unit != nil {
		of.Unit = pick(d.Unit, rows)
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
	if d.Censored != nil && len(d.Censored) != n || d.Right != nil && len(d.Right) != n || d.Unit != nil && len(d.Unit) != n || len(d.ID) != n {
		return fmt.Errorf("compare: effort: found %d ids, %d marks of efforts that were cut off, %d of right answers and %d units for %d rows, expected as many", len(d.ID), len(d.Censored), len(d.Right), len(d.Unit), n)
	}
	return nil
}
