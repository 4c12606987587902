package report

import "tell/result"

// comparedSentences say what each kind of comparison found, in the order of the
// page. One that the study does not ask for says nothing.
var comparedSentences = []func(r *result.Result) []string{
	controlsSentences, conditionSentences, transferSentences, dumpsSentences, targetsSentences, layerPairsSentences,
	trajectorySentences, candidatesSentences,
}

// Compared puts the comparisons of a study into words.
func Compared(r *result.Result) []string {
	var all []string
	for _, of := range comparedSentences {
		all = append(all, of(r)...)
	}
	return all
}
