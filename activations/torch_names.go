package activations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
	"tell/activations/table"
	"tell/internal/pickle"
)

// torchNames is what a file of torch.save holds, by name. Containers join the
// names: layer 3 of {"hidden_states": [...]} is hidden_states.3.
type torchNames struct {
	file    *input.File
	names   []string // of the tensors
	tensors []*torchTensor
	steps   [][]torchStep // that lead to each tensor
	lists   []namedList

	seen map[string]bool
	room int // bytes of names and steps that are left
	path []torchStep
}

// torchStep is an item of a list, tuple or dictionary on the way to a tensor.
type torchStep struct {
	in  any
	key string
}

// namedList is a list of text and numbers.
type namedList struct {
	name  string
	items []any
}

// maxTorchDepth ends containers that hold themselves.
const maxTorchDepth = 16

// nameTorch names what a pickle of size bytes describes. As a list may hold
// another one again and again, a short pickle can unfold into any number of
// names: it may have as many as its length pays for.
func nameTorch(f *input.File, root any, size int64) (*torchNames, error) {
	n := &torchNames{file: f, seen: map[string]bool{}, room: 1<<20 + 8*int(size)}
	if _, ok := root.(*torchTensor); ok {
		return n, n.visit("tensor", root, 0)
	}
	return n, n.visit("", root, 0)
}

// spend fails where the names and steps so far are more than the pickle pays for.
func (n *torchNames) spend(cost, depth int) error {
	if n.room -= cost; n.room < 0 || depth > maxTorchDepth {
		return n.file.Errorf(torchPickle, -1, "lists or dictionaries that unfold into far more than the file holds", "tensors in at most %d levels of them", maxTorchDepth)
	}
	return nil
}

func (n *torchNames) visit(name string, v any, depth int) error {
	if err := n.spend(64+len(name), depth); err != nil {
		return err
	}
	switch v := v.(type) {
	case *torchTensor:
		if n.seen[name] {
			return n.file.Errorf(fmt.Sprintf("tensor %q", name), -1, "two tensors of that name", "one")
		}
		n.seen[name] = true
		n.names, n.tensors = append(n.names, name), append(n.tensors, v)
		n.steps = append(n.steps, slices.Clone(n.path))
		return n.spend(32*len(n.path), depth)
	case pickle.Tuple:
		return n.visitList(name, v, v, depth)
	case *pickle.List:
		return n.visitList(name, v, v.Items, depth)
	case *pickle.Dict:
		return n.visitDict(name, v, depth)
	}
	return nil
}

// visitItem visits what in holds under a key.
func (n *torchNames) visitItem(name string, in any, key string, v any, depth int) error {
	n.path = append(n.path, torchStep{in, key})
	defer func() { n.path = n.path[:len(n.path)-1] }()
	return n.visit(join(name, key), v, depth+1)
}

func (n *torchNames) visitList(name string, list any, items []any, depth int) error {
	if err := n.spend(len(items), depth); err != nil {
		return err
	}
	if !slices.ContainsFunc(items, holdsMore) {
		n.lists = append(n.lists, namedList{name, items})
		return nil
	}
	for i, item := range items {
		if err := n.visitItem(name, list, strconv.Itoa(i), item, depth); err != nil {
			return err
		}
	}
	return nil
}

func (n *torchNames) visitDict(name string, dict *pickle.Dict, depth int) error {
	for i, key := range dict.Keys {
		text, ok := keyText(key)
		if !ok {
			return n.file.Errorf(torchPickle, -1, fmt.Sprintf("a dictionary with %s for a key", pickle.Kind(key)),
				"text or integers of at most %d bytes, or a few of them in a tuple", maxTorchKey)
		}
		if err := n.visitItem(name, dict, text, dict.Values[i], depth); err != nil {
			return err
		}
	}
	return nil
}

// holdsMore reports whether there may be tensors in v.
func holdsMore(v any) bool {
	switch v.(type) {
	case *torchTensor, pickle.Tuple, *pickle.List, *pickle.Dict:
		return true
	}
	return false
}

func join(name, key string) string {
	if name == "" {
		return key
	}
	return name + "." + key
}

// The limits of keys: names are not to grow beyond the pickle that they are in.
const (
	maxTorchKey   = 1024
	maxTorchTuple = 4
)

// keyText is the text of a key in names; the parts of a tuple are joined.
func keyText(key any) (string, bool) {
	switch key := key.(type) {
	case string:
		return key, len(key) <= maxTorchKey
	case int64:
		return strconv.FormatInt(key, 10), true
	case bool:
		return strconv.FormatBool(key), true
	case pickle.Tuple:
		if len(key) > maxTorchTuple {
			return "", false
		}
		parts := make([]string, len(key))
		for i, v := range key {
			if _, nested := v.(pickle.Tuple); nested {
				return "", false
			}
			var ok bool
			if parts[i], ok = keyText(v); !ok {
				return "", false
			}
		}
		return strings.Join(parts, "."), true
	}
	return "", false
}

// column makes a column of a list; it is nil where the values are of several
// kinds, or none.
func (l namedList) column() *Column {
	values := make([]any, len(l.items))
	for i, v := range l.items {
		switch n := v.(type) {
		case int64:
			v = int(n)
		case nil, bool, float64, string, table.JSONText:
		default:
			return nil
		}
		values[i] = v
	}
	return table.ColumnOf(l.name, values)
}
