package activations

import (
	"math"
	"slices"
)

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
// time. Where rows have different numbers of positions, these are the rows that
// have this one.
func (d *Dump) Scan(layer, position int) (Health, error) {
	states, err := d.At(layer, position)
	if err != nil {
		return Health{}, err
	}
	if states.rows, err = d.rowsWith(position); err != nil {
		return Health{}, err
	}
	n, width := states.Dims()
	in := NewInspector(width)
	rows := min(n, 1+blockSize/8/width)
	block := make([]float64, rows*width)
	for lo := 0; lo < n; lo += rows {
		hi := min(lo+rows, n)
		if err := states.ReadRows(block[:(hi-lo)*width], lo, hi); err != nil {
			return Health{}, err
		}
		in.Add(block[:(hi-lo)*width])
	}
	h := in.Health()
	if states.rows != nil && h.FirstNonFinite >= 0 {
		h.FirstNonFinite = states.rows[h.FirstNonFinite]
	}
	return h, nil
}

// Inspector measures the Health of rows that come a block at a time.
type Inspector struct {
	health Health
	first  []float64
	varies []bool
}

// NewInspector returns an Inspector of rows of the given width.
func NewInspector(width int) *Inspector {
	return &Inspector{health: Health{Width: width, FirstNonFinite: -1}, varies: make([]bool, max(width, 0))}
}

// Add looks at further rows, row-major. Numbers at the end that are no whole row
// are left out.
func (in *Inspector) Add(rows []float64) {
	width := in.health.Width
	if width < 1 {
		return
	}
	if in.first == nil && len(rows) >= width {
		in.first = slices.Clone(rows[:width])
	}
	for ; len(rows) >= width; rows = rows[width:] {
		in.addRow(rows[:width])
	}
}

func (in *Inspector) addRow(x []float64) {
	h := &in.health
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
		if v != in.first[j] {
			in.varies[j] = true
		}
	}
	if bad && h.FirstNonFinite < 0 {
		h.FirstNonFinite = h.Rows
	}
	h.Rows++
}

// Health is that of the rows so far.
func (in *Inspector) Health() Health {
	h := in.health
	if h.Rows < 2 {
		return h
	}
	for j, v := range in.varies {
		if !v && isFinite(in.first[j]) {
			h.ConstantColumns++
		}
	}
	return h
}
