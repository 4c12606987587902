// Package positions chooses among the positions of a row: the last, the mean over
// all that count, one that a column names. It knows no file.
package positions

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// positionKind is how positions are chosen.
type positionKind int

const (
	onePosition  positionKind = iota // the one at from
	meanPosition                     // the mean over all that count
	positionSpan                     // [from, to)
	namedIndex                       // the one that a column has the index of
	allPositions                     // every one, of rows that may have different numbers of them
)

// All is the text of the choice that keeps every position of every row.
const All = "all"

// positionChoice is what Spec.Position asks for. Negative numbers count from
// the end of what counts of a row.
type positionChoice struct {
	kind     positionKind
	from, to int
	column   string
}

// parsePosition reads Spec.Position; what is no word, number or range of its
// own is the name of a column.
func parsePosition(text string) (positionChoice, error) {
	switch text {
	case "first":
		return positionChoice{}, nil
	case "last":
		return positionChoice{from: -1}, nil
	case "mean":
		return positionChoice{kind: meanPosition}, nil
	case All:
		return positionChoice{kind: allPositions}, nil
	}
	if i, err := strconv.Atoi(text); err == nil {
		return positionChoice{from: i}, nil
	}
	low, high, ranged := strings.Cut(text, ":")
	from, err := strconv.Atoi(low)
	if !ranged || err != nil {
		return positionChoice{kind: namedIndex, column: text}, nil
	}
	c := positionChoice{kind: positionSpan, from: from}
	if high != "" {
		if c.to, err = strconv.Atoi(high); err != nil {
			return c, fmt.Errorf("position %q: found %q, expected a number after the colon", text, high)
		}
	}
	switch {
	case from < 0 && (high == "" || from < c.to && c.to < 0):
	case from >= 0 && from < c.to && c.to <= input.MaxNumbers:
	default:
		return c, fmt.Errorf("position %q: expected a range such as 2:6, or -4: for the last four", text)
	}
	return c, nil
}

// Count is how many positions the choice leaves. One that keeps all leaves as
// many as a row has.
func (c positionChoice) Count() int {
	if c.kind == positionSpan {
		return c.to - c.from
	}
	return 1
}

// least is the number of positions that a row must have.
func (c positionChoice) least() int {
	switch {
	case c.kind != onePosition && c.kind != positionSpan:
		return 1
	case c.from < 0:
		return -c.from
	case c.kind == positionSpan:
		return c.to
	}
	return c.from + 1
}

// Span is the positions from From up to To, without it.
type Span struct{ From, To int }

// RowPositions says which positions of the rows count, and which one to read,
// where that differs between them.
type RowPositions struct {
	// Counted are the positions of every row that count: spans that ascend and
	// do not touch. Nil counts all positions of all rows; where only those of
	// one row are nil, that row is not to be read.
	Counted [][]Span
	// Stored is how many positions every row must have, as a mask is as long as
	// its row; 0, or a nil slice, asks for no more than what is counted.
	Stored []int
	// Index is the position to read, counted among those that count; negative
	// ones from the end. It is used where Spec.Position names a column.
	Index []int
}

// Check refuses what is not as long as the rows, and spans out of order.
func (p *RowPositions) Check(rows int) error {
	for _, n := range []int{len(p.Counted), len(p.Stored), len(p.Index)} {
		if n != 0 && n != rows {
			return fmt.Errorf("positions of %d rows for a dump of %d", n, rows)
		}
	}
	for row, spans := range p.Counted {
		end := -1
		for _, s := range spans {
			if s.From <= end || s.To <= s.From {
				return fmt.Errorf("positions of row %d: found %v, expected spans that ascend and do not touch", row, spans)
			}
			end = s.To
		}
	}
	return nil
}

// CountSpans is how many positions there are in spans.
func CountSpans(spans []Span) (n int) {
	for _, s := range spans {
		n += s.To - s.From
	}
	return n
}

// inSpans is position i of those in spans.
func inSpans(spans []Span, i int) int {
	for _, s := range spans {
		if i < s.To-s.From {
			return s.From + i
		}
		i -= s.To - s.From
	}
	return -1
}

// Chooser finds the positions of every row that are asked for. rows gives what
// columns say of them.
type Chooser struct {
	positionChoice
	text string
	Rows func() (*RowPositions, error)
}

// New reads what is asked for: a position, and the column or array that says
// which of them count. It returns nil where all positions are kept.
func New(position, length, mask string) (*Chooser, error) {
	switch {
	case length != "" && mask != "":
		return nil, fmt.Errorf("length %q and mask %q: expected one of them", length, mask)
	case position != "":
	case length != "":
		return nil, fmt.Errorf("length %q: expected a position as well: %s", length, Forms)
	case mask != "":
		return nil, fmt.Errorf("mask %q: expected a position as well: %s", mask, Forms)
	default:
		return nil, nil
	}
	choice, err := parsePosition(position)
	if err != nil {
		return nil, err
	}
	return &Chooser{positionChoice: choice, text: position}, nil
}

// Forms says what a position may be.
const Forms = "first, last, mean, all, a number, a range or a column of indices"

// IsAll reports whether every position is kept, of rows that may have different
// numbers of them.
func (c *Chooser) IsAll() bool { return c != nil && c.kind == allPositions }

// IsMean reports whether the mean over positions is read.
func (c *Chooser) IsMean() bool { return c.kind == meanPosition }

