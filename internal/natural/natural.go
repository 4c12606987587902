// Package natural orders names as a reader would. Modules that do so go in circles where
// numbers have zeros before them or more digits than a machine word, and an order that is none
// lets folds and draws follow the order of rows.
package natural

import (
	"cmp"
	"strings"
)

// Compare takes numbers within names by their value, so that "item 2" comes before "item 10".
// It is a total order: only equal names compare as 0.
func Compare(a, b string) int {
	x, y := a, b
	for x != "" && y != "" {
		m, n := digits(x), digits(y)
		if m == 0 || n == 0 {
			if x[0] != y[0] {
				return cmp.Compare(x[0], y[0])
			}
			x, y = x[1:], y[1:]
			continue
		}
		one, two := strings.TrimLeft(x[:m], "0"), strings.TrimLeft(y[:n], "0")
		if c := cmp.Or(cmp.Compare(len(one), len(two)), strings.Compare(one, two)); c != 0 {
			return c
		}
		x, y = x[m:], y[n:]
	}
	return cmp.Or(cmp.Compare(len(x), len(y)), strings.Compare(a, b))
}

// digits is how many digits a name begins with.
func digits(name string) int { return len(name) - len(strings.TrimLeft(name, "0123456789")) }
