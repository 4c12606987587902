package gap

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"tell/estimate"
)

// What depends on no more than whether probe and behaviour are right: on all rows,
// on those of a label, in a slice, and as a difference between slices.
var (
	rightSlice = []estimator{
		accuracy{behaviour}, accuracy{probe},
		kba{}, abk{}, net{}, neitherBound{wrong: true}, neitherBound{wrong: false}, mcnemar{}, signFlip{}, smallest{}, beyondText{},
	}
	rightLabel  = append(slices.Clone(rightSlice), hitRate{anyBehaviour}, against{anyLabel})
	ofRightness = append(slices.Clone(rightLabel),
		accuracy{calibrated}, step{calibrated, behaviour}, step{probe, calibrated}, accuracy{text}, step{probe, text})
	rightContrast = []estimator{net{}, beyondText{}}
)

// ofSplit lists what is said of a class against the others, or of the levels from
// one on. AUROC among rows of equal behaviour is of all levels, see matchedClass.
var ofSplit = []estimator{
	kba{}, abk{}, net{}, signFlip{}, smallest{},
	auroc{probe}, auroc{behaviour}, aurocDifference{},
	rate{behaviour, 1}, rate{behaviour, 0}, rate{probe, 1}, rate{probe, 0},
	dPrime{behaviour}, dPrime{probe}, dPrimeDifference{},
	criterion{behaviour}, criterion{probe}, criterionDifference{}, fromSensitivity{}, fromCriterion{},
	baseRate{}, baseRateRoot{},
	hitRate{anyBehaviour}, falseAlarm{anyBehaviour}, hitExcess{anyBehaviour}, against{1},
}

// A levelEstimator is one quantity that needs the levels themselves.
type levelEstimator struct {
	about
	of kindOfLevels
	// at lays out the rows for repeated weighting.
	bind func(s *levelRows) func(w []float64) value
}

type kindOfLevels int

const (
	anyLevels kindOfLevels = iota
	unordered
	ordered
)

// ofLevels are measured on all rows, ofOneLevel on those of each label too.
var (
	ofLevels = []levelEstimator{
		levelBalanced(balanced{balancedKBA}), levelBalanced(balanced{balancedABK}), levelBalanced(balanced{balancedNet}),
		levelAlarm(falseAlarm{anyBehaviour}.about(), false), levelAlarm(hitExcess{anyBehaviour}.about(), true),
		{about{key: KeyAgreement, title: "Agreement of probe and behaviour", definition: "P(Ŷ=B), whether or not they are right", kind: Share}, anyLevels, agreement},
		{about{key: KeyKappa, title: "Cohen's kappa of probe and behaviour", definition: "(P(Ŷ=B) - e) / (1 - e) with e the agreement of two draws from the shares of Ŷ and of B; 0 is chance", kind: Correlation}, unordered, func(s *levelRows) func([]float64) value {
			return s.kappa(func(a, b int) float64 {
				if a == b {
					return 0
				}
				return 1
			})
		}},
		{about{key: KeyQuadraticKappa, title: "Quadratic-weighted kappa of probe and behaviour", definition: "1 less the squared distance of Ŷ and B over that of independent draws from both; 0 is chance", kind: Correlation}, ordered, func(s *levelRows) func([]float64) value {
			return s.kappa(func(a, b int) float64 { return float64((a - b) * (a - b)) })
		}},
		macro(KeyMacroAUROCProbe, "Macro AUROC of the probe", "mean over classes c of AUROC(P(c) for Y=c), on the rows that state m, or on all rows where no m is given; those of neither behaviour count too", AUROC, 1, 0),
		macro(KeyMacroAUROCBehaviour, "Macro AUROC of the graded behaviour", "mean over classes c of AUROC(m of c for Y=c), m divided by its sum over the classes, on the rows that state m, those of neither behaviour too", AUROC, 0, 1),
		macro(KeyMacroAUROCDifference, "Macro AUROC of the probe minus that of the graded behaviour", KeyMacroAUROCProbe+" - "+KeyMacroAUROCBehaviour+", paired on the rows that state m; no threshold changes it", Difference, 1, -1),
		{about{key: KeyDivergence, title: "Divergence of probe and graded behaviour", definition: "mean over rows of Σ_c P(c) log2(P(c) / m(c)), m divided by its sum over the levels, probabilities held 2.2e-16 away from 0: the Kullback-Leibler divergence, 0 where they are the same", kind: Bits, everyRow: true}, anyLevels, (*levelRows).divergence},
		matchedClass(allLevels),
		somers(KeySomersProbe, "Somers' D of the level that the probe predicts", "among pairs of rows of different labels, the share whose Ŷ are in the same order less the share in the opposite order", Correlation, 1, 0),
		somers(KeySomersBehaviour, "Somers' D of the level acted on", "among pairs of rows of different labels, the share whose B are in the same order less the share in the opposite order", Correlation, 0, 1),
		somers(KeyRankGap, "Signed rank gap", KeySomersProbe+" - "+KeySomersBehaviour+", paired on the same rows; above 0 the probe orders the rows better than the behaviour does, and a behaviour that is so many levels too high or too low everywhere changes nothing", RankGap, 1, -1),
		offBy(KeyOffProbe, "Levels that the probe is off", "Ŷ", func(s *levelRows) []int { return s.prediction }),
		offBy(KeyOffBehaviour, "Levels that the behaviour is off", "B", func(s *levelRows) []int { return s.behaviour }),
	}
	ofOneLevel = slices.DeleteFunc(slices.Clone(ofLevels), func(e levelEstimator) bool {
		return !slices.Contains([]string{KeyAgreement, KeyOffProbe, KeyOffBehaviour}, e.key)
	})
)