// Index returns the column that has the index of the position, or nothing.
func (c *Chooser) Index() string {
	if c == nil || c.kind != namedIndex {
		return ""
	}
	return c.column
}

// TooShort says why the positions cannot be chosen.
type TooShort struct{ Found, Expected string }

// Find returns the stored position that is read for position q of a row with n
// positions, or all that the mean is over.
func (c *Chooser) Find(p *RowPositions, row, q, n int) (at int, over []Span, bad *TooShort) {
	spans, length := []Span(nil), n
	if p.Counted != nil {
		if spans, bad = c.counted(p, row, n); bad != nil {
			return 0, nil, bad
		}
		length = CountSpans(spans)
	}
	at = c.from + q
	switch {
	case length == 0:
		return 0, nil, &TooShort{"no position", fmt.Sprintf("at least %d for position %s", c.least(), c.text)}
	case c.kind == meanPosition && spans == nil:
		return 0, []Span{{0, n}}, nil
	case c.kind == meanPosition:
		return 0, spans, nil
	case c.kind == namedIndex && p.Index == nil:
		return 0, nil, &TooShort{"no index of its position", fmt.Sprintf("column %q", c.column)}
	case c.kind == namedIndex:
		at = p.Index[row]
		if at < -length || at >= length {
			return 0, nil, &TooShort{fmt.Sprintf("%d positions", length), fmt.Sprintf("position %d, as column %q says", at, c.column)}
		}
	case c.kind == allPositions && q >= length:
		return 0, nil, &TooShort{count(length), fmt.Sprintf("position %d, which this row lacks", q)}
	case length < c.least():
		return 0, nil, &TooShort{fmt.Sprintf("%d positions", length), fmt.Sprintf("position %s", c.text)}
	}
	if at < 0 {
		at += length
	}
	if spans != nil {
		at = inSpans(spans, at)
	}
	return at, nil, nil
}

func count(n int) string {
	if n == 1 {
		return "1 position"
	}
	return fmt.Sprintf("%d positions", n)
}

// CountOf is how many positions a row has of which n are stored: those that
// count. A row that is not to be read has none.
func (p *RowPositions) CountOf(row, n int) int {
	if p.Counted == nil {
		return n
	}
	return CountSpans(p.Counted[row])
}

// counted returns the positions of a row that count, if the row has them.
func (c *Chooser) counted(p *RowPositions, row, n int) ([]Span, *TooShort) {
	spans := p.Counted[row]
	switch {
	case spans == nil:
		return nil, &TooShort{"a row without a number of positions", "one for every row that is read"}
	case p.Stored != nil && p.Stored[row] != 0 && p.Stored[row] != n:
		return nil, &TooShort{fmt.Sprintf("%d positions", n), fmt.Sprintf("%d, as its mask has", p.Stored[row])}
	case len(spans) > 0 && spans[len(spans)-1].To > n:
		return nil, &TooShort{fmt.Sprintf("%d positions", n), fmt.Sprintf("at least %d, as its length says", spans[len(spans)-1].To)}
	}
	return spans, nil
}

// Short finds the first of so many rows that lacks the positions, as far as that
// can be told without a column: rows of n positions, or of lengths where they
// differ.
func (c *Chooser) Short(rows, n int, lengths []int) (row int, bad *TooShort) {
	if c.kind == namedIndex || rows == 0 {
		return 0, nil
	}
	for row := range max(1, len(lengths)) {
		if lengths != nil {
			n = lengths[row]
		}
		if _, _, bad := c.Find(&RowPositions{}, row, 0, n); bad != nil {
			return row, bad
		}
	}
	return 0, nil
}

// Words says which positions are read, of a row or of those that count there.
func (c *Chooser) Words(counted bool) string {
	of, all := "of the row", "of the row"
	if counted {
		of, all = "of those that count", "that count"
	}
	switch {
	case c == nil:
		return "every stored position"
	case c.kind == meanPosition:
		return "the mean over all positions " + all
	case c.kind == allPositions && counted:
		return "every position that counts, of rows that may have different numbers of them"
	case c.kind == allPositions:
		return "every position of the row, of which rows may have different numbers"
	case c.kind == namedIndex:
		return fmt.Sprintf("the position %s that column %q gives", of, c.column)
	case c.kind == positionSpan && c.from < 0:
		return fmt.Sprintf("positions %d to %d %s, where -1 is the last", c.from, c.to-1, of)
	case c.kind == positionSpan:
		return fmt.Sprintf("positions %d to %d %s, where 0 is the first", c.from, c.to-1, of)
	case slices.Contains([]string{"first", "last"}, c.text):
		return fmt.Sprintf("the %s position %s", c.text, of)
	case c.from < 0:
		return fmt.Sprintf("position %d %s, where -1 is the last", c.from, of)
	}
	return fmt.Sprintf("position %d %s, where 0 is the first", c.from, of)
}

// Name names position i of those that are left.
func (c *Chooser) Name(i int) string {
	switch {
	case c == nil:
		return "position " + strconv.Itoa(i)
	case c.kind == meanPosition:
		return "mean over positions"
	case c.kind == namedIndex:
		return "position at " + c.column
	case slices.Contains([]string{"first", "last"}, c.text):
		return c.text + " position"
	}
	return "position " + strconv.Itoa(c.from+i)
}
