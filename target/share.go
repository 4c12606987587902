package target

import (
	"fmt"
	"math"
)

// KindShare is the share of raters, or of draws, on the side of label 1.
const KindShare Kind = "share"

var shareKind = kind{KindShare, false, func(c Column) error {
	for i, x := range c.Values {
		if x < 0 || x > 1 {
			return fmt.Errorf("target: row %d: found share %v, expected 0 to 1", i, x)
		}
	}
	for i, n := range c.N {
		if !(n >= 0) {
			return fmt.Errorf("target: row %d: found a share of %v judgements, expected 0 or more", i, n)
		}
	}
	return nil
}}

// Share is a target of shares from 0 to 1, share[i] of n[i] judgements or draws. A
// nil n is not known. Neither is copied.
func Share(share, n []float64) Column { return Column{Kind: KindShare, Values: share, N: n} }

// Entropy is that of a share and the rest, in nats; small shares keep their digits.
func Entropy(share float64) float64 {
	if !(share > 0 && share < 1) {
		return 0
	}
	return -share*math.Log(share) - (1-share)*math.Log1p(-share)
}
