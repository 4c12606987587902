package activations

import (
	"encoding/json"
	"fmt"
	"slices"

	"tell/activations/table"
	"tell/internal/pickle"
)

// records are what dictionaries, one a row, hold beside the tensors of the states.
type records struct {
	lists []namedList
	left  []Omitted
}

// recordFields are the columns of the dictionaries right below the rows: text, numbers,
// tensors of one number, and lists of these, as JSON. The room for names pays for them,
// as every record may bring fields that no other has.
func recordFields(n *torchNames, tensors []*tensor, chosen []int, depth, rows int) (found records, err error) {
	at, seen, left := map[string]int{}, map[string]bool{}, map[string]bool{}
	var places map[*torchTensor]int
	for _, i := range chosen {
		steps := n.steps[i]
		row := len(seen)
		if seen[steps[depth].key] {
			continue
		}
		seen[steps[depth].key] = true
		if depth+1 == len(steps) {
			return records{}, nil
		}
		record, ok := steps[depth+1].in.(*pickle.Dict)
		if !ok {
			return records{}, nil
		}
		for k, value := range record.Values {
			name, ok := record.Keys[k].(string)
			if !ok || left[name] {
				continue
			}
			switch v := value.(type) {
			case *torchTensor:
				if places == nil {
					places = tensorPlaces(n, chosen)
				}
				place, isField := places[v]
				if !isField {
					continue // states
				}
				if len(v.shape) == 1 {
					left[name] = true
					found.left = append(found.left, Omitted{Name: name, Reason: fmt.Sprintf("a tensor of shape %v in row %d; lists are columns: save tensor.tolist()", v.shape, row)})
					continue
				}
				if len(v.shape) > 0 {
					continue
				}
				if value, err = tensors[place].scalar(); err != nil {
					return records{}, err
				}
			case pickle.Tuple:
				value, ok = plainList(v)
			case *pickle.List:
				value, ok = plainList(v.Items)
			case *pickle.Dict:
				ok = false
			}
			if !ok {
				continue
			}
			size := 0
			switch text := value.(type) {
			case string:
				size = len(text)
			case table.JSONText:
				size = len(text)
			}
			if err := n.spend(size, 0); err != nil {
				return records{}, err
			}
			if _, known := at[name]; !known {
				if err := n.spend(16*rows, 0); err != nil {
					return records{}, err
				}
				at[name] = len(found.lists)
				found.lists = append(found.lists, namedList{name, make([]any, rows)})
			}
			found.lists[at[name]].items[row] = value
		}
	}
	found.lists = slices.DeleteFunc(found.lists, func(l namedList) bool { return left[l.name] })
	return found, nil
}

// tensorPlaces finds the tensors that are not states.
func tensorPlaces(n *torchNames, chosen []int) map[*torchTensor]int {
	places := map[*torchTensor]int{}
	for i, t := range n.tensors {
		places[t] = i
	}
	for _, i := range chosen {
		delete(places, n.tensors[i])
	}
	return places
}

// plainList is a list of text and numbers as JSON, in the way of a list in JSON lines.
func plainList(items []any) (text table.JSONText, ok bool) {
	for _, v := range items {
		switch v.(type) {
		case nil, bool, int64, float64, string:
		default:
			return "", false
		}
	}
	if items == nil {
		return "[]", true
	}
	b, err := json.Marshal(items) // which fails on NaN
	return table.JSONText(b), err == nil
}

// scalar reads a tensor of one number; it is nil where that is of no type of a column.
func (t *tensor) scalar() (any, error) {
	size, kind := itemOf(t.code)
	if kind == "" {
		return nil, nil
	}
	b := make([]byte, size)
	if err := t.numbers.ReadAt(b, t.stored.offset, t.stored.part); err != nil {
		return nil, err
	}
	v, ok := decodeItem(b, t.code, t.stored.bigEndian)
	if !ok {
		return nil, nil
	}
	if n, isInt := v.(int); isInt {
		return int64(n), nil
	}
	return v, nil
}
