package activations

import (
	"encoding/binary"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"

	"tell/activations/internal/input"
)

// listed returns the type that a column of lists of whole numbers or bools has
// as text.
func (f *arrowField) listed() (arrow.DataType, bool) {
	if f.dictionary != nil || f.typ != arrowList && f.typ != arrowLargeList && f.typ != arrowFixedSizeList && !f.typ.isView() {
		return nil, false
	}
	item := &f.children[0]
	if item.dictionary != nil || item.typ != arrowInt && item.typ != arrowBool {
		return nil, false
	}
	_, ok := item.flat()
	return arrow.BinaryTypes.String, ok
}

// listValues bounds how many values lists may have, as each takes more memory
// than it has bytes in the file.
func listValues(f *input.File) int64 { return input.UnpackLimit(f.Size) / 16 }

// addLists appends the lists of a batch as JSON text.
func (t *arrowTable) addLists(c *Column, b *arrowBatch, f *arrowField, at arrowPosition) error {
	part := fmt.Sprintf("column %q", f.name)
	fail := func(found, expected string, args ...any) error {
		return t.file.Errorf(b.part+", "+part, b.offset, found, expected, args...)
	}
	node := b.nodes[at.node]
	if at.node+1 >= len(b.nodes) {
		return fail(fmt.Sprintf("%d nodes", len(b.nodes)), "more, as the schema says")
	}
	values := b.nodes[at.node+1].length
	if limit := listValues(t.file.File); values > limit {
		return fail(fmt.Sprintf("lists of %d values", values), "at most %d for a file of %d bytes", limit, t.file.Size)
	}
	valid, err := t.validity(b, at.buffer, node, part)
	if err != nil {
		return err
	}
	item := &f.children[0]
	below := arrowPosition{node: at.node + 1, buffer: at.buffer + f.typ.listBuffers(), view: at.view}
	bounds, err := t.listBounds(b, at.buffer+1, f, node.length, part)
	if err != nil {
		return err
	}
	dt, _ := item.flat()
	all := &Column{Name: f.name, Kind: kindOfArrow(dt)}
	if err := t.load(all, b, item, dt, below); err != nil {
		return err
	}
	total := int64(0)
	for i := range node.length {
		lo, hi := bounds(i)
		switch {
		case valid != nil && valid[i/8]>>(i%8)&1 == 0:
			c.Append(nil)
		case lo < 0 || hi < lo || hi > int64(all.Len()):
			return t.file.Errorf(fmt.Sprintf("%s, row %d", part, int64(t.rows)+i), -1,
				fmt.Sprintf("a list of values %d to %d", lo, hi), "a part of %d values", all.Len())
		default:
			if total += hi - lo; total > listValues(t.file.File) { // views may overlap
				return fail(fmt.Sprintf("lists of more than %d values", listValues(t.file.File)), "fewer in a file of %d bytes", t.file.Size)
			}
			c.Append(all.List(int(lo), int(hi)))
		}
	}
	return nil
}

// listBounds returns where every list begins and ends.
func (t *arrowTable) listBounds(b *arrowBatch, buffer int, f *arrowField, lists int64, part string) (func(i int64) (lo, hi int64), error) {
	switch {
	case f.typ == arrowFixedSizeList:
		return func(i int64) (lo, hi int64) { return i * int64(f.size), (i + 1) * int64(f.size) }, nil
	case f.typ.isView():
		var all []arrowPiece
		err := t.file.eachView(b, buffer, f.typ, part, 0, lists, func(_, offset, length int64) error {
			all = append(all, arrowPiece{offset, length})
			if limit := listValues(t.file.File); int64(len(all)) > limit {
				return t.file.Errorf(b.part+", "+part, b.offset, fmt.Sprintf("more than %d lists", limit), "fewer in a file of %d bytes", t.file.Size)
			}
			return nil
		})
		return func(i int64) (lo, hi int64) { return all[i].first, all[i].first + all[i].count }, err
	}
	ends, err := t.listEnds(b, buffer, f, lists, part)
	return func(i int64) (lo, hi int64) { return ends(i), ends(i + 1) }, err
}

// validity reads which values are not null, or nil where none is.
func (t *arrowTable) validity(b *arrowBatch, buffer int, node arrowNode, part string) ([]byte, error) {
	if node.nulls == 0 {
		return nil, nil
	}
	content, err := t.file.content(b, buffer, part)
	if err != nil {
		return nil, err
	}
	if need := (node.length + 7) / 8; content.size < need {
		return nil, t.file.Errorf(content.part, content.offset, fmt.Sprintf("%d bytes of validity", content.size), "%d", need)
	}
	return content.readAll()
}

// listEnds reads where every list begins and the one before ends.
func (t *arrowTable) listEnds(b *arrowBatch, buffer int, f *arrowField, lists int64, part string) (func(i int64) int64, error) {
	size := int64(4)
	if f.typ == arrowLargeList {
		size = 8
	}
	content, err := t.file.content(b, buffer, part)
	if err != nil {
		return nil, err
	}
	if lists > 0 && content.size/size < lists+1 {
		return nil, t.file.Errorf(content.part, content.offset, fmt.Sprintf("%d bytes of offsets", content.size), "%d", size*(lists+1))
	}
	offsets, err := content.readAll()
	if err != nil {
		return nil, err
	}
	return func(i int64) int64 {
		if size == 8 {
			return int64(binary.LittleEndian.Uint64(offsets[8*i:]))
		}
		return int64(int32(binary.LittleEndian.Uint32(offsets[4*i:])))
	}, nil
}
