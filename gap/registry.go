package gap

import "slices"

// Keys of the items, for [Summary.Item]. A key that exists for one behaviour
// alone carries the suffix "_b0" or "_b1", one for one label "_y0" or "_y1".
const (
	KeyAccuracyProbe            = "accuracy_probe"
	KeyAccuracyBehaviour        = "accuracy_behaviour"
	KeyKBA                      = "kba"
	KeyABK                      = "abk"
	KeyNet                      = "net_gap"
	KeyNeitherWrong             = "net_gap_neither_wrong"
	KeyNeitherRight             = "net_gap_neither_right"
	KeyMcNemar                  = "mcnemar_p"
	KeySignFlip                 = "sign_flip_p"
	KeySmallest                 = "smallest_gap"
	KeyKBABalanced              = "kba_balanced"
	KeyABKBalanced              = "abk_balanced"
	KeyNetBalanced              = "net_gap_balanced"
	KeyAUROCProbe               = "auroc_probe"
	KeyAUROCBehaviour           = "auroc_behaviour"
	KeyAUROCDifference          = "auroc_probe_minus_behaviour"
	KeyHitProbe                 = "hit_probe"
	KeyHitBehaviour             = "hit_behaviour"
	KeyAlarmProbe               = "alarm_probe"
	KeyAlarmBehaviour           = "alarm_behaviour"
	KeyDPrimeProbe              = "d_prime_probe"
	KeyDPrimeBehaviour          = "d_prime_behaviour"
	KeyDPrimeDifference         = "d_prime_difference"
	KeyCriterionProbe           = "criterion_probe"
	KeyCriterionBehaviour       = "criterion_behaviour"
	KeyCriterionDifference      = "criterion_difference"
	KeyFromCriterion            = "gap_from_criterion"
	KeyFromSensitivity          = "gap_from_sensitivity"
	KeyBaseRate                 = "base_rate"
	KeyBaseRateRoot             = "base_rate_root"
	KeyNetAt05                  = "net_gap_at_05"
	KeyNetAt25                  = "net_gap_at_25"
	KeyNetAt50                  = "net_gap_at_50"
	KeyNetAt75                  = "net_gap_at_75"
	KeyNetAt95                  = "net_gap_at_95"
	KeyHitRate                  = "hit_rate"
	KeyFalseAlarm               = "false_alarm"
	KeyHitExcess                = "hit_rate_minus_false_alarm"
	KeyAgainst                  = "acts_against"
	KeyAgainstKnown             = "acts_against_known"
	KeyAgainstUnknown           = "acts_against_unknown"
	KeyAgainstDifference        = "acts_against_known_minus_unknown"
	KeyPredictsAct              = "signal_predicts_act"
	KeyAccuracyCalibrated       = "accuracy_calibrated"
	KeyCalibratedMinusBehaviour = "calibrated_minus_behaviour"
	KeyProbeMinusCalibrated     = "probe_minus_calibrated"
	KeyAccuracyText             = "accuracy_text"
	KeyProbeMinusText           = "probe_minus_text"
	KeyBeyondText               = "hidden_beyond_text"
	KeyMatchedAUROC             = "matched_auroc"

	// Of a target of several levels alone, see [MeasureLevels].
	KeyAgreement            = "agreement"
	KeyKappa                = "kappa"
	KeyQuadraticKappa       = "quadratic_kappa_acted"
	KeyMacroAUROCProbe      = "macro_auroc_probe"
	KeyMacroAUROCBehaviour  = "macro_auroc_behaviour"
	KeyMacroAUROCDifference = "macro_auroc_probe_minus_behaviour"
	KeyDivergence           = "kl_behaviour"
	KeySomersProbe          = "somers_d_probe"
	KeySomersBehaviour      = "somers_d_behaviour"
	KeyRankGap              = "signed_rank_gap"
	KeyOffProbe             = "levels_off_probe"
	KeyOffBehaviour         = "levels_off_behaviour"
)

// An estimator is one quantity of the gap.
type estimator interface {
	about() about
	at(v *view) value
}

// about describes an estimator to a reader of the report.
type about struct {
	key, title, definition string
	kind                   Kind
	exact                  string // method of a value that has no interval; empty: resampled by group
	// everyRow is true where rows whose behaviour is neither count too.
	everyRow bool
}

