package result

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"tell/gap"
	"tell/hidden"
	"tell/metric"
	"tell/target"
)

// Key describes something that can stand in a table: an estimate by its key or,
// as [Explain] gives them, a flag, a warning, a block, a column or a term.
type Key struct {
	Name string `json:"name"`
	// Kind is "key", "flag", "warning", "block", "column" or "term".
	Kind       string `json:"kind"`
	Title      string `json:"title"`
	Definition string `json:"definition"`
	// Unit is how a value is read outside of contrasts; see [Key.UnitIn].
	Unit   string  `json:"unit,omitempty"`
	Blocks []Block `json:"blocks,omitempty"`
	// Source says what computes it, and after whom.
	Source string `json:"source"`
}

// UnitIn is the unit in a block. All that is compared in a contrast is a
// difference.
func (k Key) UnitIn(b Block) string {
	if b == Contrast && k.Name != KeyGroups {
		return UnitDifference
	}
	return k.Unit
}

// Keys lists every key that can stand in the table: the metrics, their
// differences to a baseline, what is counted and tested on the way, and the
// quantities of the gap.
func Keys() []Key {
	var keys []Key
	for _, m := range metric.All() {
		keys = append(keys, Key{Name: m.Key, Kind: "key", Title: m.Title, Definition: m.Definition + better(m), Unit: m.Unit,
			Blocks: []Block{Curve, Nested, Baseline, Joined, Sparse}, Source: source("metric", m.Key)})
	}
	for _, m := range metric.All() {
		keys = append(keys, Key{Name: m.Key + Difference, Kind: "key", Title: m.Title + ", difference",
			Definition: fmt.Sprintf("%s of the probe minus that of the predictor, paired on the same rows and bootstrap draws", m.Key),
			Unit:       m.Unit, Blocks: []Block{Baseline, Joined, Sparse}, Source: source("metric", "")})
	}
	for _, k := range runKeys() {
		k.Kind = "key"
		keys = append(keys, k)
	}
	for _, q := range gap.Quantities() {
		k := Key{Name: q.Key, Kind: "key", Title: q.Title, Definition: q.Definition, Unit: unitOf(q.Kind), Blocks: []Block{Gap}, Source: source("gap", q.Key)}
		if q.Slice {
			k.Blocks = append(k.Blocks, Slice)
		}
		if q.Contrast {
			k.Blocks = append(k.Blocks, Contrast)
		}
		keys = append(keys, k)
	}
	// A key that the metrics or the gap define means the same in a comparison.
	for _, k := range comparedKeys() {
		if i := slices.IndexFunc(keys, func(o Key) bool { return o.Name == k.Name }); i >= 0 {
			keys[i].Blocks = append(keys[i].Blocks, k.Blocks...)
			continue
		}
		keys = append(keys, k)
	}
	return keys
}

func better(m metric.Metric) string {
	if m.LowerIsBetter {
		return "; lower is better"
	}
	return ""
}