// ofLevelsAlone describes the quantities that labels 0 and 1 have not.
func ofLevelsAlone() []Quantity {
	known := func(key string) bool {
		return slices.ContainsFunc(registry, func(e estimator) bool { return e.about().key == key })
	}
	var list []Quantity
	for _, e := range ofLevels {
		if !known(e.key) {
			list = append(list, Quantity{Key: e.key, Title: e.title, Definition: e.definition, Kind: e.kind, Part: "Several levels"})
		}
	}
	return list
}

// levelRows are some of the rows of Levels.
type levelRows struct {
	*Levels
	label, behaviour, prediction []int
	score, graded                [][]float64
	group                        []int
}

func (d *Levels) rows(rows []int, keep keep) *levelRows {
	s := &levelRows{Levels: d}
	for _, i := range rows {
		if d.Behaviour[i] == Neither && keep == sided {
			continue
		}
		s.label, s.behaviour, s.prediction = append(s.label, d.Label[i]), append(s.behaviour, d.Behaviour[i]), append(s.prediction, d.Prediction[i])
		s.score = append(s.score, d.Score[i])
		var g []float64
		if d.Graded != nil {
			g = d.Graded[i]
		}
		s.graded = append(s.graded, g)
		group := i
		if d.Group != nil {
			group = d.Group[i]
		}
		s.group = append(s.group, group)
	}
	return s
}

// items estimates what is defined for these levels on some rows.
func (d *Levels) items(rows []int, set Settings, list []levelEstimator) []Item {
	list = slices.DeleteFunc(slices.Clone(list), func(e levelEstimator) bool {
		return e.of == ordered && !d.Ordered || e.of == unordered && d.Ordered
	})
	found := make([]estimate.Estimate, len(list))
	for _, every := range []keep{sided, everyRow} {
		s := d.rows(rows, every)
		var bound []func([]float64) value
		var at []int
		for k, e := range list {
			if e.everyRow == bool(every) {
				bound, at = append(bound, e.bind(s)), append(at, k)
			}
		}
		if len(s.label) == 0 {
			for _, k := range at {
				found[k] = estimate.NotEstimable(0, 0, noBehaviour)
			}
			continue
		}
		measured := set.Bootstrap.Estimate(s.group, len(bound), func(w []float64, out []estimate.Value) {
			for k, f := range bound {
				x := f(w)
				out[k] = estimate.Value{X: x.x, Reason: x.reason}
			}
		})
		ones := make([]float64, len(s.label))
		for i := range ones {
			ones[i] = 1
		}
		for k, e := range measured {
			if e.OK() {
				e.N = int(bound[k](ones).n)
			}
			found[at[k]] = e
		}
	}
	var items []Item
	for k, e := range list {
		items = append(items, Item{Key: e.key, Title: e.title, Definition: e.definition, Kind: e.kind, Estimate: found[k]})
	}
	return items
}

