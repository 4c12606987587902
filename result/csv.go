package result

import (
	"encoding/csv"
	"io"
	"regexp"
	"strconv"
	"strings"

	"tell/estimate"
	"tell/internal/atomicfile"
)

// WriteTable writes results.csv: the table of a result, a row an estimate. An empty field is absent, or
// cannot be estimated. See [WriteScores] for the form of texts.
func WriteTable(path string, r *Result) error {
	return atomicfile.Write(path, func(w io.Writer) error { return EncodeTable(w, r) })
}

// EncodeTable writes the bytes of results.csv.
func EncodeTable(w io.Writer, r *Result) error {
	if err := r.Table.check(); err != nil {
		return err
	}
	return encodeCSV(w, tableColumnsOf(r.Run()), r.Table)
}

func encodeCSV[R any](w io.Writer, columns []column[R], rows []R) error {
	out := csv.NewWriter(w)
	record := make([]string, len(columns))
	for k, c := range columns {
		record[k] = c.name
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for i := range rows {
		for k, c := range columns {
			record[k] = c.cell(&rows[i])
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func (c column[R]) cell(r *R) string {
	switch {
	case c.text != nil:
		return inert(lineBreak.ReplaceAllLiteralString(c.text(r), "\n"))
	case c.integer != nil:
		if v, ok := c.integer(r); ok {
			return strconv.Itoa(v)
		}
		return c.absent
	}
	if v, ok := c.number(r); ok {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return ""
}

var (
	lineBreak = regexp.MustCompile(`\r+\n`)
	// formula is what a spreadsheet may run, behind any number of quotes, so
	// that a quote put before it can be told from one that was there.
	formula = regexp.MustCompile(`^'*[=+\-@\t\r]`)
	plain   = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)
)

// inert puts a quote before a text that a spreadsheet would run as a formula.
// Numbers stay as they are.
func inert(text string) string {
	if formula.MatchString(text) && !plain.MatchString(text) {
		return "'" + text
	}
	return text
}

func (r *Row) flags() string { return strings.Join(r.Estimate.Flags(), " ") }

func (r *Row) hasInterval() bool { return r.Estimate.OK() && r.Estimate.Interval != nil }

func (r *Row) bounds() estimate.Interval {
	if r.Estimate.Interval == nil {
		return estimate.Interval{}
	}
	return *r.Estimate.Interval
}

func (r *Row) null() Null {
	if r.Null == nil {
		return Null{}
	}
	return *r.Null
}
