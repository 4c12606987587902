package activations

import (
	"fmt"
	"math"
)

// ReadFloat32 reads rows [lo, hi) of one layer and position into dst, which
// must hold (hi-lo) x width numbers, row-major. Stored f16, bf16 and f32 are
// given exactly, f64 rounded to nearest.
func (d *Dump) ReadFloat32(dst []float32, layer, position, lo, hi int) error {
	return readDump(d, dst, layer, position, lo, hi)
}

// ReadFloat64 is ReadFloat32 for float64, which holds every stored type exactly.
func (d *Dump) ReadFloat64(dst []float64, layer, position, lo, hi int) error {
	return readDump(d, dst, layer, position, lo, hi)
}

func readDump[T float](d *Dump, dst []T, layer, position, lo, hi int) error {
	switch s := d.shape; {
	case layer < 0 || layer >= s.Layers:
		return fmt.Errorf("layer %d is not among the %d layers of the dump", layer, s.Layers)
	case position < 0 || position >= s.Positions:
		return fmt.Errorf("position %d is not among the %d positions of the dump", position, s.Positions)
	case lo < 0 || hi < lo || hi > s.Rows:
		return fmt.Errorf("rows %d to %d are not among the %d rows of the dump", lo, hi, s.Rows)
	case len(dst) != (hi-lo)*s.Width:
		return fmt.Errorf("%d rows of width %d do not fit in %d numbers", hi-lo, s.Width, len(dst))
	}
	for _, s := range d.shards {
		if lo >= hi || s.first+s.rows <= lo {
			continue
		}
		end := min(hi, s.first+s.rows)
		n := (end - lo) * d.shape.Width
		if err := readSource(s, d.chosen, dst[:n], layer, position, lo-s.first, end-s.first); err != nil {
			return err
		}
		dst, lo = dst[n:], end
	}
	return nil
}

// readSource reads rows [lo, hi), counted from the first row of the source.
func readSource[T float](s shard, c *chooser, dst []T, layer, position, lo, hi int) error {
	planes, err := s.layer(layer)
	if err != nil {
		return err
	}
	first := s.first
	for i := range planes {
		p := &planes[i]
		if end := min(hi, p.rows); lo < end {
			n := (end - lo) * p.width
			if c != nil {
				err = readChosen(p, c, dst[:n], position, lo, end, first)
			} else {
				err = readRows(p, dst[:n], position, lo, end)
			}
			if err != nil {
				return err
			}
			dst, lo = dst[n:], end
		}
		lo, hi, first = lo-p.rows, hi-p.rows, first+p.rows
	}
	return nil
}

// Health is what can be wrong with the numbers of one layer and position.
type Health struct {
	Rows, Width     int
	NaN, Inf        int     // numbers that are not finite
	FirstNonFinite  int     // the first row with one, or -1
	ConstantColumns int     // columns with the same finite number in every row, of two rows or more
	MaxAbs          float64 // over the finite numbers
}

// Finite reports whether every number is finite.
func (h Health) Finite() bool { return h.NaN == 0 && h.Inf == 0 }

// Constant reports whether no column varies over the rows.
func (h Health) Constant() bool { return h.ConstantColumns == h.Width }

// Scan looks at every number of one layer and position, a block of rows at a
// time.
func (d *Dump) Scan(layer, position int) (Health, error) {
	width := d.shape.Width
	h := Health{Rows: d.shape.Rows, Width: width, FirstNonFinite: -1}
	first := make([]float64, width)
	varies := make([]bool, width)
	rows := min(d.shape.Rows, 1+blockSize/8/width)
	block := make([]float64, rows*width)
	for lo := 0; lo < d.shape.Rows; lo += rows {
		hi := min(lo+rows, d.shape.Rows)
		if err := d.ReadFloat64(block[:(hi-lo)*width], layer, position, lo, hi); err != nil {
			return Health{}, err
		}
		if lo == 0 {
			copy(first, block)
		}
		for i := lo; i < hi; i++ {
			h.scanRow(i, block[(i-lo)*width:(i-lo+1)*width], first, varies)
		}
	}
	for j, v := range varies {
		if !v && d.shape.Rows > 1 && isFinite(first[j]) {
			h.ConstantColumns++
		}
	}
	return h, nil
}

func (h *Health) scanRow(row int, x, first []float64, varies []bool) {
	bad := false
	for j, v := range x {
		switch {
		case math.IsNaN(v):
			h.NaN++
			bad = true
		case math.IsInf(v, 0):
			h.Inf++
			bad = true
		default:
			h.MaxAbs = max(h.MaxAbs, math.Abs(v))
		}
		if v != first[j] {
			varies[j] = true
		}
	}
	if bad && h.FirstNonFinite < 0 {
		h.FirstNonFinite = row
	}
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
