package table

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"tell/activations/internal/input"
)

// jsonText is a nested value that is kept as it was written.
type jsonText string

// utf8Hint is what to do about text in another encoding.
const utf8Hint = "text in UTF-8; if it is in Latin-1 or Windows-1252, convert it with: iconv -f WINDOWS-1252 -t UTF-8 FILE"

// notUTF8 shows the first byte of a text that is not UTF-8.
func notUTF8(text []byte) string {
	at := 0
	for at < len(text) {
		r, size := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return fmt.Sprintf("bytes that are not UTF-8, %+q", text[max(0, at-8):min(len(text), at+8)])
}

// infinity stands for Infinity, for which JSON has no word. It is read as such.
const infinity = "1E9999"

// NullNumbers writes null for NaN and Infinity, which Python's json writes although
// JSON has no such words.
func NullNumbers(line []byte) []byte {
	return replaced(line, [][2]string{{"NaN", "null"}, {"-Infinity", "null"}, {"Infinity", "null"}})
}

// numbered writes null for NaN, which is missing, and keeps what is infinite.
func numbered(line []byte) []byte {
	return replaced(line, [][2]string{{"NaN", "null"}, {"Infinity", infinity}})
}

// replaced writes words that are not quoted in another way.
func replaced(line []byte, words [][2]string) []byte {
	if !slices.ContainsFunc(words, func(w [2]string) bool { return bytes.Contains(line, []byte(w[0])) }) {
		return line
	}
	var out []byte
	quoted := false
	for i := 0; i < len(line); i++ {
		rest := line[i:]
		switch {
		case rest[0] == '"':
			quoted = !quoted
		case quoted && rest[0] == '\\' && len(rest) > 1:
			out = append(out, rest[0])
			i++
			rest = rest[1:]
		case !quoted:
			for _, word := range words {
				if bytes.HasPrefix(rest, []byte(word[0])) {
					out = append(out, word[1]...)
					i += len(word[0])
					rest = line[i:]
				}
			}
			if len(rest) == 0 {
				return out
			}
			if rest[0] == '"' {
				quoted = true
			}
		}
		out = append(out, rest[0])
	}
	return out
}

// jsonlReader builds columns from objects, in the order in which keys appear.
type jsonlReader struct {
	path    string
	columns []*jsonColumn
	index   map[string]*jsonColumn
	lines   []int
	size    int64 // bytes read
}

// jsonColumn grows with the rows; its kind is that of the values seen so far.
type jsonColumn struct {
	Column
	found string // what the values are, in words; empty while all are null
	since int    // the line that decided it
}

// ReadJSONL reads a table with an object on every line. Path is the file in
// messages.
func ReadJSONL(path string, text *bufio.Reader) (*Examples, error) {
	r := jsonlReader{path: path, index: map[string]*jsonColumn{}}
	for number := 1; ; number++ {
		line, err := text.ReadBytes('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s:%d: %w", path, number, err)
		}
		r.size += int64(len(line))
		if line = bytes.TrimSpace(line); len(line) > 0 {
			if err := r.addLine(line, number); err != nil {
				return nil, err
			}
		}
		if err != nil {
			break
		}
	}
	return r.table(), nil
}

func (r *jsonlReader) table() *Examples {
	columns := make([]*Column, len(r.columns))
	for i, c := range r.columns {
		c.pad(len(r.lines))
		columns[i] = &c.Column
	}
	return New(columns, Part{Path: r.path, Rows: len(r.lines), lines: r.lines})
}

func (r *jsonlReader) addLine(line []byte, number int) error {
	if !utf8.Valid(line) {
		return &input.FormatError{File: r.path, Line: number, Offset: -1, Found: notUTF8(line), Expected: utf8Hint}
	}
	line = numbered(line)
	dec := json.NewDecoder(bytes.NewReader(line))
	dec.UseNumber()
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return r.syntax(number, "", line, err, "an object {...} on every line")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return r.syntax(number, "", line, err, "a key")
		}
		name := key.(string)
		var raw json.RawMessage
		if err := dec.Decode(&raw); err != nil {
			return r.syntax(number, name, line, err, "a JSON value (null where a number is NaN or missing)")
		}
		if err := r.add(name, raw, number); err != nil {
			return err
		}
	}
	if _, err := dec.Token(); err != nil {
		return r.syntax(number, "", line, err, "a closing brace")
	}
	if rest := line[dec.InputOffset():]; len(rest) > 0 {
		return r.syntax(number, "", line, fmt.Errorf("%q after the object", rest[:min(len(rest), 20)]), "one object a line")
	}
	r.lines = append(r.lines, number)
	return r.checkCells(number)
}

