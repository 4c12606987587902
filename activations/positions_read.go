package activations

import "fmt"

// readChosen reads rows [lo, hi) of a plane at the positions that c finds.
// Row 0 of the plane is row first of the dump.
func readChosen[T float](p *plane, c *chooser, dst []T, position, lo, hi, first int) error {
	rows, err := c.rows()
	if err != nil {
		return err
	}
	for i := lo; i < hi; {
		from, count, bad := c.find(rows, first+i, position, p.length(i))
		if bad != nil {
			return p.file.errorf(fmt.Sprintf("%s, row %d", p.part, first+i), -1, bad.found, "%s", bad.expected)
		}
		j := i + 1
		for ; j < hi && count == 1 && p.ragged == nil; j++ {
			if same, n, _ := c.find(rows, first+j, position, p.positions); same != from || n != 1 {
				break
			}
		}
		out := dst[(i-lo)*p.width : (j-lo)*p.width]
		if c.kind == meanPosition || p.ragged != nil {
			err = readInRow(p, out, i, from, from+count)
		} else {
			err = readRows(p, out, from, i, j)
		}
		if err != nil {
			return err
		}
		i = j
	}
	return nil
}

// readInRow reads the mean over positions [from, to) of row i.
func readInRow[T float](p *plane, dst []T, i, from, to int) error {
	row, err := p.row(i)
	if err != nil {
		return err
	}
	if to == from+1 {
		return readRows(row, dst, 0, from, to)
	}
	return readMean(row, dst, from, to)
}

// raggedRows are rows with numbers of positions of their own.
type raggedRows struct {
	lengths []int
	begins  []int64 // in bytes from the start of the file
	layer   int
	place   func(at int64, length int) (*array, error) // one row
}

// length is the number of positions of row i.
func (p *plane) length(i int) int {
	if p.ragged != nil {
		return p.ragged.lengths[i]
	}
	return p.positions
}

// row views the positions of row i as the rows of a plane.
func (p *plane) row(i int) (*plane, error) {
	r := *p
	if p.ragged != nil {
		a, err := p.ragged.place(p.ragged.begins[i], p.ragged.lengths[i])
		if err != nil {
			return nil, err
		}
		r = a.layer(p.ragged.layer)
	} else {
		r.offset += int64(i) * p.rowStride
	}
	r.rows, r.positions, r.rowStride = p.length(i), 1, r.positionStride
	return &r, nil
}

// readMean takes the mean over rows [lo, hi) in double precision.
func readMean[T float](p *plane, dst []T, lo, hi int) error {
	step := max(1, blockSize/8/p.width)
	sum := make([]float64, p.width)
	block := make([]float64, min(step, hi-lo)*p.width)
	for at := lo; at < hi; at += step {
		end := min(at+step, hi)
		b := block[:(end-at)*p.width]
		if err := readRows(p, b, 0, at, end); err != nil {
			return err
		}
		for ; len(b) > 0; b = b[p.width:] {
			for j, v := range b[:p.width] {
				sum[j] += v
			}
		}
	}
	for j, v := range sum {
		dst[j] = T(v / float64(hi-lo))
	}
	return nil
}
