package activations

import (
	"fmt"
	"slices"
)

// arrowLeaf is a column of a table: a field of the schema, or of a struct in it.
type arrowLeaf struct {
	name    string // with those of the structs that it is in
	top     string // the name of the field that it is, or is in
	field   *arrowField
	at      arrowPosition   // but for the buffers of views
	structs []arrowPosition // those that it is in
}

// leaves lists the columns, in order. Structs are taken apart.
func (a *arrowFile) leaves() (all []arrowLeaf) {
	var add func(l arrowLeaf)
	add = func(l arrowLeaf) {
		if l.field.typ != arrowStruct || l.field.dictionary != nil {
			all = append(all, l)
			return
		}
		at := arrowPosition{l.at.node + 1, l.at.buffer + 1, l.at.view}
		for i := range l.field.children {
			child := &l.field.children[i]
			add(arrowLeaf{l.name + "." + child.name, l.top, child, at, append(slices.Clip(l.structs), l.at)})
			n, buffers, views := child.extent()
			at = arrowPosition{at.node + n, at.buffer + buffers, at.view + views}
		}
	}
	for i := range a.fields {
		add(arrowLeaf{a.fields[i].name, a.fields[i].name, &a.fields[i], a.starts[i], nil})
	}
	return all
}

// flat returns the type of the leaf's values, as arrowField.flat, or that of
// lists which are named.
func (l *arrowLeaf) kind(lists []string) (kind Kind, isList bool) {
	dt, ok := l.field.flat()
	if !ok && len(l.structs) == 0 {
		dt, isList = l.field.listed()
		ok = isList && slices.Contains(lists, l.name)
	}
	if !ok {
		return "", isList
	}
	return kindOfArrow(dt), isList
}

// nullStructs makes the values of a batch null where a struct that they are in
// is.
func (t *arrowTable) nullStructs(c *Column, b *arrowBatch, l *arrowLeaf) error {
	part := fmt.Sprintf("column %q", l.name)
	for _, at := range l.structs {
		at, err := t.file.within(b, at)
		if err != nil {
			return err
		}
		if at.node >= len(b.nodes) || b.nodes[at.node].length != int64(b.rows) {
			return t.file.Errorf(b.part+", "+part, b.offset, "structs of another number", "%d rows", b.rows)
		}
		valid, err := t.validity(b, at.buffer, b.nodes[at.node], part)
		if err != nil {
			return err
		}
		for i := 0; valid != nil && i < b.rows; i++ {
			if valid[i/8]>>(i%8)&1 == 0 {
				c.SetNull(t.rows + i)
			}
		}
	}
	return nil
}
