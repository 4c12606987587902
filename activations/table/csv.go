package table

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tell/activations/internal/input"
)

// ReadCSV reads a table whose first line names the columns; comma stands between the
// cells. Path is the file in messages.
func ReadCSV(path string, text io.Reader, comma rune) (*Examples, error) {
	r := csv.NewReader(text)
	r.Comma = comma
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, csvError(path, err, 0)
	}
	if err := checkHeader(path, header, comma); err != nil {
		return nil, err
	}
	columns := make([]*Column, len(header))
	seen := map[string]bool{}
	names := slices.Clone(header) // the reader writes over it
	for i, name := range header {
		if seen[name] {
			return nil, &input.FormatError{File: path, Line: 1, Offset: -1, Found: fmt.Sprintf("the column %q twice", name), Expected: "each column once"}
		}
		seen[name] = true
		columns[i] = &Column{Name: name, Kind: String}
	}
	var lines []int
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, csvError(path, err, otherDelimiter(names, comma))
		}
		line, _ := r.FieldPos(0)
		lines = append(lines, line)
		for i, cell := range record {
			if !utf8.ValidString(cell) {
				return nil, &input.FormatError{File: path, Line: line, Part: fmt.Sprintf("column %q", columns[i].Name), Offset: -1, Found: notUTF8([]byte(cell)), Expected: utf8Hint}
			}
			columns[i].strings = append(columns[i].strings, cell)
			columns[i].null = append(columns[i].null, cell == "")
		}
	}
	var omitted []Omitted
	columns = slices.DeleteFunc(columns, func(c *Column) bool {
		err := c.inferKind()
		if err != nil {
			omitted = append(omitted, Omitted{c.Name, err.Error()})
		}
		return err != nil
	})
	return New(columns, Part{Path: path, Rows: len(lines), lines: lines}).LeaveOut(nil, omitted), nil
}

// delimiters are what may stand between cells.
var delimiters = []struct {
	sign rune
	name string
}{{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "bars"}}

// otherDelimiter is the sign that seems to stand between the names of the
// columns instead of comma, or 0.
func otherDelimiter(header []string, comma rune) rune {
	best, most := rune(0), len(header)-1
	for _, d := range delimiters {
		if n := strings.Count(strings.Join(header, string(comma)), string(d.sign)); d.sign != comma && n > most {
			best, most = d.sign, n
		}
	}
	return best
}

// checkHeader refuses names that are not UTF-8, and a single column that seems to
// be several.
func checkHeader(path string, header []string, comma rune) error {
	for _, name := range header {
		if !utf8.ValidString(name) {
			return &input.FormatError{File: path, Line: 1, Offset: -1, Found: notUTF8([]byte(name)), Expected: utf8Hint}
		}
	}
	if other := otherDelimiter(header, comma); len(header) == 1 && other != 0 && strings.Count(header[0], string(other)) > 1 {
		return &input.FormatError{File: path, Line: 1, Offset: -1, Found: fmt.Sprintf("one column, %q", input.Shorten(header[0])), Expected: delimiterWords(comma, other)}
	}
	return nil
}

// delimiterWords says which delimiter is read and which seems to be there.
func delimiterWords(comma, other rune) string {
	names := map[rune]string{}
	for _, d := range delimiters {
		names[d.sign] = d.name
	}
	return fmt.Sprintf("%s between the cells, not %s as line 1 seems to have; write commas in .csv and tabs in .tsv", names[comma], names[other])
}

func csvError(path string, err error, other rune) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return fmt.Errorf("%s: %w", path, err)
	}
	expected := "quotes that are closed, and doubled inside quotes"
	if errors.Is(err, csv.ErrFieldCount) {
		expected = "as many cells as the first line has"
		if other != 0 {
			expected += fmt.Sprintf("; line 1 seems to have %q between them; write commas in .csv and tabs in .tsv", other)
		}
	}
	return &input.FormatError{File: path, Line: parse.Line, Offset: -1, Found: parse.Err.Error(), Expected: expected}
}

// Numbers that other tools would write back otherwise, such as 007, are text.
var (
	intCell   = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	floatCell = regexp.MustCompile(`^(-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?|[nN]a[nN]|NAN|-?inf)$`)
)

// inferKind turns a column of text into the narrowest kind that holds every
// cell that is not empty. It is an error where that would change whole numbers.
func (c *Column) inferKind() error {
	if c.allNull() {
		return nil
	}
	for _, kind := range []Kind{Bool, Int, Float} {
		if parsed, ok := c.parseAs(kind); ok {
			if kind == Float {
				if i := slices.IndexFunc(c.strings, beyondInt); i >= 0 {
					return BeyondInt(i, input.Shorten(c.strings[i]))
				}
			}
			*c = *parsed
			return nil
		}
	}
	return nil
}

// beyondInt tells whole numbers that no int holds. As floats, two that differ could
// be one.
func beyondInt(cell string) bool {
	if !intCell.MatchString(cell) {
		return false
	}
	_, err := strconv.Atoi(cell)
	return err != nil
}

func (c *Column) parseAs(kind Kind) (*Column, bool) {
	parsed := &Column{Name: c.Name, Kind: kind}
	for i, cell := range c.strings {
		if c.null[i] {
			parsed.Append(nil)
			continue
		}
		v, ok := parseCell(cell, kind)
		if !ok {
			return nil, false
		}
		parsed.Append(v)
	}
	return parsed, true
}

func parseCell(cell string, kind Kind) (any, bool) {
	switch kind {
	case Bool:
		switch cell {
		case "true", "True", "TRUE":
			return true, true
		case "false", "False", "FALSE":
			return false, true
		}
	case Int:
		if intCell.MatchString(cell) {
			v, err := strconv.Atoi(cell)
			return v, err == nil
		}
	case Float:
		if floatCell.MatchString(cell) {
			v, err := strconv.ParseFloat(cell, 64)
			return v, err == nil
		}
	}
	return nil, false
}

// NotNumber finds the first value of a column of text that is not read as a
// number, where most are: what made the column text, such as "NA" or "Infinity".
func (c *Column) NotNumber() (row int, ok bool) {
	first, numbers, others := -1, 0, 0
	for i, cell := range c.strings {
		if c.null[i] {
			continue
		}
		if _, ok := parseCell(cell, Float); ok {
			numbers++
			continue
		}
		if others++; first < 0 {
			first = i
		}
	}
	return first, first >= 0 && numbers > others
}