// checkCells bounds the cells that no line names.
func (r *jsonlReader) checkCells(number int) error {
	limit := input.SparseCells(r.size)
	if int64(len(r.columns))*int64(len(r.lines)) <= limit {
		return nil
	}
	return r.at(number, "", fmt.Sprintf("%d rows and %d columns, of which most lines name few", len(r.lines), len(r.columns)),
		fmt.Sprintf("at most %d cells in %d bytes; the values of one thing belong under one key", limit, r.size))
}

func (r *jsonlReader) syntax(number int, key string, line []byte, err error, expected string) error {
	found := fmt.Sprintf("%.40q", line)
	if number == 1 && err != nil && len(line) < 3 {
		expected = "one object on each line (JSONL), not a JSON document over several lines"
	}
	switch {
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		found = "the end of the line"
	case err != nil:
		found = strings.TrimPrefix(err.Error(), "invalid character ")
	}
	return r.at(number, key, found, expected)
}

// at is an error on a line and, where one is to blame, a key.
func (r *jsonlReader) at(number int, key, found, expected string) error {
	part := ""
	if key != "" {
		part = fmt.Sprintf("key %q", key)
	}
	return &input.FormatError{File: r.path, Line: number, Part: part, Offset: -1, Found: found, Expected: expected}
}

// add puts the value of one key into the row of line number.
func (r *jsonlReader) add(name string, raw json.RawMessage, number int) error {
	c := r.index[name]
	if c == nil {
		c = &jsonColumn{Column: Column{Name: name}}
		r.index[name] = c
		r.columns = append(r.columns, c)
		if err := r.checkCells(number); err != nil {
			return err
		}
	}
	if len(c.null) > len(r.lines) {
		return r.at(number, name, "the key twice", "each key once")
	}
	c.pad(len(r.lines))
	v, err := jsonValue(raw)
	if err != nil {
		return r.at(number, name, err.Error(), "a number that 64 bits can hold; write it as a string to keep it")
	}
	if found := c.put(v, number); found != "" {
		return r.at(number, name, found, fmt.Sprintf("%s as on line %d", c.found, c.since))
	}
	return nil
}

// jsonValue returns nil, a bool, int, float64, string or jsonText.
func jsonValue(raw json.RawMessage) (any, error) {
	switch raw[0] {
	case 'n':
		return nil, nil
	case 't', 'f':
		return raw[0] == 't', nil
	case '"':
		var s string
		err := json.Unmarshal(raw, &s)
		return s, err
	case '{', '[':
		var compact bytes.Buffer
		err := json.Compact(&compact, raw)
		return jsonText(replaced(compact.Bytes(), [][2]string{{"-" + infinity, "null"}, {infinity, "null"}})), err
	}
	number := string(raw)
	if !strings.ContainsAny(number, ".eE") {
		i, err := strconv.Atoi(number)
		if err != nil {
			return nil, fmt.Errorf("the integer %s", number)
		}
		return i, nil
	}
	x, err := strconv.ParseFloat(number, 64)
	if err != nil && strings.TrimPrefix(number, "-") != infinity {
		return nil, fmt.Errorf("the number %s", number)
	}
	return x, nil
}

// put appends a value. When the kinds clash it returns what v is, in words.
func (c *jsonColumn) put(v any, line int) (clash string) {
	if v == nil {
		c.Append(nil)
		return ""
	}
	kind, words := kindOf(v)
	switch {
	case c.found == "":
		c.Column = *nullColumn(c.Name, kind, len(c.null))
		c.found, c.since = words, line
	case c.Kind == Int && kind == Float:
		c.toFloat()
	case c.Kind == Float && kind == Int:
		v = float64(v.(int))
	case c.found != words:
		return words
	}
	if text, ok := v.(jsonText); ok {
		v = string(text)
	}
	c.Append(v)
	return ""
}

// ColumnOf makes a column of nil, bools, ints, floats and strings. It is nil where
// these are of several kinds, or none.
func ColumnOf(name string, values []any) *Column {
	c := jsonColumn{Column: Column{Name: name}}
	for _, v := range values {
		if c.put(v, 0) != "" {
			return nil
		}
	}
	if c.found == "" {
		return nil
	}
	return &c.Column
}

// pad adds nulls up to n rows.
func (c *jsonColumn) pad(n int) {
	for len(c.null) < n {
		c.Append(nil)
	}
	if c.found == "" {
		c.Column = *nullColumn(c.Name, String, len(c.null))
	}
}

func kindOf(v any) (Kind, string) {
	switch v.(type) {
	case bool:
		return Bool, "a bool"
	case int:
		return Int, "a number"
	case float64:
		return Float, "a number"
	case jsonText:
		return String, "a nested value"
	}
	return String, "a string"
}
