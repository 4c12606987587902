package planted

import (
	"tell/estimate"
	"tell/gap"
)

// A Count says in how many of Runs there was an interval and in how many of
// those it held the truth.
type Count struct {
	Runs, Intervals, Held int
}

// Rate is the share of the intervals that held the truth.
func (c Count) Rate() float64 { return float64(c.Held) / float64(c.Intervals) }

// Coverage draws runs samples of the population, with seeds 0, 1 and on, and counts
// for each key of its truth how often the interval that measure gives for
// that key holds the truth.
func Coverage(w Population, runs int, measure func(d gap.Data, seed uint64) (map[string]*estimate.Interval, error)) (map[string]Count, error) {
	truth := w.Truth()
	counts := make(map[string]Count)
	for seed := range uint64(runs) {
		intervals, err := measure(w.Draw(seed), seed)
		if err != nil {
			return nil, err
		}
		for key, x := range truth {
			c := counts[key]
			c.Runs++
			if in := intervals[key]; in != nil {
				c.Intervals++
				if in.Low <= x && x <= in.High {
					c.Held++
				}
			}
			counts[key] = c
		}
	}
	return counts, nil
}
