package activations

import (
	"fmt"
	"slices"

	"tell/activations/internal/input"
)

// raggedRowMemory is how many bytes are kept of every row with its own number
// of positions.
const raggedRowMemory = 32

// raggedOffsets notes how many positions every row has and where it begins,
// counted in what the level holds, and returns the total. The
// lists of one row, such as its layers, must be of one length.
func (c *arrowColumn) raggedOffsets(b *arrowBatch, buffer int, run *arrowRun, count, perRow int64) (total int64, err error) {
	level := &c.levels[c.ragged]
	begin, err := c.eachList(b, buffer, level, run, count, func(i, begin, length int64) error {
		row := i / perRow
		switch {
		case length > input.MaxNumbers || begin > input.MaxNumbers:
			return c.file.Errorf(c.row(run, i, perRow), -1, fmt.Sprintf("a list of %d", length), "numbers that fit in a file")
		case i%perRow == 0:
			run.lengths = append(run.lengths, int(length))
			run.begins = append(run.begins, begin)
		case run.lengths[row] != int(length):
			return c.file.Errorf(fmt.Sprintf("%s, row %d", c.part, int64(c.rows)+row), -1,
				fmt.Sprintf("lists of %d and %d positions", run.lengths[row], length), "as many in every layer")
		}
		total = begin + length
		level.length = max(level.length, int(length))
		return nil
	})
	run.first = begin
	return total, err
}

// scaleRagged turns where rows begin from what the ragged level holds into
// numbers.
func (c *arrowColumn) scaleRagged(run *arrowRun) {
	for _, level := range c.levels[c.ragged+1:] {
		for i := range run.begins {
			run.begins[i] *= int64(level.length)
		}
	}
}

// raggedArray places rows of different lengths that begin at the given byte.
func (c *arrowColumn) raggedArray(f *input.File, at int64, run arrowRun) (*array, error) {
	shape, err := c.shape()
	if err != nil {
		return nil, err
	}
	shape.Rows = run.rows
	where := &raggedRun{file: f, lengths: run.lengths, begins: make([]int64, len(run.begins))}
	for i, begin := range run.begins {
		where.begins[i] = at + begin*int64(c.enc.dtype.size())
	}
	s := storage{part: c.part, encoding: c.enc, shape: append([]int{1}, c.stored()...), axes: c.axes}
	return newRagged(s, 1+c.ragged, shape, func() (*raggedRun, error) { return where, nil })
}

// lengths is how many positions every row has, or nil where all have as many.
func (c *arrowColumn) lengths() []int {
	if c.ragged < 0 {
		return nil
	}
	var all []int
	for _, run := range c.runs {
		all = append(all, run.lengths...)
	}
	return slices.Clip(all)
}
