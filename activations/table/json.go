package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tell/activations/internal/input"
)

// IsDocument tells a JSON document, which is one object over several lines or with
// rows inside, from JSON lines. It reads the first object.
func IsDocument(text io.Reader) bool {
	buffered := bufio.NewReader(text)
	head, _ := buffered.Peek(256)
	head = bytes.TrimLeft(head, " \t\r\n")
	if line, _, cut := bytes.Cut(head, []byte("\n")); cut && string(bytes.TrimSpace(line)) == "{" {
		return true // begins no line of JSONL
	}
	dec := json.NewDecoder(buffered)
	var object json.RawMessage
	if dec.Decode(&object) != nil {
		return false
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return false
	}
	if bytes.ContainsAny(object, "\r\n") {
		return true
	}
	if _, ok := rowsOf(object); ok {
		return true
	}
	return rowsByNumber(object)
}

// rowsByNumber tells an object in which every key has an object of rows by their
// numbers, as pandas writes a table in one line: {"a": {"0": 1, "1": 2}}.
func rowsByNumber(object []byte) bool {
	var columns map[string]map[string]json.RawMessage
	if json.Unmarshal(object, &columns) != nil {
		return false
	}
	rows := -1
	for _, column := range columns {
		if rows < 0 {
			rows = len(column)
		}
		if len(column) != rows || rows == 0 {
			return false
		}
		for i := range rows {
			if _, ok := column[strconv.Itoa(i)]; !ok {
				return false
			}
		}
	}
	return rows > 0
}

// ReadJSON reads a table from a JSON document: an array of objects, an object with
// such an array under one of its keys, or an object of columns, as lists or by the
// names of rows, as pandas writes them. Path is the file in messages.
func ReadJSON(path string, text io.Reader) (*Examples, error) {
	data, err := io.ReadAll(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if !utf8.Valid(data) {
		return nil, &input.FormatError{File: path, Offset: -1, Found: notUTF8(data), Expected: utf8Hint}
	}
	data = numbered(data)
	var whole json.RawMessage
	if err := json.Unmarshal(data, &whole); err != nil {
		at := int64(-1)
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			at = syntax.Offset
		}
		return nil, &input.FormatError{File: path, Line: lineAt(data, at), Offset: -1, Found: strings.TrimPrefix(err.Error(), "invalid character "), Expected: "a whole JSON document, or JSONL: one object on each line"}
	}
	first := bytes.IndexFunc(data, func(r rune) bool { return !strings.ContainsRune(" \t\r\n", r) })
	rows, offset := data[first:], first
	if data[first] == '{' {
		inner, ok := rowsOf(data[first:])
		if !ok {
			return readColumns(path, data[first:])
		}
		rows, offset = inner, bytes.Index(data, inner)
	}
	return readArray(path, data, rows, offset)
}

// readArray reads an array of objects that stands at an offset of data.
func readArray(path string, data, array []byte, offset int) (*Examples, error) {
	r := jsonlReader{path: path, index: map[string]*jsonColumn{}}
	dec := json.NewDecoder(bytes.NewReader(array))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	line, counted := 1, 0
	for dec.More() {
		var object json.RawMessage
		if err := dec.Decode(&object); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		at := offset + int(dec.InputOffset()) - len(object)
		line, counted = line+bytes.Count(data[counted:at], []byte("\n")), at
		if object[0] != '{' {
			return nil, r.at(line, "", fmt.Sprintf("%.40q", object), "an object {...} as every element of the array")
		}
		if err := r.addLine(object, line); err != nil {
			return nil, err
		}
	}
	if len(r.lines) == 0 {
		return nil, &input.FormatError{File: path, Offset: -1, Found: "an array without elements", Expected: "objects, one for each example"}
	}
	return r.table(), nil
}

// lineAt is the line of an offset, counted from 1; 0 where there is none.
func lineAt(data []byte, at int64) int {
	if at < 0 || at > int64(len(data)) {
		return 0
	}
	return 1 + bytes.Count(data[:at], []byte("\n"))
}

// rowKeys are the keys that rows are kept under when there are several arrays.
var rowKeys = []string{"samples", "data", "rows", "examples", "records", "instances", "results"}

