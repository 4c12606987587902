package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/dustin/go-humanize"

	"tell/estimate"
	"tell/gap"
)

// count prints "1 row" or "1,024 rows".
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return humanize.Comma(int64(n)) + " " + many
}

// share prints "31 layers" or "2 of 31 layers".
func share(n, of int, one, many string) string {
	if n == of {
		return count(n, one, many)
	}
	return humanize.Comma(int64(n)) + " of " + count(of, one, many)
}

// value prints an estimate as its kind is read.
func value(e estimate.Estimate, kind gap.Kind) string {
	switch {
	case kind == gap.Difference, kind == gap.Deviations:
		return e.Signed()
	case kind == gap.PValue && e.OK() && e.Value < 0.001:
		return "< 0.001"
	}
	return e.String()
}

// table lays out rows of cells in columns.
func table(rows [][]string) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(w, strings.Join(row, "\t"))
	}
	w.Flush() // a strings.Builder never fails
	return trimLines(b.String())
}

// trimLines removes blanks at the ends of lines.
func trimLines(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " ")
	}
	return strings.Join(lines, "\n")
}
