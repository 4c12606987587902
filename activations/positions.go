package activations

import (
	"encoding/json"
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

// RowPositions says which positions of the rows count, and which one to read,
// where that differs between them.
type RowPositions struct {
	// Start and Length are the positions that count, those from Start to
	// Start+Length. A nil Length keeps all; a nil Start is 0 everywhere. A
	// negative length stands for a row that is not to be read.
	Start, Length []int
	// Index is the position to read, counted from Start; negative ones from
	// the end. It is used where Spec.Position names a column.
	Index []int
}

// chooser finds the positions of every row that Spec.Position and Spec.Length
// ask for.
type chooser struct {
	positionChoice
	text string
	rows func() (*RowPositions, error)
}

// newChooser returns nil where all positions are kept.
func newChooser(d *Dump) (*chooser, error) {
	if d.spec.Position == "" {
		if d.spec.Length != "" {
			return nil, fmt.Errorf("length %q: expected a position as well: first, last, mean, a number, a range or a column", d.spec.Length)
		}
		return nil, nil
	}
	choice, err := parsePosition(d.spec.Position)
	if err != nil {
		return nil, err
	}
	return &chooser{positionChoice: choice, text: d.spec.Position, rows: sync.OnceValues(d.ownPositions)}, nil
}

// SetPositions gives the numbers that Spec.Position and Spec.Length name
// columns for where those columns are not stored beside the states. It must
// be called before anything is read, with slices as long as the rows.
func (d *Dump) SetPositions(p RowPositions) error {
	if d.chosen == nil {
		return fmt.Errorf("positions of the rows, but no position to choose is given")
	}
	for _, list := range [][]int{p.Start, p.Length, p.Index} {
		if list != nil && len(list) != d.shape.Rows {
			return fmt.Errorf("positions of %d rows for a dump of %d", len(list), d.shape.Rows)
		}
	}
	d.chosen.rows = func() (*RowPositions, error) { return &p, nil }
	return nil
}

// ownPositions reads the columns that are stored beside the states.
func (d *Dump) ownPositions() (*RowPositions, error) {
	names := d.PositionColumns()
	if len(names) == 0 {
		return &RowPositions{}, nil
	}
	e, err := d.Examples()
	if err != nil {
		return nil, err
	}
	if e == nil {
		return nil, fmt.Errorf("%s: no column %q: the file holds no table beside the states", d.Files()[0].Path, names[0])
	}
	var rows []int
	for i := range e.Len() {
		rows = append(rows, i)
	}
	return d.PositionsFrom(e, rows)
}

// PositionColumns names the columns that Spec.Position and Spec.Length refer to.
func (d *Dump) PositionColumns() []string {
	var names []string
	if d.chosen != nil && d.chosen.kind == namedIndex {
		names = append(names, d.chosen.column)
	}
	if d.spec.Length != "" {
		names = append(names, d.spec.Length)
	}
	return names
}

// PositionsFrom reads the columns that Spec.Position and Spec.Length name from
// a table of which example i belongs to row rowOf[i] of the dump, or to none
// where that is negative.
func (d *Dump) PositionsFrom(e *Examples, rowOf []int) (*RowPositions, error) {
	p := &RowPositions{}
	if d.chosen != nil && d.chosen.kind == namedIndex {
		p.Index = make([]int, d.shape.Rows)
		err := d.eachPosition(e, d.chosen.column, rowOf, func(c *Column, i, row int) bool {
			v, ok := c.Value(i).(int)
			p.Index[row] = v
			return ok
		}, "the index of a position; a position is first, last, mean, a number, a range or a column of indices")
		if err != nil {
			return nil, err
		}
	}
	if d.spec.Length != "" {
		p.Start, p.Length = make([]int, d.shape.Rows), make([]int, d.shape.Rows)
		for i := range p.Length {
			p.Length[i] = -1
		}
		err := d.eachPosition(e, d.spec.Length, rowOf, func(c *Column, i, row int) (ok bool) {
			p.Start[row], p.Length[row], ok = kept(c.Value(i))
			return ok
		}, "a number of positions, or a mask such as [1, 1, 0] with its ones in one piece")
		if err != nil {
			return nil, err
		}
	}
	return p, nil
}

func (d *Dump) eachPosition(e *Examples, name string, rowOf []int, set func(c *Column, i, row int) bool, expected string) error {
	c, ok := e.Column(name)
	if !ok {
		return fmt.Errorf("%s: no column %q among %s, expected %s", e.parts[0].path, name, e.names(), expected)
	}
	for i, row := range rowOf {
		if row >= 0 && !set(c, i, row) {
			found := strconv.Quote(c.String(i))
			if c.IsNull(i) {
				found = "null"
			}
			return fmt.Errorf("%s: column %q: found %s, expected %s", e.Where(i), name, found, expected)
		}
	}
	return nil
}

// kept reads a number of positions or a mask.
func kept(value any) (start, length int, ok bool) {
	switch v := value.(type) {
	case int:
		return 0, v, v >= 0
	case string:
		var mask []any
		if json.Unmarshal([]byte(v), &mask) != nil {
			return 0, 0, false
		}
		return keptByMask(mask)
	}
	return 0, 0, false
}

// keptByMask finds the one piece of a mask that is true.
func keptByMask(mask []any) (start, length int, ok bool) {
	for i, m := range mask {
		on := m == true || m == 1.0
		switch {
		case !on && m != false && m != 0.0:
			return 0, 0, false
		case on && length == 0:
			start = i
		case on && i != start+length:
			return 0, 0, false
		}
		if on {
			length++
		}
	}
	return start, length, true
}

// tooShort says why the positions cannot be chosen.
type tooShort struct{ found, expected string }

// find returns the stored positions that are read for position q of a row with
// n positions: one, or all that the mean is over.
func (c *chooser) find(p *RowPositions, row, q, n int) (from, count int, bad *tooShort) {
	start, length := 0, n
	if p.Length != nil {
		length = p.Length[row]
		if p.Start != nil {
			start = p.Start[row]
		}
		switch {
		case length < 0:
			return 0, 0, &tooShort{"a row without a number of positions", "one for every row that is read"}
		case start < 0 || length > n || start > n-length:
			return 0, 0, &tooShort{fmt.Sprintf("%d positions", n), fmt.Sprintf("at least %d, as its length says", start+length)}
		}
	}
	at := c.from + q
	switch {
	case length == 0:
		return 0, 0, &tooShort{"no position", fmt.Sprintf("at least %d for position %s", c.least(), c.text)}
	case c.kind == meanPosition:
		return start, length, nil
	case c.kind == namedIndex && p.Index == nil:
		return 0, 0, &tooShort{"no index of its position", fmt.Sprintf("column %q", c.column)}
	case c.kind == namedIndex:
		at = p.Index[row]
		if at < -length || at >= length {
			return 0, 0, &tooShort{fmt.Sprintf("%d positions", length), fmt.Sprintf("position %d, as column %q says", at, c.column)}
		}
	case length < c.least():
		return 0, 0, &tooShort{fmt.Sprintf("%d positions", length), fmt.Sprintf("position %s", c.text)}
	}
	if at < 0 {
		at += length
	}
	return start + at, 1, nil
}

// checkPositions finds rows of a source that are too short, as far as that can
// be told without a column.
func (c *chooser) checkPositions(path string, has contents) error {
	if c.kind == namedIndex {
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
