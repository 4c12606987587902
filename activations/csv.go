package activations

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
)

func readCSV(f *file, text io.Reader, comma rune) (*Examples, error) {
	r := csv.NewReader(text)
	r.Comma = comma
	r.ReuseRecord = true
	header, err := r.Read()
	if err != nil {
		return nil, csvError(f, err)
	}
	columns := make([]*Column, len(header))
	seen := map[string]bool{}
	for i, name := range header {
		if seen[name] {
			return nil, &FormatError{File: f.path, Line: 1, Offset: -1, Found: fmt.Sprintf("the column %q twice", name), Expected: "each column once"}
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
			return nil, csvError(f, err)
		}
		line, _ := r.FieldPos(0)
		lines = append(lines, line)
		for i, cell := range record {
			columns[i].strings = append(columns[i].strings, cell)
			columns[i].null = append(columns[i].null, cell == "")
		}
	}
	for _, c := range columns {
		c.inferKind()
	}
	return newExamples(columns, part{path: f.path, rows: len(lines), lines: lines}), nil
}

func csvError(f *file, err error) error {
	var parse *csv.ParseError
	if !errors.As(err, &parse) {
		return fmt.Errorf("%s: %w", f.path, err)
	}
	expected := "quotes that are closed, and doubled inside quotes"
	if errors.Is(err, csv.ErrFieldCount) {
		expected = "as many cells as the first line has"
	}
	return &FormatError{File: f.path, Line: parse.Line, Offset: -1, Found: parse.Err.Error(), Expected: expected}
}

// Numbers that other tools would write back otherwise, such as 007, are text.
var (
	intCell   = regexp.MustCompile(`^(0|-?[1-9][0-9]*)$`)
	floatCell = regexp.MustCompile(`^(-?(0|[1-9][0-9]*)(\.[0-9]*)?([eE][+-]?[0-9]+)?|[nN]a[nN]|NAN|-?inf)$`)
)

// inferKind turns a column of text into the narrowest kind that holds every
// cell that is not empty.
func (c *Column) inferKind() {
	if c.allNull() {
		return
	}
	for _, kind := range []Kind{Bool, Int, Float} {
		if parsed, ok := c.parseAs(kind); ok {
			*c = *parsed
			return
		}
	}
}

func (c *Column) parseAs(kind Kind) (*Column, bool) {
	parsed := &Column{Name: c.Name, Kind: kind}
	for i, cell := range c.strings {
		if c.null[i] {
			parsed.add(nil)
			continue
		}
		v, ok := parseCell(cell, kind)
		if !ok {
			return nil, false
		}
		parsed.add(v)
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
