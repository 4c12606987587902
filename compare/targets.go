package compare

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"tell/estimate"
)

// The keys of two targets on the same rows.
const (
	KeyTargetAUROC           = "auroc"
	KeyTargetAUROCDifference = "target_auroc_difference"
	KeySeparation            = "separation"
	KeySeparationPMax        = "separation_p_max"
	KeyPhi                   = "phi"
	KeyCosine                = "cosine"
	KeyCosineFloor           = "cosine_floor"
	KeyCosineBetween         = "cosine_between"
	KeyCosineCorrected       = "cosine_corrected"
	KeyCosineExpected        = "cosine_expected"
	KeyLayerReached          = "layer_reached"
	KeyLayerLag              = "layer_lag"
	KeyLabelsDiffer          = "labels_differ"

	// Mahalanobis stands before the keys of cosines that are correlations of
	// margins.
	Mahalanobis = "mahalanobis_"
)

// The further units of two targets.
const (
	UnitCosine = "cosine"
	UnitLayers = "layers"
)

// TargetQuantities defines the keys of two targets on the same rows.
func TargetQuantities() []Quantity {
	const own = "compare"
	list := []Quantity{
		{KeyTargetAUROC, "AUROC", "probability that a row of label 1 is scored higher than one of label 0, out of fold; train names the target of the probe, test that of the label", Probability, "metric"},
		{KeyTargetAUROCDifference, "AUROC, difference", "AUROC of the second target's probe for its label minus that of the first's for its own, paired on the rows", Difference, own},
		{KeySeparation, "Separation", "among the rows on which the labels differ, AUROC of the ranks of the first target's score less those of the second's for the first label: 0.5 where both probes read the same", Probability, own},
		{KeySeparationPMax, "Separation, p over all layers", "share of draws of the null whose largest separation over all layers reaches the one observed here, the observed among them", PValue, "Westfall and Young 1993"},
		{KeyPhi, "Phi", "correlation of the two labels", UnitCosine, own},
		{KeyCosineExpected, "Expected cosine", "the cosine of differences of means that phi alone brings where the states hold each label on a direction of its own, orthogonal and equally strong: 2 phi / (1 + phi²)", UnitCosine, own},
		{KeyLayerReached, "Layer reached", "first layer at which AUROC has come 19/20 of the way from 0.5 to its largest over layers; chosen on the rows of all folds but one, the mean over folds", UnitLayers, own},
		{KeyLayerLag, "Layer lag", "layer reached by the second target minus that reached by the first", UnitLayers, own},
		{KeyLabelsDiffer, "Rows on which the labels differ", "rows on which one label is 1 and the other 0", Rows, own},
	}
	return append(list, cosineQuantities("target", "trained on the same rows")...)
}

// TargetLayer is two targets at one layer.
type TargetLayer struct {
	Layer int
	// Score is P(label = 1) out of fold, by target.
	Score [2][]float64
	// Directions are those of the probes' weights, and Cosines what they come to,
	// where that was kept in their place; both nil for none.
	Directions *Directions
	Cosines    *Cosines
}

// Targets are two labels of the same rows, such as what is true and what the
// model did, and a probe for each on the same folds.
type Targets struct {
	IDs         []string // for errors; may be nil
	Names       [2]string
	Label       [2][]int // 0 or 1; rows without one of the labels are left out
	Group, Fold []int
	Layers      []TargetLayer
}

// Measure estimates where each target can be read and whether both are read
// from the same direction. Differences are those of the second target minus the
// first.
//
// The null of the difference of AUROC exchanges the two targets, label and
// ranks of the scores, in a random half of the groups. That of the separation
// exchanges the two labels where they differ. A row's scores depend on the labels
// of others, so that where they hold nothing the variance is up to twice that of
// scores from elsewhere; the draws of the separation are therefore spread by √2,
// and those of a difference where the interval of either AUROC reaches 0.5.
func (t Targets) Measure(ctx context.Context, s Settings) ([]Line, error) {
	if err := t.check(ctx, s); err != nil {
		return nil, fmt.Errorf("compare: targets: %w", err)
	}
	d := t.prepare()
	sl := &slate[*targetView]{}
	t.addCurves(sl, d)
	t.addLag(sl)
	t.addPhi(sl)
	lines := sl.estimate(s.Bootstrap, t.Group, d.view)
	t.withholdLag(lines)
	lines, err := t.test(ctx, lines, d, s)
	if err != nil {
		return nil, err
	}
	level := levelOf(s.Bootstrap)
	for _, layer := range t.Layers {
		if layer.Directions != nil {
			if layer.Cosines, err = layer.Directions.Cosines(); err != nil {
				return nil, fmt.Errorf("compare: targets: layer %d: %w", layer.Layer, err)
			}
		}
		if layer.Cosines != nil {
			lines = append(lines, layer.Cosines.lines(t.Names, level, func(k, l int, key string) (Line, int, int) {
				return t.line(layer.Layer, k, l, key), len(t.Group), countGroups(t.Group)
			})...)
		}
	}
	n := 0
	for i := range t.Group {
		n += t.differ(i)
	}
	return append(lines, countLine(t.line(None, 0, 1, KeyLabelsDiffer), n)), nil
}

