package activations

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// usualMask is what transformers call a mask.
const usualMask = "attention_mask"

// IsMaskFile reports whether a mask is given by the path of a file and not by
// the name of a column or an array.
func IsMaskFile(mask string) bool {
	switch strings.ToLower(filepath.Ext(mask)) {
	case ".npy", ".npz", ".safetensors":
		return true
	}
	return false
}

// MaskFiles returns the files that Spec.Mask names, none where it names a
// column or an array.
func (d *Dump) MaskFiles() ([]string, error) {
	if !IsMaskFile(d.spec.Mask) {
		return nil, nil
	}
	return expand([]string{d.spec.Mask})
}

// maskFile reads the mask that is in separate files.
func (d *Dump) maskFile() (*positionColumn, error) {
	paths, err := d.MaskFiles()
	if err != nil {
		return nil, err
	}
	var all *Examples
	for _, path := range paths {
		c, err := readMaskFile(path)
		if err != nil {
			return nil, err
		}
		c.Name = "mask"
		e := table.New([]*Column{c}, table.Part{Path: path, Rows: c.Len()})
		if all, err = all.Extend(e); err != nil {
			return nil, err
		}
	}
	if all.Len() != d.shape.Rows {
		return nil, &FormatError{File: paths[0], Offset: -1, Found: fmt.Sprintf("a mask of %d rows", all.Len()),
			Expected: fmt.Sprintf("%d as in %s", d.shape.Rows, d.firstPath())}
	}
	return &positionColumn{all.Columns()[0], all, nil}, nil
}

func readMaskFile(path string) (*Column, error) {
	f, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	tensors, err := maskTensors(f)
	if err != nil {
		return nil, err
	}
	var names []string
	var only *tensor
	var damage error
	for _, t := range tensors {
		if t.damage != nil && (damage == nil || t.name == usualMask) {
			damage = t.damage
		}
		if !t.isMask(false) {
			continue
		}
		if names = append(names, t.name); len(names) == 1 || t.name == usualMask {
			only = t
		}
	}
	if damage != nil && (only == nil || only.name != usualMask) {
		return nil, damage // it may be the mask
	}
	if only == nil || len(names) > 1 && only.name != usualMask {
		return nil, f.Errorf("arrays", -1, quoteSome(names), "one of rows x positions that holds a mask, or one called %q", usualMask)
	}
	return only.mask(false)
}

// maskTensors are the arrays of an npy, npz or safetensors file.
func maskTensors(f *input.File) ([]*tensor, error) {
	head, err := f.Head(headSize)
	if err != nil {
		return nil, err
	}
	switch {
	case strings.HasPrefix(string(head), npyMagic):
		h, err := readNPYHeader(f)
		if err != nil {
			return nil, err
		}
		t := &tensor{name: usualMask, source: f, numbers: f, size: f.Size}
		t.stored, t.refusal = h.storage(f, "array", Spec{})
		t.stored.offset = h.end
		t.describe(h)
		return []*tensor{t}, nil
	case strings.HasPrefix(string(head), zipMagic):
		return npzTensors(f, Spec{})
	case isSafetensors(head):
		return readSafetensors(f, Spec{})
	}
	return nil, f.Errorf("start of the file", 0, fmt.Sprintf("%q", head[:min(len(head), 8)]), "a mask as npy, npz or safetensors")
}

// describe notes the type of an npy array as columns and masks read it.
func (t *tensor) describe(h *npyHeader) {
	t.code, t.stored.bigEndian = npyType(h.descr)
	size, _ := itemOf(t.code)
	if next := int64(size); h.fortran && t.stored.dtype == "" {
		for i, n := range h.shape {
			t.stored.strides[i] = next
			next *= int64(n)
		}
	}
}

// isMask reports whether a tensor has the axes and the type of a mask: rows x
// positions, or positions where the file is a single row.
func (t *tensor) isMask(single bool) bool {
	rank := 2
	if single {
		rank = 1
	}
	_, kind := itemOf(t.code)
	return len(t.stored.shape) == rank && !slices.Contains(t.stored.shape, 0) && kind != "" && kind != String
}

// mask reads a tensor as a column of masks.
func (t *tensor) mask(single bool) (*Column, error) {
	shape := t.stored.shape
	if t.damage != nil {
		return nil, t.damage
	}
	if !t.isMask(single) {
		return nil, t.source.Errorf(t.stored.part, -1, fmt.Sprintf("shape %v", shape), "a mask of rows x positions, of bools, integers or floats")
	}
	if single {
		shape = []int{1, shape[0]}
	}
	size, _ := itemOf(t.code)
	if n, ok := product(shape, int64(size)); !ok || n > t.size-t.stored.offset {
		return nil, t.source.Errorf(t.stored.part, t.stored.offset, fmt.Sprintf("%d bytes", t.size-t.stored.offset),
			"%s for shape %v", byteCount(n, ok), shape)
	}
	w := &maskWriter{tensor: t, item: make([]byte, 0, size), column: &Column{Name: t.name, Kind: String}, rows: shape[0], positions: shape[1],
		seen: map[string]string{}, room: input.UnpackLimit(t.source.Size)}
	if w.room -= maskRowMemory * int64(w.rows); w.room < 0 {
		return nil, w.tooLarge()
	}
	if t.stored.strides != nil {
		first := int64(size)
		if fortran := []int64{first, first * int64(w.rows)}; !slices.Equal(t.stored.strides, fortran) && w.positions > 1 && w.rows > 1 {
			return nil, t.source.Errorf(t.stored.part, -1, fmt.Sprintf("strides of %v bytes", t.stored.strides), "a mask without gaps, in C or Fortran order")
		}
		if w.room -= 4 * int64(w.rows) * int64(w.positions); w.room < 0 {
			return nil, w.tooLarge()
		}
		w.texts = make([][]byte, w.rows)
	}
	var err error
	if t.numbers == nil {
		w.skip = t.stored.offset
		err = t.unpack(w)
	} else if err = t.check(); err == nil {
		_, err = io.Copy(w, io.NewSectionReader(t.numbers.R, t.stored.offset, t.size-t.stored.offset))
	}
	if err != nil {
		return nil, err
	}
	return w.end()
}

