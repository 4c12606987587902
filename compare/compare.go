// Package compare estimates what sets one thing beside another on shared
// groups: conditions, sets of rows, dumps, targets, positions of an answer and
// candidate answers. It takes columns of numbers and gives lines of a table; it
// knows no files, probes or studies.
//
// Every kind of comparison is a struct of columns, and its Measure estimates the
// lines.
package compare

import (
	"context"
	"fmt"

	"tell/estimate"
)

// None is the layer or position of a line that is not about one.
const None = -1

// Line is one estimate of a comparison.
type Line struct {
	// Train and Test name what the scores were trained on and what they are
	// measured on. A difference between two of them is "b-a".
	Train, Test string
	// Layer and Position are None where the line is not about one.
	Layer, Position int
	// Predictor is what is measured, such as "probe" or "behaviour". Empty
	// where a number is about several at once.
	Predictor string
	// Column and Value name some of the rows; empty ones are all of them.
	Column, Value string
	// Key is one of those that the quantities of the comparison define.
	Key      string
	Estimate estimate.Estimate
	// Null is the test of the estimate, nil where there is none.
	Null *Null
}

// Null is a distribution that an estimate was set against.
type Null struct{ Mean, P float64 }

// Quantity defines a key. Title, definition and unit are those of a reader of
// the report; Source names who described it.
type Quantity struct {
	Key, Title, Definition, Unit, Source string
}

// The units of the quantities.
const (
	Share       = "share"
	Difference  = "difference of shares"
	Probability = "probability"
	PValue      = "p"
	Deviations  = "standard deviations"
	Logits      = "log-odds"
	Ratio       = "ratio"
	Correlation = "correlation"
	// CorrelationDifference is from -2 to 2.
	CorrelationDifference = "difference of correlations"
	Rows                  = "rows"
	Pairs                 = "pairs"
	Groups                = "groups"
)

// Settings are those of every comparison.
type Settings struct {
	Bootstrap estimate.Bootstrap
	// Permutations are the draws of a null. Zero means none.
	Permutations int
	// Seed is where permutations come from.
	Seed uint64
}

// check refuses settings that nothing can be estimated with, and work that is no
// longer wanted.
func (s Settings) check(ctx context.Context) error {
	if s.Permutations < 0 {
		return fmt.Errorf("found %d permutations, expected 0 or more", s.Permutations)
	}
	if err := s.Bootstrap.Check(); err != nil {
		return err
	}
	return ctx.Err()
}