const noBehaviour = "no row has a behaviour"

func total(w []float64) (sum float64) {
	for _, x := range w {
		sum += x
	}
	return sum
}

// levelBalanced is KBA, ABK or the net gap with all labels weighing the same.
func levelBalanced(e balanced) levelEstimator {
	return levelEstimator{e.about(), anyLevels, func(s *levelRows) func([]float64) value {
		k := len(s.Names)
		return func(w []float64) value {
			of, only := make([]float64, k), make([][2]float64, k)
			for i, y := range s.label {
				of[y] += w[i]
				switch probe, acts := s.prediction[i] == y, s.behaviour[i] == y; {
				case probe && !acts:
					only[y][0] += w[i]
				case acts && !probe:
					only[y][1] += w[i]
				}
			}
			var share [2]float64
			for y, n := range of {
				if n == 0 {
					return value{reason: fmt.Sprintf("no row with a behaviour has label %q", s.Names[y])}
				}
				share[0] += only[y][0] / n / float64(k)
				share[1] += only[y][1] / n / float64(k)
			}
			out := value{x: share[0] - share[1], n: total(w)}
			if e.of != balancedNet {
				out.x = share[e.of]
			}
			return out
		}
	}}
}

// levelAlarm is how often the probe says y where behaviour b is right, over the
// pairs (b, y) in which it is wrong, or the hit rate less that.
func levelAlarm(a about, excess bool) levelEstimator {
	return levelEstimator{a, anyLevels, func(s *levelRows) func([]float64) value {
		type wrongly struct{ behaviour, label int }
		var pairs []wrongly
		for i, b := range s.behaviour {
			if b != s.label[i] {
				pairs = append(pairs, wrongly{b, s.label[i]})
			}
		}
		slices.SortFunc(pairs, func(a, b wrongly) int {
			return cmp.Or(cmp.Compare(a.behaviour, b.behaviour), cmp.Compare(a.label, b.label))
		})
		pairs = slices.Compact(pairs)
		number := make(map[wrongly]int)
		for k, p := range pairs {
			number[p] = k
		}
		return func(w []float64) value {
			right, wrong, says := make([]float64, len(s.Names)), make([]float64, len(pairs)), make([]float64, len(pairs))
			var hits, wrongs float64
			for i, b := range s.behaviour {
				if y := s.label[i]; b != y {
					wrong[number[wrongly{b, y}]] += w[i]
					wrongs += w[i]
					if s.prediction[i] == y {
						hits += w[i]
					}
					continue
				}
				right[b] += w[i]
				if k, ok := number[wrongly{b, s.prediction[i]}]; ok {
					says[k] += w[i]
				}
			}
			if wrongs == 0 {
				return value{reason: "the behaviour is never wrong"}
			}
			var alarm, n float64
			seen := -1
			for k, p := range pairs {
				if wrong[k] == 0 {
					continue
				}
				if right[p.behaviour] == 0 {
					return value{reason: fmt.Sprintf("no row has behaviour %q and is right, as %.0f are wrong", s.Names[p.behaviour], wrong[k])}
				}
				alarm += wrong[k] * (says[k] / right[p.behaviour])
				if p.behaviour != seen {
					n += right[p.behaviour]
					seen = p.behaviour
				}
			}
			alarm /= wrongs
			if excess {
				return value{x: hits/wrongs - alarm, n: wrongs + n}
			}
			return value{x: alarm, n: n}
		}
	}}
}

func agreement(s *levelRows) func([]float64) value {
	return func(w []float64) value {
		var same float64
		for i, b := range s.behaviour {
			if s.prediction[i] == b {
				same += w[i]
			}
		}
		return ratio(same, total(w), noBehaviour)
	}
}