// maskWriter turns the bytes of a tensor into a text for every row. Those of an
// array in Fortran order come position by position.
type maskWriter struct {
	tensor          *tensor
	skip            int64 // bytes before the numbers
	item            []byte
	rows, positions int
	count           int
	text            []byte
	texts           [][]byte // of every row, in Fortran order
	column          *Column
	seen            map[string]string // rows are often alike, and kept once
	room            int64             // bytes of memory that are left
}

// maskRowMemory is how many bytes are kept of a row whose mask is that of
// another.
const maskRowMemory = 48

func (w *maskWriter) tooLarge() error {
	return w.tensor.source.Errorf(w.tensor.stored.part, -1, fmt.Sprintf("a mask of %d rows x %d positions", w.rows, w.positions),
		"one that takes at most %d bytes of memory, for a file of %d", input.UnpackLimit(w.tensor.source.Size), w.tensor.source.Size)
}

// addRow adds the mask of a row.
func (w *maskWriter) addRow(text []byte) error {
	kept, ok := w.seen[string(text)]
	if !ok {
		if w.room -= 2 * int64(len(text)); w.room < 0 {
			return w.tooLarge()
		}
		kept = string(text)
		w.seen[kept] = kept
	}
	w.column.Append(kept)
	return nil
}

func (w *maskWriter) Write(b []byte) (int, error) {
	n := len(b)
	skipped := min(w.skip, int64(n))
	w.skip -= skipped
	for b = b[skipped:]; len(b) > 0; {
		k := min(cap(w.item)-len(w.item), len(b))
		w.item, b = append(w.item, b[:k]...), b[k:]
		if len(w.item) == cap(w.item) {
			if err := w.add(); err != nil {
				return 0, err
			}
			w.item = w.item[:0]
		}
	}
	return n, nil
}

// add takes one number.
func (w *maskWriter) add() error {
	if w.count == w.rows*w.positions {
		return nil
	}
	row, position, text := w.count/w.positions, w.count%w.positions, &w.text
	if w.texts != nil {
		row, position = w.count%w.rows, w.count/w.rows
		text = &w.texts[row]
	}
	v, _ := decodeItem(w.item, w.tensor.code, w.tensor.stored.bigEndian)
	digit := byte('0')
	switch v {
	case true, 1, 1.0:
		digit = '1'
	case false, 0, 0.0:
	default:
		return w.tensor.source.Errorf(fmt.Sprintf("%s, row %d, position %d", w.tensor.stored.part, row, position), -1, fmt.Sprint(v), "0 or 1 in a mask")
	}
	before := byte(',')
	if position == 0 {
		before = '['
	}
	*text = append(*text, before, digit)
	w.count++
	if position == w.positions-1 && w.texts == nil {
		w.text = append(w.text, ']')
		err := w.addRow(w.text)
		w.text = w.text[:0]
		return err
	}
	return nil
}

func (w *maskWriter) end() (*Column, error) {
	if w.count != w.rows*w.positions {
		return nil, w.tensor.source.Errorf(w.tensor.stored.part, -1, fmt.Sprintf("%d numbers", w.count), "%d", w.rows*w.positions)
	}
	for _, text := range w.texts {
		if err := w.addRow(append(text, ']')); err != nil {
			return nil, err
		}
	}
	return w.column, nil
}

// maskColumn adds the tensor that is the mask to the columns beside the states.
func (s *tensorSource) maskColumn(columns []*Column) ([]*Column, error) {
	i := slices.IndexFunc(s.all, func(t *tensor) bool { return s.mask != "" && t.name == s.mask })
	if i < 0 || slices.ContainsFunc(columns, func(c *Column) bool { return c.Name == s.mask }) {
		return columns, nil
	}
	c, err := s.all[i].mask(s.single)
	if err != nil {
		return nil, err
	}
	if c.Len() != s.size.shape.Rows {
		return nil, s.file.Errorf(s.all[i].stored.part, -1, fmt.Sprintf("a mask of %d rows", c.Len()), "%d", s.size.shape.Rows)
	}
	return append(columns, c), nil
}

// masks names the arrays that may be masks, except the one asked for.
func (s *tensorSource) masks() (names []string) {
	for _, t := range s.all {
		if t.name != s.mask && t.isMask(s.single) && !t.picked {
			names = append(names, t.name)
		}
	}
	return names
}