// runKeys are the keys that a run adds to those of metrics and the gap.
func runKeys() []Key {
	gapAndSlices := []Block{Gap, Slice}
	keys := []Key{
		{Name: hidden.KeyInformation, Title: "Hidden information", Definition: "what the probe adds to all rivals together: the cross-entropy of a regression on the rivals minus that of one on the rivals and the probe, out of fold, in bits a row. The regressions are logistic, of classes multinomial, of ordered levels cumulative logits",
			Unit: UnitBits, Blocks: []Block{Hidden}, Source: source("hidden", hidden.KeyInformation)},
		{Name: hidden.KeyAUROC, Title: "Hidden AUROC", Definition: "AUROC of the regression on rivals and probe minus that of the one on the rivals; of classes the macro AUROC, of ordered levels the share of pairs of rows of different levels that the expected levels put in order, ties half",
			Unit: UnitDifference, Blocks: []Block{Hidden}, Source: source("hidden", hidden.KeyInformation)},
		{Name: hidden.KeyAccuracy, Title: "Hidden accuracy", Definition: "accuracy of the regression on rivals and probe minus that of the one on the rivals",
			Unit: UnitDifference, Blocks: []Block{Hidden}, Source: source("hidden", hidden.KeyInformation)},
		{Name: KeyAlone, Title: "AUROC alone", Definition: "AUROC out of fold of a regression on this predictor alone, whose sign does not matter; of classes and ordered levels as for `hidden_auroc`",
			Unit: UnitProbability, Blocks: []Block{Hidden}, Source: source("hidden", "")},
		{Name: KeyLead, Title: "Lead over a rival", Definition: "AUROC of the probe alone minus the larger of that of the rival and 0.5",
			Unit: UnitDifference, Blocks: []Block{Hidden}, Source: source("hidden", "")},
		{Name: KeyPermuted, Title: "AUROC at a fixed C", Definition: "AUROC out of fold at the C of the permutation test, which `null_mean` and `p` of the same row set against permuted labels",
			Unit: UnitProbability, Blocks: []Block{Curve}, Source: source("probe", KeyPermuted)},
		{Name: KeyNullHigh, Title: "Upper quantile of the null", Definition: "quantile, at the level of the study, of the AUROC at a fixed C over permuted labels",
			Unit: UnitProbability, Blocks: []Block{Curve}, Source: source("probe", KeyPermuted)},
		{Name: KeyPMax, Title: "p over all sites", Definition: "share of label permutations whose largest AUROC over all layers and positions reaches the one observed here, the observed labels counted among them",
			Unit: UnitP, Blocks: []Block{Curve}, Source: source("probe", KeyPMax)},
		{Name: KeyScoreAt, Title: "Score at a position", Definition: "P(Y=1) of the row that the subset names, or the probability of its own class, at a position, by the probe of the fold that tests it",
			Unit: UnitProbability, Blocks: []Block{Traced}, Source: source("probe", "")},
		{Name: KeyDecodedAt, Title: "Decoded at a position", Definition: "what the probe of the fold that tests the row decodes of it at a position: the number, the share, or the mean level, levels counted from 0",
			Unit: UnitDecoded, Blocks: []Block{Traced}, Source: source("probe", "")},
		{Name: KeyMeanP, Title: "Mean predicted probability", Definition: "mean P(Y=1) of the rows whose score lies in the bin",
			Unit: UnitShare, Blocks: []Block{Nested}, Source: source("metric", "")},
		{Name: KeyObserved, Title: "Observed share", Definition: "share of label 1 among the rows whose score lies in the bin; equal to the mean predicted probability where scores are calibrated",
			Unit: UnitShare, Blocks: []Block{Nested}, Source: source("metric", "")},
	}
	for _, k := range target.Kinds() {
		m, ok := metric.Headline(k)
		key := PermutedKey(k)
		if !ok || slices.ContainsFunc(keys, func(o Key) bool { return o.Name == key }) {
			continue
		}
		keys = append(keys, Key{Name: key, Title: m.Title + " at a fixed C", Definition: m.Key + " out of fold at the C of the permutation test, which `null_mean` and `p` of the same row set against permuted values",
			Unit: m.Unit, Blocks: []Block{Curve}, Source: source("probe", KeyPermuted)})
	}
	count := func(name, title, definition string, blocks ...Block) {
		unit := UnitRows
		if name == KeyGroups {
			unit = UnitGroups
		}
		keys = append(keys, Key{Name: name, Title: title, Definition: definition, Unit: unit, Blocks: blocks, Source: source("gap", "")})
	}
	count("rows", "Rows", "number of rows; of the gap and its slices, those whose behaviour is 0 or 1", gapAndSlices...)
	count(KeyGroups, "Groups", "number of groups that those rows belong to; of a contrast, those that have rows on both sides", Gap, Slice, Contrast)
	count("both_right", "Both right", "rows on which probe and behaviour are right", gapAndSlices...)
	count("only_probe", "Only the probe right", "rows on which the probe is right and the behaviour is wrong: KBA as a number of rows", gapAndSlices...)
	count("only_behaviour", "Only the behaviour right", "rows on which the behaviour is right and the probe is wrong: ABK as a number of rows", gapAndSlices...)
	count("both_wrong", "Both wrong", "rows on which probe and behaviour are wrong", gapAndSlices...)
	for b := range 2 {
		for y := range 2 {
			count(RowsKey(b, y), fmt.Sprintf("Rows of behaviour %d and label %d", b, y), fmt.Sprintf("rows with B=%d and Y=%d", b, y), gapAndSlices...)
		}
	}
	for y := range 2 {
		count(fmt.Sprintf("rows_y%d", y), fmt.Sprintf("Rows of label %d", y), fmt.Sprintf("rows with Y=%d, among those whose behaviour is neither", y), Gap)
	}
	count("rows_neither", "Rows of neither behaviour", "rows of the slice whose behaviour is neither 0 nor 1; they are not among its `rows`", Slice, Gap)
	return keys
}