// kappa is 1 less the distance of probe and behaviour over that of independent
// draws.
func (s *levelRows) kappa(apart func(a, b int) float64) func([]float64) value {
	return func(w []float64) value {
		says, acts := make([]float64, len(s.Names)), make([]float64, len(s.Names))
		var far, n float64
		for i, b := range s.behaviour {
			says[s.prediction[i]] += w[i]
			acts[b] += w[i]
			far += w[i] * apart(s.prediction[i], b)
			n += w[i]
		}
		chance := 0.0
		for a, x := range says {
			for b, y := range acts {
				chance += apart(a, b) * x * y / n
			}
		}
		if !(chance > 0) {
			return value{reason: "probe and behaviour are one level on every row"}
		}
		return value{x: 1 - far/chance, n: n}
	}
}

// ranked is the order of the rows that state p by the probability of a class.
func (s *levelRows) ranked(p [][]float64, class int) ranking {
	x := make([]float64, len(p))
	for i := range p {
		x[i] = math.NaN()
		if s.stated(i) {
			x[i] = p[i][class]
		}
	}
	return rank(x)
}

// stated reports whether a row states a graded behaviour, if any does.
func (s *levelRows) stated(i int) bool { return s.Graded == nil || s.graded[i] != nil }

// macro is the mean over classes of an AUROC of the probe, of the graded
// behaviour, or of a difference.
func macro(key, title, definition string, kind Kind, ofProbe, ofGraded float64) levelEstimator {
	return levelEstimator{about{key: key, title: title, definition: definition, kind: kind, everyRow: true}, unordered, func(s *levelRows) func([]float64) value {
		if ofGraded != 0 && s.Graded == nil {
			return func([]float64) value { return value{reason: "no graded behaviour is given"} }
		}
		order := make([][2]ranking, len(s.Names))
		for c := range s.Names {
			order[c][0] = s.ranked(s.score, c)
			if ofGraded != 0 {
				order[c][1] = s.ranked(s.graded, c)
			}
		}
		return func(w []float64) value {
			var of [2]float64
			n := 0.0
			for c := range s.Names {
				for k, sign := range [2]float64{ofProbe, ofGraded} {
					if sign == 0 {
						continue
					}
					x := s.auroc(order[c][k], c, w)
					if x.reason != "" {
						return x
					}
					of[k] += x.x
					n = x.n
				}
			}
			k := float64(len(s.Names))
			return value{x: ofProbe*(of[0]/k) + ofGraded*(of[1]/k), n: n}
		}
	}}
}

// auroc is that of an order for one class against the others.
func (s *levelRows) auroc(r ranking, class int, w []float64) value {
	var above, below, all float64 // of the class, of the others
	var here [2]float64
	for k, i := range r.row {
		if s.label[i] == class {
			here[1] += w[i]
		} else {
			here[0] += w[i]
		}
		if r.lastOfTie[k] {
			above += here[1] * (below + here[0]/2)
			below, all = below+here[0], all+here[1]
			here = [2]float64{}
		}
	}
	switch {
	case all == 0:
		return value{reason: fmt.Sprintf("no row has label %q", s.Names[class])}
	case below == 0:
		return value{reason: fmt.Sprintf("every row has label %q", s.Names[class])}
	}
	return value{x: above / (all * below), n: all + below}
}

const allLevels = -1

// matchedClass is the AUROC of the probability of one class, or of all of them,
// among rows of equal behaviour.
func matchedClass(class int) levelEstimator {
	a := matchedAUROC{anyBehaviour}.about()
	return levelEstimator{a, unordered, func(s *levelRows) func([]float64) value { return s.matched(class) }}
}

