package compare

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
)

// Predictors that every comparison may have.
const (
	probePredictor     = "probe"
	behaviourPredictor = "behaviour"
)

// Keys of more than one comparison.
const (
	KeyAUROC           = "auroc"
	KeyAccuracy        = "accuracy"
	KeyAccuracyMatched = "accuracy_matched"
	KeyAUROCChange     = "auroc_change"
	KeyAccuracyChange  = "accuracy_change"
)

var (
	aurocQuantity    = Quantity{KeyAUROC, "AUROC", "probability that a row of label 1 has a higher score than a row of label 0, ties counted half", Probability, "metric"}
	accuracyQuantity = Quantity{KeyAccuracy, "Accuracy", "share of rows whose label is predicted, 1 where P(Y=1) > 0.5, or on which the behaviour is the label", Share, "metric"}
	matchedQuantity  = Quantity{KeyAccuracyMatched, "Accuracy at the matched alarm rate",
		"accuracy at the threshold at which the share of rows of label 0 that are called 1 is that of the training condition or set at 0.5; transductive, since it uses labels of the tested rows", Share, ""}
	aurocChangeQuantity    = Quantity{KeyAUROCChange, "Change of the AUROC", "AUROC on the second less that on the first, on paired rows", Difference, ""}
	accuracyChangeQuantity = Quantity{KeyAccuracyChange, "Change of the accuracy", "accuracy on the second less that on the first, on paired rows", Difference, ""}
)

// sourced names this package as the source of what has no other.
func sourced(list ...Quantity) []Quantity {
	for k := range list {
		if list[k].Source == "" {
			list[k].Source = "compare"
		}
	}
	return list
}

// A statistic computes some lines from the weights of a block's rows.
type statistic struct {
	lines []Line
	at    func(w []float64, out []estimate.Value)
}

// A block is statistics that share their rows, and with them the draws of one
// bootstrap.
type block struct {
	group []int
	stats []statistic
}

func (b *block) add(at func(w []float64, out []estimate.Value), lines ...Line) {
	b.stats = append(b.stats, statistic{lines, at})
}

func (b *block) one(l Line, at func(w []float64) estimate.Value) {
	b.add(func(w []float64, out []estimate.Value) { out[0] = at(w) }, l)
}

// values are the statistics at one set of weights.
func (b *block) values(w []float64, out []estimate.Value) {
	k := 0
	for _, s := range b.stats {
		s.at(w, out[k:k+len(s.lines)])
		k += len(s.lines)
	}
}

func (b *block) size() int {
	n := 0
	for _, s := range b.stats {
		n += len(s.lines)
	}
	return n
}

func (b *block) estimate(bootstrap estimate.Bootstrap) []Line {
	found := bootstrap.Estimate(b.group, b.size(), b.values)
	var lines []Line
	for _, s := range b.stats {
		for _, l := range s.lines {
			l.Layer, l.Position = None, None
			l.Estimate = found[len(lines)]
			lines = append(lines, l)
		}
	}
	return lines
}

// point are the values at weight 1 for every row.
func (b *block) point() []estimate.Value {
	out := make([]estimate.Value, b.size())
	b.values(ones(len(b.group)), out)
	return out
}

func ones(n int) []float64 {
	w := make([]float64, n)
	for i := range w {
		w[i] = 1
	}
	return w
}

func difference(a, b estimate.Value) estimate.Value {
	return a.Minus(b)
}

func ratio(part, whole float64, ifEmpty string) estimate.Value {
	if !(whole > 0) {
		return estimate.Value{Reason: ifEmpty}
	}
	return estimate.Value{X: part / whole}
}

func pick[T any](x []T, rows []int) []T {
	out := make([]T, len(rows))
	for k, i := range rows {
		out[k] = x[i]
	}
	return out
}

func countGroups(group []int) int { return len(distinctInts(group)) }

// levelOf is the nominal coverage of the bootstrap's intervals.
func levelOf(b estimate.Bootstrap) float64 {
	if b.Level == 0 {
		return 0.95
	}
	return b.Level
}

// A decision is what says 1 on rows: as a number, since at a threshold that is
// tied with scores it may be a share.
type decision struct {
	label []int
	says  []float64
}

func (d decision) right(i int) float64 {
	if d.label[i] == 1 {
		return d.says[i]
	}
	return 1 - d.says[i]
}

func (d decision) accuracy(w []float64) estimate.Value {
	var sum, weight float64
	for i, x := range w {
		sum += x * d.right(i)
		weight += x
	}
	return ratio(sum, weight, "no rows")
}