const (
	mannWhitney = "Mann and Whitney 1947, Annals of Mathematical Statistics 18:50"
	detection   = "Green and Swets 1966, Signal Detection Theory and Psychophysics"
	logLinear   = detection + "; correction: Hautus 1995, Behavior Research Methods, Instruments, & Computers 27:46"
	shapley     = detection + "; decomposition: Shorrocks 2013, Journal of Economic Inequality 11:99"
)

// sources name who described a quantity first, or in the form used here.
var sources = map[string]string{
	"auroc":             mannWhitney,
	"balanced_accuracy": "Brodersen et al. 2010, ICPR",
	"log_loss":          "Good 1952, Journal of the Royal Statistical Society B 14:107",
	"brier":             "Brier 1950, Monthly Weather Review 78:1",
	"ece":               "Naeini, Cooper and Hauskrecht 2015, AAAI",
	gap.KeyMcNemar:      "McNemar 1947, Psychometrika 12:153",
	gap.KeySmallest:     "Bloom 1995, Evaluation Review 19:547",
	gap.KeySignFlip:     "Fisher 1935, The Design of Experiments",

	gap.KeyAUROCProbe:          mannWhitney,
	gap.KeyAUROCBehaviour:      mannWhitney,
	gap.KeyAUROCDifference:     mannWhitney,
	gap.KeyMatchedAUROC:        mannWhitney,
	gap.KeyPredictsAct + "_y0": mannWhitney,
	gap.KeyPredictsAct + "_y1": mannWhitney,
	gap.KeyHitProbe:            detection,
	gap.KeyHitBehaviour:        detection,
	gap.KeyAlarmProbe:          detection,
	gap.KeyAlarmBehaviour:      detection,
	gap.KeyDPrimeProbe:         logLinear,
	gap.KeyDPrimeBehaviour:     logLinear,
	gap.KeyDPrimeDifference:    logLinear,
	gap.KeyCriterionProbe:      logLinear,
	gap.KeyCriterionBehaviour:  logLinear,
	gap.KeyCriterionDifference: logLinear,
	gap.KeyFromSensitivity:     shapley,
	gap.KeyFromCriterion:       shapley,

	KeyPermuted:           "Ojala and Garriga 2010, Journal of Machine Learning Research 11:1833",
	hidden.KeyInformation: "Xu et al. 2020, ICLR; Hewitt et al. 2021, EMNLP",
	KeyPMax:               "Nichols and Holmes 2002, Human Brain Mapping 15:1",
}

func source(pkg, key string) string {
	if after, ok := sources[key]; ok {
		return fmt.Sprintf("package %s; %s", pkg, after)
	}
	return "package " + pkg
}

// explained lists what [Explain] knows. The first of a name is meant. A page asks for
// hundreds of names.
var explained = sync.OnceValue(func() []Key {
	list := Keys()
	for _, f := range Flags() {
		list = append(list, Key{Name: f.Code, Kind: "flag", Title: f.Title, Definition: f.Definition, Source: "package " + f.Source})
	}
	for _, w := range WarningCodes() {
		list = append(list, Key{Name: w.Code, Kind: "warning", Title: w.Title, Definition: w.Definition, Source: "package " + w.Source})
	}
	for _, b := range Blocks() {
		list = append(list, Key{Name: string(b.Name), Kind: "block", Title: b.Title, Definition: b.Definition, Source: "package result"})
	}
	for _, c := range tableColumns {
		list = append(list, Key{Name: c.name, Kind: "column", Title: "Column of " + TableFile, Definition: c.means, Source: "package result"})
	}
	for _, t := range terms {
		list = append(list, Key{Name: t.Term, Kind: "term", Title: t.Term, Definition: t.Text, Source: "package result"})
	}
	return list
})

// Explain describes a key, a flag, a warning, a block, a column of the table or a term.
func Explain(name string) (Key, bool) {
	list := explained()
	i := slices.IndexFunc(list, func(k Key) bool { return k.Name == name })
	if i < 0 {
		i = slices.IndexFunc(list, func(k Key) bool { return strings.EqualFold(k.Name, name) })
	}
	if i < 0 {
		return Key{}, false
	}
	return list[i], true
}