// rowsOf finds the array of objects in an object: that of a known key, else the only
// one.
func rowsOf(object []byte) (json.RawMessage, bool) {
	var keys map[string]json.RawMessage
	if json.Unmarshal(object, &keys) != nil || areColumns(keys) {
		return nil, false
	}
	maps.DeleteFunc(keys, func(_ string, v json.RawMessage) bool {
		if len(v) == 0 || v[0] != '[' {
			return true
		}
		rest := bytes.TrimLeft(v[1:], " \t\r\n")
		return len(rest) == 0 || rest[0] != '{'
	})
	for _, key := range rowKeys {
		if v, ok := keys[key]; ok {
			return v, true
		}
	}
	if len(keys) == 1 {
		for _, v := range keys {
			return v, true
		}
	}
	return nil, false
}

// areColumns tells whether there are several keys and each holds a list, all equally
// long.
func areColumns(keys map[string]json.RawMessage) bool {
	rows := -1
	for _, v := range keys {
		var list []json.RawMessage
		if v[0] != '[' || json.Unmarshal(v, &list) != nil || rows >= 0 && rows != len(list) {
			return false
		}
		rows = len(list)
	}
	return len(keys) > 1
}

// readColumns reads an object with a list, or an object by the names of rows, for
// every column.
func readColumns(path string, object []byte) (*Examples, error) {
	refuse := func(part, found string) error {
		return &input.FormatError{File: path, Part: part, Offset: -1, Found: found,
			Expected: "an array of objects, an object with one such array, or an object of columns that are equally long lists"}
	}
	dec := json.NewDecoder(bytes.NewReader(object))
	if _, err := dec.Token(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	r := jsonlReader{path: path, index: map[string]*jsonColumn{}}
	var names []string // of the rows
	rows := -1
	for dec.More() {
		token, err := dec.Token()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		key := token.(string)
		part := fmt.Sprintf("key %q", key)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		values, own, err := columnOf(raw)
		if err != nil {
			return nil, refuse(part, fmt.Sprintf("%.40q", raw))
		}
		switch {
		case rows < 0:
			rows, names = len(values), own
		case rows != len(values) || !slices.Equal(names, own):
			return nil, refuse(part, fmt.Sprintf("%d values", len(values))+fmt.Sprintf(" where others have %d, or other names of rows", rows))
		}
		if r.index[key] != nil {
			return nil, refuse(part, "the key twice")
		}
		c := &jsonColumn{Column: Column{Name: key}}
		r.index[key] = c
		r.columns = append(r.columns, c)
		for i, raw := range values {
			v, err := jsonValue(raw)
			if err != nil {
				return nil, refuse(part, err.Error())
			}
			if found := c.put(v, i); found != "" {
				return nil, refuse(fmt.Sprintf("%s, row %d", part, i), fmt.Sprintf("%s after %s", found, c.found))
			}
		}
	}
	if rows < 1 {
		return nil, refuse("", "an object without rows")
	}
	e := r.table()
	e.parts[0].Rows, e.n, e.parts[0].lines = rows, rows, nil
	for _, c := range r.columns {
		c.pad(rows)
	}
	return e, nil
}

// columnOf gives the values of a column, and the names of the rows where it has some.
func columnOf(raw json.RawMessage) (values []json.RawMessage, names []string, err error) {
	if raw[0] == '[' {
		return values, nil, json.Unmarshal(raw, &values)
	}
	if raw[0] != '{' {
		return nil, nil, errors.New("no list")
	}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if _, err := dec.Token(); err != nil {
		return nil, nil, err
	}
	for dec.More() {
		name, err := dec.Token()
		if err != nil {
			return nil, nil, err
		}
		var v json.RawMessage
		if err := dec.Decode(&v); err != nil {
			return nil, nil, err
		}
		names, values = append(names, name.(string)), append(values, v)
	}
	return values, names, nil
}

// Objects makes a table of objects that come one by one.
type Objects struct{ r jsonlReader }

// NewObjects is an empty table; path is the file in messages.
func NewObjects(path string) *Objects {
	return &Objects{jsonlReader{path: path, index: map[string]*jsonColumn{}}}
}

// Add adds an object as the next row. Part names where it comes from.
func (o *Objects) Add(object []byte, part string) error {
	err := o.r.addLine(object, len(o.r.lines)+1)
	var format *input.FormatError
	if errors.As(err, &format) {
		format.Line = 0
		format.Part = strings.TrimSuffix(part+", "+format.Part, ", ")
	}
	return err
}

// Table is the table of the objects so far.
func (o *Objects) Table() *Examples { return o.r.table().WithoutLines() }
