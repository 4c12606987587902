package report

import (
	"strings"

	"tell/estimate"
	"tell/metric"
	"tell/result"
	"tell/target"
)

// A headline is the metric that a target is first judged by.
type headline struct {
	key, short string
	chance     float64
	low        float64 // end of an axis that holds most values
	// second is the metric that stands beside it in tables, and secondShort what
	// it is called there.
	second, secondShort string
	// third is one more in comparisons, where there is one.
	third, thirdShort string
}

var headlines = map[target.Kind]headline{
	target.KindBinary:  {short: "AUROC", chance: 0.5, low: 0.4, second: "accuracy", secondShort: "accuracy"},
	target.KindClass:   {short: "macro AUROC", chance: 0.5, low: 0.4, second: "level_accuracy", secondShort: "accuracy"},
	target.KindNumber:  {short: "rank correlation", low: -0.1, second: "r2", secondShort: "R²"},
	target.KindOrdinal: {short: "Somers' D", low: -0.1, second: "quadratic_kappa", secondShort: "quadratic kappa"},
	target.KindShare: {short: "rank correlation", low: -0.1, second: "cross_entropy", secondShort: "cross-entropy",
		third: "entropy_spearman", thirdShort: "entropies"},
}

// headlineOf is that of a result. One without a kind is of labels 0 and 1.
func headlineOf(r *result.Result) headline {
	h := headlines[kindOf(r)]
	m, _ := metric.Headline(kindOf(r))
	h.key = m.Key
	return h
}

func kindOf(r *result.Result) target.Kind {
	if r.Data.Kind == "" {
		return target.KindBinary
	}
	return r.Data.Kind
}

// Headlines are the keys of the two metrics that a result is summed up by, and
// what they are called.
func Headlines(r *result.Result) (keys, titles [2]string) {
	h := headlineOf(r)
	return [2]string{h.key, h.second}, [2]string{h.short, h.secondShort}
}

// isBinary tells whether a result is about labels 0 and 1.
func isBinary(r *result.Result) bool { return kindOf(r) == target.KindBinary }

// withArticle is "an AUROC" or "a rank correlation".
func (h headline) withArticle() string {
	if strings.ContainsAny(h.short[:1], "AEIO") {
		return "an " + h.short
	}
	return "a " + h.short
}

// fewestForAll is the number of groups from which on a value of 1, which has no
// interval, is taken to lie above chance.
const fewestForAll = 10

// offHalf is 1 where the interval of an AUROC lies above 0.5, -1 where it lies
// below, and 0 where these rows do not tell.
func offHalf(e estimate.Estimate) int { return off(e, 0.5) }

// off is offHalf for a metric of another kind of target, at what chance gives.
func (h headline) off(e estimate.Estimate) int { return off(e, h.chance) }

func off(e estimate.Estimate, chance float64) int {
	switch {
	case !e.OK():
		return 0
	case e.Value == 1 && e.Interval == nil && e.Groups >= fewestForAll, e.Interval != nil && e.Interval.Low > chance:
		return 1
	case e.Interval != nil && e.Interval.High < chance:
		return -1
	}
	return 0
}