// A part is a heading with its estimators.
type part struct {
	title string
	of    []estimator
}

// parts lists every estimator in the order of the report.
var parts = []part{
	{"Accuracy", []estimator{
		accuracy{behaviour}, accuracy{probe},
		kba{}, abk{}, net{}, neitherBound{wrong: true}, neitherBound{wrong: false},
		mcnemar{}, signFlip{}, smallest{},
		balanced{balancedKBA}, balanced{balancedABK}, balanced{balancedNet},
	}},
	{"Graded", []estimator{auroc{probe}, auroc{behaviour}, aurocDifference{}}},
	{"Sensitivity and criterion", []estimator{
		rate{behaviour, 1}, rate{behaviour, 0}, rate{probe, 1}, rate{probe, 0},
		dPrime{behaviour}, dPrime{probe}, dPrimeDifference{},
		criterion{behaviour}, criterion{probe}, criterionDifference{},
		fromSensitivity{}, fromCriterion{},
	}},
	{"By base rate", []estimator{
		baseRate{}, baseRateRoot{},
		netAt{KeyNetAt05, 0.05, "1 row in 20"}, netAt{KeyNetAt25, 0.25, "1 row in 4"}, netAt{KeyNetAt50, 0.5, "1 row in 2"},
		netAt{KeyNetAt75, 0.75, "3 rows in 4"}, netAt{KeyNetAt95, 0.95, "19 rows in 20"},
	}},
	{"Where the behaviour is wrong", []estimator{
		hitRate{anyBehaviour}, falseAlarm{anyBehaviour}, hitExcess{anyBehaviour},
		hitRate{0}, falseAlarm{0}, hitExcess{0},
		hitRate{1}, falseAlarm{1}, hitExcess{1},
	}},
	{"What is done", []estimator{
		against{anyLabel}, against{0}, against{1},
		againstKnown{1}, againstKnown{0}, againstDifference{},
		predictsAct{0}, predictsAct{1},
	}},
	{"Rivals without hidden states", []estimator{
		accuracy{calibrated}, step{calibrated, behaviour}, step{probe, calibrated},
		accuracy{text}, step{probe, text}, beyondText{},
	}},
	{"Among rows of equal behaviour", []estimator{
		matchedAUROC{anyBehaviour}, matchedAUROC{0}, matchedAUROC{1},
	}},
}

var registry = func() (list []estimator) {
	for _, p := range parts {
		list = append(list, p.of...)
	}
	return list
}()

// perContrast lists the estimators whose differences between slices are taken.
var perContrast = []estimator{net{}, beyondText{}, matchedAUROC{anyBehaviour}}

// perSlice lists the estimators of a condition or a value of a stratum.
var perSlice = []estimator{
	accuracy{behaviour}, accuracy{probe},
	kba{}, abk{}, net{}, neitherBound{wrong: true}, neitherBound{wrong: false}, mcnemar{}, signFlip{}, smallest{},
	aurocDifference{}, dPrimeDifference{}, criterionDifference{}, baseRate{}, baseRateRoot{},
	hitExcess{anyBehaviour}, beyondText{}, matchedAUROC{anyBehaviour},
}

// A Quantity describes one of the estimates of a gap.
type Quantity struct {
	Key, Title, Definition string
	Kind                   Kind
	// Part is the heading under which it stands beside others of its sort.
	Part string
	// Slice and Contrast say whether it is also estimated for each condition
	// and value of a stratum, and as a difference between two of them.
	Slice, Contrast bool
}

// Quantities lists what [Measure] and [MeasureLevels] estimate, in the order of the
// report.
func Quantities() []Quantity {
	in := func(list []estimator, key string) bool {
		return slices.ContainsFunc(list, func(e estimator) bool { return e.about().key == key })
	}
	var list []Quantity
	for _, p := range parts {
		for _, e := range p.of {
			a := e.about()
			list = append(list, Quantity{a.key, a.title, a.definition, a.kind, p.title, in(perSlice, a.key), in(perContrast, a.key)})
		}
	}
	return append(list, ofLevelsAlone()...)
}
