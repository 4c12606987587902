package table

import (
	"encoding/json"
	"strings"
	"sync"
)

// nestedColumns are the fields of nested values that were asked for, by their
// dotted names.
type nestedColumns struct {
	mu      sync.Mutex
	columns map[string]*Column // nil where there is none
}

// nestedColumn makes a column of a field of the objects that a column holds as
// JSON text.
func (e *Examples) nestedColumn(name string) (*Column, bool) {
	if !strings.Contains(name, ".") {
		return nil, false
	}
	e.nested.mu.Lock()
	defer e.nested.mu.Unlock()
	c, known := e.nested.columns[name]
	if !known {
		c = e.readNested(name)
		if e.nested.columns == nil {
			e.nested.columns = map[string]*Column{}
		}
		e.nested.columns[name] = c
	}
	return c, c != nil
}

func (e *Examples) readNested(name string) *Column {
	for cut := len(name) - 1; cut > 0; cut-- {
		if name[cut] != '.' {
			continue
		}
		if c, ok := e.index[name[:cut]]; ok && c.Kind == String {
			return c.field(name, name[cut+1:])
		}
	}
	return nil
}

// field reads a field of every object, or nil where no row has it, or rows have
// it in several kinds.
func (c *Column) field(name, path string) *Column {
	column := jsonColumn{Column: Column{Name: name}}
	for i := range c.null {
		column.pad(i)
		raw, ok := fieldOf(json.RawMessage(c.String(i)), path)
		if !ok {
			continue
		}
		v, err := jsonValue(raw, i)
		if err != nil || column.put(v, i) != "" {
			return nil
		}
	}
	column.pad(len(c.null))
	if column.found == "" {
		return nil
	}
	return &column.Column
}

// fieldOf finds what stands under a dotted path. Keys may have dots themselves.
func fieldOf(text json.RawMessage, path string) (json.RawMessage, bool) {
	if len(text) == 0 || text[0] != '{' {
		return nil, false
	}
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil {
		return nil, false
	}
	if v, ok := object[path]; ok {
		return v, true
	}
	for at, r := range path {
		if r != '.' {
			continue
		}
		if v, ok := object[path[:at]]; ok {
			if v, ok = fieldOf(v, path[at+1:]); ok {
				return v, true
			}
		}
	}
	return nil, false
}
