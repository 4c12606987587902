package compare

import (
	"fmt"
	"slices"

	"tell/estimate"
	"tell/gap"
)

// finish says of how many rows a rate in a condition is, gives one of 0 or 1 an
// interval, and warns where d' and criterion rest on few rows.
func finish(lines []Line, test string, d decision, group []int, level float64, about ...string) {
	var rows [2][]int
	for i, y := range d.label {
		rows[y] = append(rows[y], i)
	}
	for k := range lines {
		l := &lines[k]
		if l.Test != test {
			continue
		}
		switch l.Key {
		case KeyHit, KeyAlarm:
			if l.Estimate.OK() {
				of := rows[1]
				if l.Key == KeyAlarm {
					of = rows[0]
				}
				l.Estimate.N, l.Estimate.Groups = len(of), countGroups(pick(group, of))
				exactly(&l.Estimate, level)
			}
		case KeyAccuracy:
			exactly(&l.Estimate, level)
		}
		if slices.Contains(about, l.Key) {
			warn(lines[k:k+1], extremes(l.Predictor+" in "+test, d), l.Key)
		}
	}
}

// warn adds warnings to the estimates of some keys.
func warn(lines []Line, notes []estimate.Warning, keys ...string) {
	for k := range lines {
		if e := &lines[k].Estimate; e.OK() && slices.Contains(keys, lines[k].Key) {
			e.Warnings = append(e.Warnings, notes...)
		}
	}
}

// few is the number of rows below which a bootstrap says little of a share.
const few = 10

// extremes says where a rate is near 0 or 1, or at it, as the gap does of its own
// d' and criterion.
func extremes(what string, d decision) (notes []estimate.Warning) {
	says, of := d.rates(ones(len(d.label)))
	for y, n := range of {
		rarer, k := 0, n-says[y]
		if says[y] < k {
			rarer, k = 1, says[y]
		}
		switch {
		case n == 0 || k >= few:
		case k > 0:
			notes = append(notes, estimate.Warning{Code: gap.FewRows, Text: fmt.Sprintf("%s says %d on %.3g of %.0f rows of label %d: with so few the interval is often far too narrow", what, rarer, k, n, y)})
		default:
			notes = append(notes, estimate.Warning{Code: gap.CorrectedBound, Text: fmt.Sprintf("%s says %d on none of %.0f rows of label %d: the correction, and not the rate, keeps this number finite", what, rarer, n, y)})
		}
	}
	return notes
}

// exact gives a line the p-value of all exchanges.
func exact(lines []Line, predictor, key string, fall []float64, group []int) {
	for k := range lines {
		if l := &lines[k]; l.Predictor == predictor && l.Key == key && l.Column == "" && l.Estimate.OK() {
			l.Null = signFlip(fall, group)
		}
	}
}
