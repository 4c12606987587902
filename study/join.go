package study

import (
	"fmt"
	"strconv"
	"strings"

	"tell/activations"
)

// join finds the row of the activations and the name of every example used.
func (t *table) join(dump *activations.Dump, c *Cases) error {
	byID := t.Join != Join{}
	var err error
	if byID {
		err = t.joinByID(dump, c)
	} else {
		err = t.joinByPosition(dump, c)
	}
	if err != nil {
		return err
	}

	key, name := "id", t.ID
	if name == "" && byID {
		key, name = "join.examples", t.Join.Examples
	}
	column, err := t.column(key, name)
	if err != nil {
		return err
	}
	if column == nil {
		c.ID = rowNames(c.Rows)
		return nil
	}
	if _, err := t.unique(key, column, t.used); err != nil {
		return err
	}
	for _, i := range t.used {
		c.ID = append(c.ID, column.String(i))
	}
	return nil
}

func (t *table) joinByPosition(dump *activations.Dump, c *Cases) error {
	if rows := dump.Shape().Rows; rows != t.Len() {
		hint := ""
		if dump.Shape().Layers == t.Len() && dump.Shape().Positions == 1 {
			hint = fmt.Sprintf("; the axis of layers has %d, so perhaps axes: [layer, row, width]", t.Len())
		} else if n := len(dump.Files()); n > 1 && rows == n*t.Len() {
			hint = fmt.Sprintf("; each of the %d files has as many rows as there are examples, so perhaps each is a layer: put {layer} in place of its number in the path", n)
		} else if n == t.Len() && n > 1 {
			hint = "; there are as many files, so perhaps each is an example whose rows are positions: axes: [position, layer, width], or [position, width], and a position"
		}
		return t.ErrorAt("join", "found %d examples and %d rows of activations, expected the same "+
			"number%s; if they differ on purpose, join them by columns with ids", t.Len(), rows, hint)
	}
	c.Rows = t.used
	return nil
}

func (t *table) joinByID(dump *activations.Dump, c *Cases) error {
	ids, err := dump.IDs()
	if err != nil {
		return t.ErrorAt("join.activations", "%w", err)
	}
	rowOf := make(map[string]int, len(ids))
	for row, id := range ids {
		if first, seen := rowOf[id]; seen {
			return t.ErrorAt("join.activations", "found id %q in rows %d and %d of the activations, expected every id once", id, first, row)
		}
		rowOf[id] = row
	}

	column, err := t.column("join.examples", t.Join.Examples)
	if err != nil {
		return err
	}
	// An id may come back among the rows that are left out: one document under
	// several filters of an evaluation.
	if _, err := t.unique("join.examples", column, t.used); err != nil {
		return err
	}
	exampleOf := make(map[string]int, t.Len())
	for i := range t.Len() {
		if !column.IsNull(i) {
			exampleOf[column.String(i)] = i
		}
	}
	for _, id := range ids {
		if _, known := exampleOf[id]; !known {
			c.Unmatched++
		}
	}

	row := make(map[int]int, len(t.used))
	var missing []string
	for _, i := range t.used {
		r, known := rowOf[column.String(i)]
		if !known {
			missing = append(missing, column.String(i))
		}
		row[i] = r
	}
	if len(missing) > 0 {
		return t.ErrorAt("join", "%d of the %d examples used have no activations: ids %s%s", len(missing), len(t.used), first(missing), otherIDs(ids, missing, exampleOf))
	}
	c.Rows = t.sortByRow(row)
	return nil
}

// otherIDs shows ids of the activations that no example has, and says how ids of
// both sides differ, if they do so only in how they are written.
func otherIDs(ids, missing []string, exampleOf map[string]int) string {
	var others []string
	for _, id := range ids {
		if _, known := exampleOf[id]; !known {
			others = append(others, id)
		}
	}
	if others == nil {
		return ""
	}
	written := map[string]string{}
	for _, id := range others {
		written[plainID(id)] = id
	}
	text := "; the activations have ids " + first(others)
	for _, id := range missing {
		if other, ok := written[plainID(id)]; ok {
			return text + fmt.Sprintf(", and %q may be %q: write them alike", id, other)
		}
	}
	return text
}

// plainID is an id without what writers of tables change in it: spaces around
// it, its case, the zeros of a number.
func plainID(id string) string {
	id = strings.ToLower(strings.TrimSpace(id))
	if x, err := strconv.ParseFloat(id, 64); err == nil {
		return strconv.FormatFloat(x, 'g', -1, 64)
	}
	return id
}

// unique returns the example of every id, among the given ones.
func (t *table) unique(key string, column *activations.Column, among []int) (map[string]int, error) {
	exampleOf := make(map[string]int, len(among))
	for _, i := range among {
		if column.IsNull(i) {
			return nil, t.errorOn(i, key, column.Name, "found null, expected an id")
		}
		id := column.String(i)
		if j, seen := exampleOf[id]; seen {
			return nil, t.errorOn(i, key, column.Name, "found id %q, which %s already has, expected every id once", id, t.Where(j))
		}
		exampleOf[id] = i
	}
	return exampleOf, nil
}

// first lists the first few names.
func first(names []string) string {
	const few = 5
	var quoted []string
	for _, name := range names[:min(few, len(names))] {
		quoted = append(quoted, fmt.Sprintf("%q", name))
	}
	list := strings.Join(quoted, ", ")
	if more := len(names) - few; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	return list
}