// rates are how much of each label's weight is called 1, and both weights.
func (d decision) rates(w []float64) (says, of [2]float64) {
	for i, y := range d.label {
		says[y] += w[i] * d.says[i]
		of[y] += w[i]
	}
	return says, of
}

// oneClass says what is missing where a label has no weight.
func oneClass(of [2]float64) string {
	switch {
	case of[0]+of[1] == 0:
		return "no rows"
	case of[0] == 0:
		return "every row has label 1"
	case of[1] == 0:
		return "every row has label 0"
	}
	return ""
}

// observed gives hit rate, alarm rate, d' and criterion.
func (d decision) observed(w []float64, out []estimate.Value) {
	says, of := d.rates(w)
	out[0] = ratio(says[1], of[1], "no row has label 1")
	out[1] = ratio(says[0], of[0], "no row has label 0")
	o := gap.Observe(says[1], of[1], says[0], of[0])
	reason := oneClass(of)
	out[2] = estimate.Value{X: o.DPrime, Reason: reason}
	out[3] = estimate.Value{X: o.Criterion, Reason: reason}
}

func observe(label []int, d func(i int) float64) decision {
	says := make([]float64, len(label))
	for i := range label {
		says[i] = d(i)
	}
	return decision{label, says}
}

// carried is the decision of scores at 0.5.
func carried(label []int, score []float64) decision {
	return observe(label, func(i int) float64 { return float64(metric.Predict(score[i])) })
}

// acted is the decision of a behaviour of 0 or 1.
func acted(label, behaviour []int) decision {
	return observe(label, func(i int) float64 { return float64(behaviour[i]) })
}

// logit is that of p, which is held 2.2e-16 away from 0 and 1.
func logit(p float64) float64 {
	const epsilon = 0x1p-52
	p = min(max(p, epsilon), 1-epsilon)
	return math.Log(p / (1 - p))
}

func logits(p []float64) []float64 {
	l := make([]float64, len(p))
	for i, x := range p {
		l[i] = logit(x)
	}
	return l
}

// A matcher finds the threshold on tested rows at which their alarm rate is that
// of reference rows at 0.5.
//
// Many thresholds between two scores of label 0 give that rate. The threshold
// lies where 0.5 lies among the reference's scores of label 0: at the same share
// of the way from the score of label 0 below it to the one above it, in
// log-odds. Two equal sets of scores so have the same threshold, and scores that
// are moved move the threshold with them. Where tied scores of label 0 allow no such rate,
// a share of the rows at the threshold is called 1.
type matcher struct {
	reference, tested []int // rows of label 0, by falling score
	at, to            []float64
}

// newMatcher takes labels and log-odds of reference and tested rows.
func newMatcher(label [2][]int, score [2][]float64) *matcher {
	sorted := func(k int) []int {
		var rows []int
		for i, y := range label[k] {
			if y == 0 {
				rows = append(rows, i)
			}
		}
		slices.SortStableFunc(rows, func(a, b int) int { return cmp.Compare(score[k][b], score[k][a]) })
		return rows
	}
	return &matcher{sorted(0), sorted(1), score[0], score[1]}
}

// threshold is the log-odds above which rows are called 1, and the share of the
// rows at it that are.
func (m *matcher) threshold(reference, tested []float64) (t, tied float64, reason string) {
	low, high := math.Inf(-1), math.Inf(1)
	var alarms, total float64
	for _, i := range m.reference {
		switch w := reference[i]; {
		case w == 0:
			continue
		case m.at[i] > 0:
			alarms += w
			high = m.at[i]
			total += w
		default:
			low = max(low, m.at[i])
			total += w
		}
	}
	all := 0.0
	for _, i := range m.tested {
		all += tested[i]
	}
	switch {
	case total == 0:
		return 0, 0, "no row of label 0 to take the alarm rate from"
	case all == 0:
		return 0, 0, "no row of label 0 to match the alarm rate on"
	}
	want, small := alarms/total*all, 1e-9*all
	above, over, under := 0.0, math.Inf(1), math.Inf(-1)
	for k := 0; k < len(m.tested); {
		level, weight := m.to[m.tested[k]], 0.0
		for ; k < len(m.tested) && m.to[m.tested[k]] == level; k++ {
			weight += tested[m.tested[k]]
		}
		if weight == 0 {
			continue
		}
		if above >= want-small {
			under = level
			break
		}
		if above+weight > want+small {
			return level, (want - above) / weight, ""
		}
		above += weight
		over = level
	}
	switch {
	case math.IsInf(over, 1):
		return under - low, 0, "" // no alarms: 0 lies as far above the highest score
	case math.IsInf(under, -1):
		return over - high, 0, ""
	}
	return under - low*((over-under)/(high-low)), 0, ""
}