func (t Targets) check(ctx context.Context, s Settings) error {
	n, ids := len(t.Group), rowIDs(t.IDs)
	if n == 0 {
		return fmt.Errorf("found no rows")
	}
	if err := s.check(ctx); err != nil {
		return err
	}
	if err := ids.check(n); err != nil {
		return err
	}
	if t.Names[0] == "" || t.Names[0] == t.Names[1] {
		return fmt.Errorf("found targets named %q and %q, expected two names", t.Names[0], t.Names[1])
	}
	if len(t.Layers) == 0 {
		return fmt.Errorf("found no layers")
	}
	if err := checkLength("fold", len(t.Fold), n); err != nil {
		return err
	}
	for k, name := range t.Names {
		if err := checkLength("label "+name, len(t.Label[k]), n); err != nil {
			return err
		}
		if err := ids.values("label "+name, "0 or 1", n, func(i int) bool { return !isLabel(t.Label[k][i]) }); err != nil {
			return err
		}
	}
	for at, layer := range t.Layers {
		if at > 0 && layer.Layer <= t.Layers[at-1].Layer {
			return fmt.Errorf("found layer %d after layer %d, expected ascending layers", layer.Layer, t.Layers[at-1].Layer)
		}
		for k, name := range t.Names {
			column := fmt.Sprintf("layer %d, score of %s", layer.Layer, name)
			if err := checkLength(column, len(layer.Score[k]), n); err != nil {
				return err
			}
			if err := ids.values(column, "a probability", n, func(i int) bool { return !isProbability(layer.Score[k][i]) }); err != nil {
				return err
			}
		}
		if layer.Directions != nil {
			if err := layer.Directions.check(); err != nil {
				return fmt.Errorf("layer %d: directions: %w", layer.Layer, err)
			}
		}
	}
	return ids.folds(t.Group, t.Fold)
}

func (t Targets) line(layer, train, test int, key string) Line {
	return Line{Train: t.Names[train], Test: t.Names[test], Layer: layer, Position: None, Predictor: "probe", Key: key}
}

func (t Targets) differ(i int) int { return t.Label[0][i] ^ t.Label[1][i] }

// targetData is what does not change with the weights.
type targetData struct {
	Targets
	folds    []int
	of       []int          // fold of a row, as an index into folds
	rank     [][2][]float64 // mid-ranks of the scores, by layer and target
	row      [][2][]int     // rows by growing score
	contrast [][]float64    // rank of the first less that of the second
	apart    [][]int        // rows on which labels differ, by growing contrast
}

func (t Targets) prepare() *targetData {
	d := &targetData{Targets: t, folds: distinctInts(t.Fold)}
	for _, f := range t.Fold {
		d.of = append(d.of, slices.Index(d.folds, f))
	}
	for _, layer := range t.Layers {
		var rank [2][]float64
		var row [2][]int
		for k, score := range layer.Score {
			rank[k], row[k] = rankShares(score), ascending(score)
		}
		contrast := make([]float64, len(t.Group))
		for i := range contrast {
			contrast[i] = rank[0][i] - rank[1][i]
		}
		apart := slices.DeleteFunc(ascending(contrast), func(i int) bool { return t.differ(i) == 0 })
		d.rank, d.row = append(d.rank, rank), append(d.row, row)
		d.contrast, d.apart = append(d.contrast, contrast), append(d.apart, apart)
	}
	return d
}

// targetView is what the lines share at the weights of a draw.
type targetView struct {
	w       []float64
	own     [][2]estimate.Value // by layer and target
	reached [2]estimate.Value
}

func (d *targetData) view(w []float64) *targetView {
	v := &targetView{w: w}
	weight := func(i int) float64 { return w[i] }
	for at := range d.Layers {
		var own [2]estimate.Value
		for k := range own {
			own[k] = d.auroc(at, k, k, weight)
		}
		v.own = append(v.own, own)
	}
	for k := range v.reached {
		v.reached[k] = d.reached(k, w)
	}
	return v
}

