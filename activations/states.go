package activations

import (
	"cmp"
	"fmt"
	"slices"
)

// States are the hidden states of one layer at one position: a matrix with a row
// for each row of the dump, or for those that Rows chose. Nothing is read before
// ReadRows, which several goroutines may call at once. Other packages can take
// them by an interface of Dims and ReadRows, without knowing dumps.
type States struct {
	dump            *Dump
	layer, position int
	rows            []int // of the dump; nil for all
}

// At returns the states of one layer at one position, counted from 0 along the
// axes of Shape; others than the dump has are an error.
func (d *Dump) At(layer, position int) (*States, error) {
	if err := d.checkSite(layer, position); err != nil {
		return nil, err
	}
	return &States{dump: d, layer: layer, position: position}, nil
}

// Rows returns the states of the given rows, in that order; a row may be given
// more than once. Rows of states that are already chosen are counted among those.
// A row that is not there is an error.
func (s *States) Rows(rows []int) (*States, error) {
	n, _ := s.Dims()
	chosen := make([]int, len(rows)) // not nil, which would be all
	for i, row := range rows {
		if row < 0 || row >= n {
			return nil, fmt.Errorf("rows[%d]: found row %d, expected one of %d rows", i, row, n)
		}
		chosen[i] = row
		if s.rows != nil {
			chosen[i] = s.rows[row]
		}
	}
	return &States{s.dump, s.layer, s.position, chosen}, nil
}

// Dims returns the number of rows and of columns, which is the width.
func (s *States) Dims() (rows, cols int) {
	if s.rows == nil {
		return s.dump.shape.Rows, s.dump.shape.Width
	}
	return len(s.rows), s.dump.shape.Width
}

// ReadRows reads rows [lo, hi) into dst, row-major; dst must hold exactly
// (hi-lo) x cols numbers. Rows are read in the order of the dump, and together
// where they follow each other in it.
func (s *States) ReadRows(dst []float64, lo, hi int) error {
	n, cols := s.Dims()
	switch {
	case lo < 0 || hi < lo || hi > n:
		return fmt.Errorf("found rows %d to %d, expected some of %d rows", lo, hi, n)
	case len(dst) != (hi-lo)*cols:
		return fmt.Errorf("found room for %d numbers, expected it for %d rows of %d", len(dst), hi-lo, cols)
	case s.rows == nil:
		return s.dump.ReadFloat64(dst, s.layer, s.position, lo, hi)
	}
	rows := s.rows[lo:hi]
	for _, at := range runs(rows) {
		row := rows[at.lo]
		if err := s.dump.ReadFloat64(dst[at.lo*cols:at.hi*cols], s.layer, s.position, row, row+at.hi-at.lo); err != nil {
			return err
		}
	}
	return nil
}

// run is rows [lo, hi) of those chosen, which follow each other in the dump.
type run struct{ lo, hi int }

// runs lists them in the order of the dump.
func runs(rows []int) []run {
	var list []run
	for i := range rows {
		if n := len(list); n > 0 && rows[i] == rows[i-1]+1 {
			list[n-1].hi++
			continue
		}
		list = append(list, run{i, i + 1})
	}
	slices.SortFunc(list, func(a, b run) int { return cmp.Or(cmp.Compare(rows[a.lo], rows[b.lo]), cmp.Compare(a.lo, b.lo)) })
	return list
}
