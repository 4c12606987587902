package activations

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// positionKind is how positions are chosen.
type positionKind int

const (
	onePosition  positionKind = iota // the one at from
	meanPosition                     // the mean over all that count
	positionSpan                     // [from, to)
	namedIndex                       // the one that a column has the index of
)

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
	case from >= 0 && from < c.to && c.to <= maxNumbers:
	default:
		return c, fmt.Errorf("position %q: expected a range such as 2:6, or -4: for the last four", text)
	}
	return c, nil
}

// count is how many positions the choice leaves.
func (c positionChoice) count() int {
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

// check refuses what is not as long as the rows, and spans out of order.
func (p *RowPositions) check(rows int) error {
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

// countSpans is how many positions there are in spans.
func countSpans(spans []Span) (n int) {
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

// chooser finds the positions of every row that Spec.Position, Spec.Length and
// Spec.Mask ask for.
type chooser struct {
	positionChoice
	text string
	rows func() (*RowPositions, error)
}

// newChooser returns nil where all positions are kept.
func newChooser(d *Dump) (*chooser, error) {
	switch s := &d.spec; {
	case s.Length != "" && s.Mask != "":
		return nil, fmt.Errorf("length %q and mask %q: expected one of them", s.Length, s.Mask)
	case s.Position != "":
	case s.Length != "":
		return nil, fmt.Errorf("length %q: expected a position as well: %s", s.Length, positionWords)
	case s.Mask != "":
		return nil, fmt.Errorf("mask %q: expected a position as well: %s", s.Mask, positionWords)
	default:
		return nil, nil
	}
	choice, err := parsePosition(d.spec.Position)
	if err != nil {
		return nil, err
	}
	return &chooser{positionChoice: choice, text: d.spec.Position, rows: sync.OnceValues(d.ownPositions)}, nil
}

const positionWords = "first, last, mean, a number, a range or a column of indices"

// WithPositions returns a view of the dump that reads the positions that p gives
// instead of those that columns beside the states give. The dump itself stays as
// it is, so that several views of it can be read at once.
//
// The slices of p must be as long as the dump has rows and must not be changed
// afterwards. Positions that rows do not have are refused, as is a p for a dump
// whose Spec chooses no position.
//
// A view shares the files of the dump: its Close does nothing, and it cannot be
// read once the dump that Open returned is closed.
func (d *Dump) WithPositions(p RowPositions) (*Dump, error) {
	if d.chosen == nil {
		return nil, fmt.Errorf("positions of the rows, but no position to choose is given")
	}
	if err := p.check(d.shape.Rows); err != nil {
		return nil, err
	}
	if err := d.checkRows(&p); err != nil {
		return nil, err
	}
	view, chosen := *d, *d.chosen
	chosen.rows = func() (*RowPositions, error) { return &p, nil }
	view.chosen, view.shared = &chosen, true
	return &view, nil
}

// CheckPositions reads what Spec.Position, Spec.Length and Spec.Mask name beside
// the states, so that a column that is not there, or a row that is too short, is
// found before a number is read.
func (d *Dump) CheckPositions() error {
	if d.chosen == nil {
		return nil
	}
	p, err := d.chosen.rows()
	if err != nil {
		return err
	}
	return d.checkRows(p)
}

// checkRows finds rows that lack the positions in p. Rows for
// which p counts nil are not read.
func (d *Dump) checkRows(p *RowPositions) error {
	for _, s := range d.shards {
		has := s.contents()
		if has.measuredLate {
			continue
		}
		for i := range s.rows {
			row, n := s.first+i, has.shape.Positions
			if has.lengths != nil {
				n = has.lengths[i]
			}
			if p.Counted != nil && p.Counted[row] == nil {
				continue
			}
			if _, _, bad := d.chosen.find(p, row, 0, n); bad != nil {
				return &FormatError{File: s.files[0].Path, Part: fmt.Sprintf("row %d", i), Offset: -1, Found: bad.found, Expected: bad.expected}
			}
		}
	}
	return nil
}

// tooShort says why the positions cannot be chosen.
type tooShort struct{ found, expected string }

// find returns the stored position that is read for position q of a row with n
// positions, or all that the mean is over.
func (c *chooser) find(p *RowPositions, row, q, n int) (at int, over []Span, bad *tooShort) {
	spans, length := []Span(nil), n
	if p.Counted != nil {
		if spans, bad = c.counted(p, row, n); bad != nil {
			return 0, nil, bad
		}
		length = countSpans(spans)
	}
	at = c.from + q
	switch {
	case length == 0:
		return 0, nil, &tooShort{"no position", fmt.Sprintf("at least %d for position %s", c.least(), c.text)}
	case c.kind == meanPosition && spans == nil:
		return 0, []Span{{0, n}}, nil
	case c.kind == meanPosition:
		return 0, spans, nil
	case c.kind == namedIndex && p.Index == nil:
		return 0, nil, &tooShort{"no index of its position", fmt.Sprintf("column %q", c.column)}
	case c.kind == namedIndex:
		at = p.Index[row]
		if at < -length || at >= length {
			return 0, nil, &tooShort{fmt.Sprintf("%d positions", length), fmt.Sprintf("position %d, as column %q says", at, c.column)}
		}
	case length < c.least():
		return 0, nil, &tooShort{fmt.Sprintf("%d positions", length), fmt.Sprintf("position %s", c.text)}
	}
	if at < 0 {
		at += length
	}
	if spans != nil {
		at = inSpans(spans, at)
	}
	return at, nil, nil
}

// counted returns the positions of a row that count, if the row has them.
func (c *chooser) counted(p *RowPositions, row, n int) ([]Span, *tooShort) {
	spans := p.Counted[row]
	switch {
	case spans == nil:
		return nil, &tooShort{"a row without a number of positions", "one for every row that is read"}
	case p.Stored != nil && p.Stored[row] != 0 && p.Stored[row] != n:
		return nil, &tooShort{fmt.Sprintf("%d positions", n), fmt.Sprintf("%d, as its mask has", p.Stored[row])}
	case len(spans) > 0 && spans[len(spans)-1].To > n:
		return nil, &tooShort{fmt.Sprintf("%d positions", n), fmt.Sprintf("at least %d, as its length says", spans[len(spans)-1].To)}
	}
	return spans, nil
}

// checkPositions finds rows of a source that are too short, as far as that can
// be told without a column.
func (c *chooser) checkPositions(path string, has contents) error {
	if c.kind == namedIndex || has.measuredLate {
		return nil
	}
	for row := range max(1, len(has.lengths)) {
		part, n := "", has.shape.Positions
		if has.lengths != nil {
			part, n = fmt.Sprintf("row %d", row), has.lengths[row]
		}
		if _, _, bad := c.find(&RowPositions{}, row, 0, n); bad != nil && has.shape.Rows > 0 {
			return &FormatError{File: path, Part: part, Offset: -1, Found: bad.found, Expected: bad.expected}
		}
	}
	return nil
}
