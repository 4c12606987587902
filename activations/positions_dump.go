package activations

import (
	"fmt"
	"slices"
	"sync"

	"tell/activations/positions"
)

// chooserOf finds the positions that the dump's Spec asks for, with what columns
// beside the states say. It is nil where all positions are kept.
func chooserOf(d *Dump) (*positions.Chooser, error) {
	c, err := positions.New(d.spec.Position, d.spec.Length, d.spec.Mask)
	if c != nil {
		c.Rows = sync.OnceValues(d.ownPositions)
	}
	return c, err
}

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
	if err := p.Check(d.shape.Rows); err != nil {
		return nil, err
	}
	if err := d.checkRows(&p); err != nil {
		return nil, err
	}
	view, chosen := *d, *d.chosen
	chosen.Rows = func() (*RowPositions, error) { return &p, nil }
	view.chosen, view.shared = &chosen, true
	if chosen.IsAll() {
		view.shape.Positions = max(1, slices.Max(d.counts(&p)))
	}
	return &view, nil
}

// Counts returns how many positions every row has where Spec.Position is "all"
// and rows may have different numbers of them: a row has the positions from 0 up
// to its count, and none of a row that is not to be read. Shape has the largest
// count. Reading a position of a row that lacks it is an error. Counts is nil
// for any other Spec, where every row has as many positions as Shape says.
func (d *Dump) Counts() ([]int, error) {
	if !d.chosen.IsAll() {
		return nil, nil
	}
	p, err := d.chosen.Rows()
	if err != nil {
		return nil, err
	}
	return d.counts(p), nil
}

func (d *Dump) counts(p *RowPositions) []int {
	counts := make([]int, 0, d.shape.Rows)
	for _, s := range d.shards {
		has := s.contents()
		for i := range s.rows {
			n := has.shape.Positions
			if has.lengths != nil {
				n = has.lengths[i]
			}
			counts = append(counts, p.CountOf(s.first+i, n))
		}
	}
	return counts
}

// rowsWith lists the rows that have a position, nil where all do.
func (d *Dump) rowsWith(position int) ([]int, error) {
	counts, err := d.Counts()
	if err != nil {
		return nil, err
	}
	rows := make([]int, 0, len(counts))
	for row, n := range counts {
		if position < n {
			rows = append(rows, row)
		}
	}
	if len(rows) == len(counts) {
		return nil, nil
	}
	return rows, nil
}

// checkEven refuses rows of different numbers of positions where every row must
// have as many.
func (d *Dump) checkEven() error {
	counts, err := d.Counts()
	if err != nil || counts == nil {
		return err
	}
	if low, high := slices.Min(counts), slices.Max(counts); low < high {
		return &FormatError{File: d.firstPath(), Offset: -1, Found: fmt.Sprintf("rows of %d to %d positions", low, high),
			Expected: "as many in every row, or a position to choose: last, first, mean, a number, a range"}
	}
	return nil
}

// CheckPositions reads what Spec.Position, Spec.Length and Spec.Mask name beside
// the states, so that a column that is not there, or a row that is too short, is
// found before a number is read.
func (d *Dump) CheckPositions() error {
	if d.chosen == nil {
		return nil
	}
	p, err := d.chosen.Rows()
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
			if _, _, bad := d.chosen.Find(p, row, 0, n); bad != nil {
				return &FormatError{File: s.files[0].Path, Part: fmt.Sprintf("row %d", i), Offset: -1, Found: bad.Found, Expected: bad.Expected}
			}
		}
	}
	return nil
}

// checkPositions finds rows of a source that are too short, as far as that can
// be told without a column.
func checkPositions(c *positions.Chooser, path string, has contents) error {
	if has.measuredLate {
		return nil
	}
	row, bad := c.Short(has.shape.Rows, has.shape.Positions, has.lengths)
	if bad == nil {
		return nil
	}
	part := ""
	if has.lengths != nil {
		part = fmt.Sprintf("row %d", row)
	}
	return &FormatError{File: path, Part: part, Offset: -1, Found: bad.Found, Expected: bad.Expected}
}