// matched is the mean over behaviours b, and over classes unless one is given, of
// AUROC(P(c) for Y=c | B=b), weighted by n1·n0/(n1+n0).
func (s *levelRows) matched(only int) func([]float64) value {
	k := len(s.Names)
	order := make([]ranking, k)
	for c := range order {
		if only == allLevels || only == c {
			p := make([]float64, len(s.score))
			for i := range p {
				p[i] = s.score[i][c]
			}
			order[c] = rank(p)
		}
	}
	return func(w []float64) value {
		var num, den float64
		used := make([]bool, k)
		for c, r := range order {
			if r.row == nil {
				continue
			}
			var ofNum, ofDen float64
			below, above := make([][2]float64, k), make([]float64, k)
			for lo := 0; lo < len(r.row); {
				hi := lo + 1
				for ; !r.lastOfTie[hi-1]; hi++ {
				}
				tied := r.row[lo:hi]
				for _, i := range tied { // a pair of two that are tied counts half
					if s.label[i] != c {
						below[s.behaviour[i]][0] += w[i] / 2
					}
				}
				for _, i := range tied {
					if s.label[i] == c {
						above[s.behaviour[i]] += w[i] * below[s.behaviour[i]][0]
						below[s.behaviour[i]][1] += w[i]
					}
				}
				for _, i := range tied {
					if s.label[i] != c {
						below[s.behaviour[i]][0] += w[i] / 2
					}
				}
				lo = hi
			}
			for b, n := range below {
				if n[0] > 0 && n[1] > 0 {
					ofNum += above[b] / (n[0] + n[1])
					ofDen += n[0] * n[1] / (n[0] + n[1])
					used[b] = true
				}
			}
			num, den = num+ofNum, den+ofDen
		}
		if den == 0 {
			return value{reason: "no behaviour has rows of more than one label"}
		}
		n := 0.0
		for i, b := range s.behaviour {
			if used[b] {
				n += w[i]
			}
		}
		return value{x: num / den, n: n}
	}
}

// divergence is the mean Kullback-Leibler divergence of the probe's probabilities
// from the graded behaviour's.
func (s *levelRows) divergence() func([]float64) value {
	const epsilon = 0x1p-52
	bits := make([]float64, len(s.score))
	for i, p := range s.score {
		if s.graded[i] == nil {
			continue
		}
		for c, x := range p {
			if x > 0 {
				bits[i] += x * (math.Log2(max(x, epsilon)) - math.Log2(max(s.graded[i][c], epsilon)))
			}
		}
	}
	return func(w []float64) value {
		if s.Graded == nil {
			return value{reason: "no graded behaviour is given"}
		}
		var sum, n float64
		for i, x := range bits {
			if s.graded[i] != nil {
				sum, n = sum+w[i]*x, n+w[i]
			}
		}
		return ratio(sum, n, "the graded behaviour is stated on no row")
	}
}

// somers is Somers' D of the level predicted, of the level acted on, or a
// difference (Somers 1962, American Sociological Review 27:799).
func somers(key, title, definition string, kind Kind, ofProbe, ofBehaviour float64) levelEstimator {
	return levelEstimator{about{key: key, title: title, definition: definition, kind: kind}, ordered, func(s *levelRows) func([]float64) value {
		return func(w []float64) value {
			out := value{n: total(w)}
			for k, sign := range [2]float64{ofProbe, ofBehaviour} {
				if sign == 0 {
					continue
				}
				of := [][]int{s.prediction, s.behaviour}[k]
				table := make([][]float64, len(s.Names))
				for y := range table {
					table[y] = make([]float64, len(s.Names))
				}
				for i, y := range s.label {
					table[y][of[i]] += w[i]
				}
				d, reason := somersD(table)
				if reason != "" {
					return value{reason: reason}
				}
				out.x += sign * d
			}
			return out
		}
	}}
}

// somersD is that of the columns for the rows of a table.
func somersD(table [][]float64) (d float64, reason string) {
	before := make([]float64, len(table)) // of rows above, by column
	var excess, pairs, all float64
	for _, row := range table {
		n := total(row)
		under, over := 0.0, total(before)
		for c, x := range row {
			over -= before[c]
			excess += x * (under - over)
			under += before[c]
		}
		pairs += n * all
		all += n
		for c, x := range row {
			before[c] += x
		}
	}
	if pairs == 0 {
		return 0, "every row has the same label"
	}
	return excess / pairs, ""
}

// offBy is how many levels above the label something is, on average.
func offBy(key, title, symbol string, of func(*levelRows) []int) levelEstimator {
	return levelEstimator{about{
		key: key, title: title, kind: Steps,
		definition: "mean of " + symbol + " - Y in numbers of levels, on all rows or on those of one label; above 0 it is too high",
	}, ordered, func(s *levelRows) func([]float64) value {
		return func(w []float64) value {
			sum := 0.0
			for i, v := range of(s) {
				sum += w[i] * float64(v-s.label[i])
			}
			return ratio(sum, total(w), noBehaviour)
		}
	}}
}