// match is the decision at the matched threshold, and that threshold. The tested
// rows have the labels and log-odds given to newMatcher.
func (m *matcher) match(label []int, reference, tested []float64) (decision, float64, string) {
	t, tied, reason := m.threshold(reference, tested)
	if reason != "" {
		return decision{}, 0, reason
	}
	return observe(label, func(i int) float64 {
		switch {
		case m.to[i] > t:
			return 1
		case m.to[i] == t:
			return tied
		}
		return 0
	}), t, ""
}

// groupSums adds up x by group, in order of appearance.
func groupSums(x []float64, group []int) (sum []float64, size []float64) {
	at := make(map[int]int)
	for i, g := range group {
		k, ok := at[g]
		if !ok {
			k = len(sum)
			at[g] = k
			sum, size = append(sum, 0), append(size, 0)
		}
		sum[k] += x[i]
		size[k]++
	}
	return sum, size
}

// signFlip is the exact test that the mean of whole numbers is 0, by exchange
// within groups.
func signFlip(x []float64, group []int) *Null {
	sum, _ := groupSums(x, group)
	var d []int
	for _, s := range sum {
		if s != 0 {
			d = append(d, int(math.Round(s)))
		}
	}
	if len(d) == 0 {
		return &Null{P: 1}
	}
	return &Null{P: gap.SignFlipP(d)}
}

// side tells on which side of x an estimate lies for sure, 0 for neither.
func side(e estimate.Estimate, x float64) int {
	switch in := e.Interval; {
	case in == nil:
		return 0
	case in.Low > x:
		return 1
	case in.High < x:
		return -1
	}
	return 0
}

// exactly gives a share of 0 or 1, which no bootstrap draw moves, the interval of
// Clopper and Pearson with a group for a trial.
func exactly(e *estimate.Estimate, level float64) {
	if !e.OK() || e.Interval != nil || e.Groups < 1 || e.Value != 0 && e.Value != 1 {
		return
	}
	b := distuv.Beta{Alpha: 1, Beta: float64(e.Groups)}
	reach := b.Quantile((1 + level) / 2)
	in := estimate.Interval{High: reach, Level: level}
	if e.Value == 1 {
		in = estimate.Interval{Low: 1 - reach, High: 1, Level: level}
	}
	e.Interval, e.Method = &in, "Clopper-Pearson, a group for a trial"
	e.Warnings = slices.DeleteFunc(e.Warnings, func(w estimate.Warning) bool { return w.Code == estimate.NoInterval })
}

// checkScores refuses scores that are not probabilities, by the ids of their rows.
func checkScores(what string, score []float64, id []string) error {
	if len(score) != len(id) {
		return fmt.Errorf("compare: %s: found %d scores for %d rows, expected as many", what, len(score), len(id))
	}
	var missing, outside []string
	for i, p := range score {
		switch {
		case math.IsNaN(p):
			missing = append(missing, id[i])
		case !(p >= 0 && p <= 1):
			outside = append(outside, id[i])
		}
	}
	switch {
	case len(missing) > 0:
		return fmt.Errorf("compare: %s: found no score on %d of %d rows (%s), expected one on every row; leave such rows out", what, len(missing), len(id), first(missing))
	case len(outside) > 0:
		return fmt.Errorf("compare: %s: found scores outside 0 to 1 on %d of %d rows (%s), expected P(label=1)", what, len(outside), len(id), first(outside))
	}
	return nil
}

// checkLevels refuses labels, or behaviours where from is -1, that are not from
// from to 1.
func checkLevels(what string, x []int, id []string, from int) error {
	if len(x) != len(id) {
		return fmt.Errorf("compare: %s: found %d values for %d rows, expected as many", what, len(x), len(id))
	}
	for i, v := range x {
		if v < from || v > 1 {
			expected := "0 or 1"
			if from < 0 {
				expected = "0, 1, or -1 for neither"
			}
			return fmt.Errorf("compare: %s: row %q: found %d, expected %s", what, id[i], v, expected)
		}
	}
	return nil
}

func expit(x float64) float64 { return 1 / (1 + math.Exp(-x)) }