// auroc is that of the score of one target for the label of another.
func (d *targetData) auroc(layer, score, label int, weight func(i int) float64) estimate.Value {
	return pairsInOrder(d.Layers[layer].Score[score], d.row[layer][score], func(i int) int { return d.Label[label][i] }, weight)
}

// closeToMaximum is how far on the way from 0.5 to its largest AUROC a target
// counts as reached. A share of the AUROC itself would be met by chance wherever
// the largest is below 0.5/0.95.
const closeToMaximum = 0.95

// reached is the mean over folds of the first layer close to the maximum on the
// rows of the other folds.
func (d *targetData) reached(target int, w []float64) estimate.Value {
	var sum float64
	for f := range d.folds {
		curve := make([]float64, len(d.Layers))
		for at := range d.Layers {
			v := d.auroc(at, target, target, func(i int) float64 {
				if d.of[i] == f {
					return 0
				}
				return w[i]
			})
			if v.Reason != "" {
				return estimate.Value{Reason: fmt.Sprintf("%s: without fold %d, %s", d.Names[target], d.folds[f], v.Reason)}
			}
			curve[at] = v.X
		}
		most := slices.Max(curve)
		if most <= 0.5 {
			return estimate.Value{Reason: fmt.Sprintf("%s: without fold %d, no layer has an AUROC above 0.5", d.Names[target], d.folds[f])}
		}
		at := slices.IndexFunc(curve, func(x float64) bool { return x >= 0.5+closeToMaximum*(most-0.5)-rounding })
		sum += float64(d.Layers[at].Layer)
	}
	return estimate.Value{X: sum / float64(len(d.folds))}
}

func (t Targets) addCurves(sl *slate[*targetView], d *targetData) {
	apart := make([]bool, len(t.Group))
	for i := range apart {
		apart[i] = t.differ(i) == 1
	}
	for at, layer := range t.Layers {
		for k := range t.Names {
			sl.add(t.line(layer.Layer, k, k, KeyTargetAUROC), nil, func(v *targetView) estimate.Value { return v.own[at][k] })
		}
		for k := range t.Names {
			sl.add(t.line(layer.Layer, k, 1-k, KeyTargetAUROC), nil, func(v *targetView) estimate.Value {
				return d.auroc(at, k, 1-k, func(i int) float64 { return v.w[i] })
			})
		}
		sl.add(t.line(layer.Layer, 0, 1, KeyTargetAUROCDifference), nil, func(v *targetView) estimate.Value {
			return difference(v.own[at][1], v.own[at][0])
		})
		sl.add(t.line(layer.Layer, 0, 1, KeySeparation), apart, func(v *targetView) estimate.Value {
			x := d.separation(at, nil, func(i int) float64 { return v.w[i] })
			if x.Reason != "" {
				x.Reason = fmt.Sprintf("the rows on which %s and %s differ: %s of %s", t.Names[0], t.Names[1], x.Reason, t.Names[0])
			}
			return x
		})
	}
}

// separation is that of a layer, with the labels exchanged where they differ on
// the rows that are flipped.
func (d *targetData) separation(layer int, flipped []bool, weight func(i int) float64) estimate.Value {
	return pairsInOrder(d.contrast[layer], d.apart[layer], func(i int) int {
		if flipped != nil && flipped[i] {
			return 1 - d.Label[0][i]
		}
		return d.Label[0][i]
	}, weight)
}

func (t Targets) addLag(sl *slate[*targetView]) {
	if len(t.Layers) < 2 {
		return
	}
	for k := range t.Names {
		sl.add(t.line(None, k, k, KeyLayerReached), nil, func(v *targetView) estimate.Value { return v.reached[k] })
	}
	sl.add(t.line(None, 0, 1, KeyLayerLag), nil, func(v *targetView) estimate.Value { return difference(v.reached[1], v.reached[0]) })
}

// withholdLag takes back layers of a target that is read nowhere.
func (t Targets) withholdLag(lines []Line) {
	nowhere := make(map[string]bool)
	for _, name := range t.Names {
		nowhere[name] = !slices.ContainsFunc(lines, func(l Line) bool {
			in := l.Estimate.Interval
			return l.Key == KeyTargetAUROC && l.Train == name && l.Test == name && l.Estimate.OK() && (in != nil && in.Low > 0.5 || in == nil && l.Estimate.Value == 1)
		})
	}
	for k := range lines {
		l := &lines[k]
		if l.Key != KeyLayerReached && l.Key != KeyLayerLag {
			continue
		}
		for _, name := range []string{l.Train, l.Test} {
			if nowhere[name] && l.Estimate.OK() {
				l.Estimate = estimate.NotEstimable(l.Estimate.N, l.Estimate.Groups, fmt.Sprintf("%s is read at no layer: no interval of its AUROC lies above 0.5", name))
			}
		}
	}
}

// addPhi adds the correlation of the labels and what it brings.
func (t Targets) addPhi(sl *slate[*targetView]) {
	phi := func(v *targetView) estimate.Value {
		var n [2][2]float64
		for i, w := range v.w {
			n[t.Label[0][i]][t.Label[1][i]] += w
		}
		a, b := n[1][0]+n[1][1], n[0][1]+n[1][1]
		all := a + n[0][0] + n[0][1]
		product := a * (all - a) * b * (all - b)
		if product <= 0 {
			return estimate.Value{Reason: "a label is the same on all rows"}
		}
		return estimate.Value{X: (n[1][1]*n[0][0] - n[1][0]*n[0][1]) / math.Sqrt(product)}
	}
	l := t.line(None, 0, 1, KeyPhi)
	l.Predictor = ""
	sl.add(l, nil, phi)
	l.Key = KeyCosineExpected
	sl.add(l, nil, func(v *targetView) estimate.Value {
		x := phi(v)
		x.X = ExpectedCosine(x.X)
		return x
	})
}

// targetStream keeps the null's random numbers apart from those of other
// purposes under one seed.
const targetStream = 0x74617267657473 // "targets"

// test sets differences and separations against their nulls.
func (t Targets) test(ctx context.Context, lines []Line, d *targetData, s Settings) ([]Line, error) {
	if s.Permutations == 0 {
		return lines, nil
	}
	difference, separation := make([][]float64, len(t.Layers)), make([][]float64, len(t.Layers))
	merged := make([][]int, len(t.Layers)) // row k*n+i is row i of target k
	values := make([][]float64, len(t.Layers))
	n := len(t.Group)
	for at := range t.Layers {
		values[at] = append(slices.Clone(d.rank[at][0]), d.rank[at][1]...)
		merged[at] = ascending(values[at])
	}
	groups := distinctInts(t.Group)
	flip, flipped := make(map[int]bool), make([]bool, n)
	one := func(int) float64 { return 1 }
	for b := range s.Permutations {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng := rand.New(estimate.Source(s.Seed^targetStream, uint64(b)))
		for _, g := range groups {
			flip[g] = rng.IntN(2) == 0
		}
		for i, g := range t.Group {
			flipped[i] = flip[g]
		}
		for at := range t.Layers {
			var own [2]estimate.Value
			for side := range own {
				own[side] = pairsInOrder(values[at], merged[at], func(r int) int { return t.Label[r/n][r%n] }, func(r int) float64 {
					return oneIf((r/n == side) != flipped[r%n])
				})
			}
			difference[at] = append(difference[at], own[1].X-own[0].X)
			x := d.separation(at, flipped, one)
			if x.Reason != "" { // one label is left, which tells nothing
				x.X = 0.5
			}
			separation[at] = append(separation[at], 0.5+math.Sqrt2*(x.X-0.5))
		}
	}
	observed := make([]float64, len(t.Layers))
	separable := false
	unread := make([]bool, len(t.Layers)) // a target's AUROC is not seen to be above 0.5
	for k := range lines {
		l := &lines[k]
		at := slices.IndexFunc(t.Layers, func(x TargetLayer) bool { return x.Layer == l.Layer })
		switch {
		case !l.Estimate.OK():
		case l.Key == KeyTargetAUROC && l.Train == l.Test: // before the difference
			in := l.Estimate.Interval
			unread[at] = unread[at] || in != nil && in.Low <= 0.5
		case l.Key == KeyTargetAUROCDifference:
			if unread[at] {
				for b := range difference[at] {
					difference[at][b] *= math.Sqrt2
				}
			}
			l.Null = nullOf(l.Estimate.Value, 0, difference[at], false)
		case l.Key == KeySeparation:
			separable = true
			observed[at] = l.Estimate.Value - rounding
			l.Null = nullOf(l.Estimate.Value, 0.5, separation[at], true)
		}
	}
	if separable && len(t.Layers) > 1 {
		_, p := estimate.MaxP(observed, separation)
		for at, layer := range t.Layers {
			l := t.line(layer.Layer, 0, 1, KeySeparationPMax)
			l.Estimate = estimate.Estimate{Value: p[at], N: n, Groups: len(groups), Method: fmt.Sprintf("maximum over %d layers, %d draws", len(t.Layers), s.Permutations)}
			lines = append(lines, l)
		}
	}
	return lines, nil
}
