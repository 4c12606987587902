package activations

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
	"tell/internal/pickle"
)

// nest is how lists, tuples and dictionaries hold the rows and layers of a dump.
type nest struct {
	cells   [][]*tensor // of every row or batch a tensor, or one for each layer
	axes    []Axis      // of a tensor
	batched bool
	ids     []string // of the rows, where a dictionary names them
	layers  []string
	fields  []namedList // of records: what they hold beside their tensor
	left    []Omitted   // of their fields
	outer   nestLevel
}

// nestLevel is a list, tuple or dictionary of which every item is a row or a layer.
type nestLevel struct {
	in   any
	name string // of the dictionary or list
	keys []string
}

// nestOf reads the levels that the tensors lie in by the axes, which name levels
// before the axes of a tensor, or by what is evident. It is nil where the tensors
// are no rows in such levels, and what could be either is refused.
func nestOf(n *torchNames, tensors []*tensor, spec Spec) (*nest, error) {
	chosen := nestCandidates(tensors, spec)
	depths := nestDepths(n, chosen)
	switch {
	case len(chosen) < 2 || len(depths) == 0 || len(depths) > 2 && spec.Tensor != "":
		return nil, nil
	case len(depths) > 2:
		return nil, n.file.Errorf("tensors", -1, fmt.Sprintf("%d levels of lists, tuples or dictionaries above them, as in %q", len(depths), tensors[chosen[0]].name),
			`at most two, rows and layers; keep to one key of a level with a pattern such as "*.hidden.*", or stack the tensors of a level, such as steps, before torch.save`)
	}
	rank := 0
	for _, i := range chosen {
		rank = max(rank, len(tensors[i].stored.shape))
	}
	levels := nestLevels(n, chosen, depths)
	records, err := recordFields(n, tensors, chosen, depths[0], len(levels[0].keys))
	if err != nil {
		return nil, err
	}
	fields := records.lists
	axes := spec.Axes
	if axes == nil {
		if axes = evidentAxes(levels, rank, len(fields) > 0); axes == nil {
			return nil, ambiguousNest(n.file, levels, tensors, chosen, spec)
		}
	}
	if len(axes) <= rank || !slices.Contains(axes, Row) && !slices.Contains(axes, Batch) {
		return nil, nil
	}
	kinds, axes := slices.Clone(axes[:len(levels)]), axes[len(levels):]
	ofOne := func(i int) bool { return tensors[i].stored.shape[0] == 1 }
	ofRank := func(i int) bool { return len(tensors[i].stored.shape) == rank }
	if spec.Axes == nil && len(axes) < rank && !all(chosen, ofOne) && all(chosen, ofRank) {
		kinds[slices.Index(kinds, Row)] = Batch
		axes = append([]Axis{Row}, axes...)
	}
	batched := slices.Contains(kinds, Batch)
	switch {
	case slices.ContainsFunc(kinds, func(kind Axis) bool { return kind != Row && kind != Layer && kind != Batch }):
		return nil, n.file.Errorf("axes", -1, fmt.Sprint(spec.Axes), "row, batch or layer for the first %d: the tensors are in as many lists or dictionaries", len(levels))
	case batched && !slices.Contains(axes, Row):
		return nil, n.file.Errorf("axes", -1, fmt.Sprint(spec.Axes), "row after the first %d: the tensors of a batch hold its rows", len(levels))
	case !batched && !slices.Contains(kinds, Row):
		return nil, n.file.Errorf("axes", -1, fmt.Sprint(spec.Axes), "%v alone, with tensor: \"*\", where every tensor is a layer", axes)
	}
	if err := checkItems(n.file, levels[0], kinds[0], depths[0]+1 < len(n.steps[chosen[0]])); err != nil {
		return nil, err
	}
	for k, kind := range kinds {
		if kind == Layer {
			levels[k].sort()
		}
	}
	cells, err := nestCells(n, levels, depths, chosen, tensors)
	if err != nil {
		return nil, err
	}
	found := &nest{cells: cells, axes: axes, batched: batched, fields: fields, left: records.left, outer: levels[0]}
	rows := levels[0]
	switch {
	case kinds[0] == Layer:
		found.cells, found.fields, found.left, found.layers, rows = transposed(cells), nil, nil, levels[0].keys, levels[1]
	case len(levels) == 2:
		found.layers = levels[1].keys
	}
	if batched {
		found.fields, found.left = nil, nil
	} else if _, ok := rows.in.(*pickle.Dict); ok {
		found.ids = rows.keys
	}
	return found, found.checkAxes(n.file)
}

func all(chosen []int, is func(i int) bool) bool {
	return !slices.ContainsFunc(chosen, func(i int) bool { return !is(i) })
}

// nestCandidates lists the tensors that may be cells. Those of one axis are, where
// there are no others.
func nestCandidates(tensors []*tensor, spec Spec) (chosen []int) {
	for _, least := range []int{2, 1} {
		for i, t := range tensors {
			rank := len(t.stored.shape)
			if rank >= least && rank <= 4 && t.refusal == nil && t.damage == nil && t.name != spec.Mask && (spec.Tensor == "" || matches(spec.Tensor, t.name)) {
				chosen = append(chosen, i)
			}
		}
		if chosen != nil {
			return chosen
		}
	}
	return nil
}

// nestDepths lists where the ways to the tensors part. A list of one item counts as
// a level where none is above it.
func nestDepths(n *torchNames, chosen []int) (depths []int) {
	if len(chosen) == 0 {
		return nil
	}
	first := n.steps[chosen[0]]
	for depth, step := range first {
		_, dict := step.in.(*pickle.Dict)
		level := !dict && len(depths) == 0
		for _, i := range chosen {
			if len(n.steps[i]) != len(first) {
				return nil
			}
			level = level || n.steps[i][depth].key != step.key
		}
		if level {
			depths = append(depths, depth)
		}
	}
	return depths
}

func nestLevels(n *torchNames, chosen, depths []int) []nestLevel {
	levels := make([]nestLevel, len(depths))
	for k, depth := range depths {
		first := n.steps[chosen[0]]
		levels[k].in = first[depth].in
		for _, step := range first[:depth] {
			levels[k].name = join(levels[k].name, step.key)
		}
		seen := map[string]bool{}
		for _, i := range chosen {
			if key := n.steps[i][depth].key; !seen[key] {
				seen[key] = true
				levels[k].keys = append(levels[k].keys, key)
			}
		}
	}
	return levels
}

// namesLayers reports whether the keys of a dictionary are layers by their names.
func (l nestLevel) namesLayers() bool {
	if _, ok := l.in.(*pickle.Dict); !ok {
		return false
	}
	names := make([]string, len(l.keys))
	for i, key := range l.keys {
		names[i] = join(l.name, key)
	}
	before, after := commonEnds(names)
	return numbered(names, before, after) && afterLayer.MatchString(before)
}

// evidentAxes is what levels without stated axes mean, or nil: records are rows, and
// so is what holds a tuple or names of layers.
func evidentAxes(levels []nestLevel, rank int, records bool) []Axis {
	outer := levels[0]
	if len(levels) == 1 {
		if !records || outer.namesLayers() || rank > 3 {
			return nil
		}
		return [][]Axis{{Row, Width}, {Row, Layer, Width}, {Row, Layer, Position, Width}}[rank-1]
	}
	if rank > 3 {
		return nil
	}
	inTensor := []Axis{Position, Width}
	if rank == 1 {
		inTensor = inTensor[1:]
	}
	inner := levels[1]
	_, tuple := inner.in.(pickle.Tuple)
	_, outerTuple := outer.in.(pickle.Tuple)
	_, outerList := outer.in.(*pickle.List)
	switch outerLayers, innerLayers := outer.namesLayers(), inner.namesLayers(); {
	case outerLayers && innerLayers:
		return nil
	case outerLayers:
		return append([]Axis{Layer, Row}, inTensor...)
	case innerLayers, tuple && !outerTuple, outerList && inner.integers():
		return append([]Axis{Row, Layer}, inTensor...)
	}
	return nil
}

// integers reports whether the level is a dictionary of integers.
func (l nestLevel) integers() bool {
	dict, ok := l.in.(*pickle.Dict)
	return ok && !slices.ContainsFunc(dict.Keys, func(key any) bool { _, ok := key.(int64); return !ok })
}

// ambiguousNest refuses levels that have two readings, with the axes of each. It
// leaves alone what spec names, what is named for layers, and lists of tensors with
// more than one row, which are layers.
func ambiguousNest(f *input.File, levels []nestLevel, tensors []*tensor, chosen []int, spec Spec) error {
	shape := tensors[chosen[0]].stored.shape
	rank := len(shape)
	for _, i := range chosen {
		if other := tensors[i].stored.shape; len(other) != rank || other[rank-1] != shape[rank-1] {
			return nil
		}
	}
	outer := levels[0]
	_, dict := outer.in.(*pickle.Dict)
	_, list := outer.in.(*pickle.List)
	lengths := map[int]bool{}
	for _, i := range chosen {
		lengths[tensors[i].stored.shape[0]] = true
	}
	switch {
	case spec.Tensor != "" || rank > 3:
		return nil
	case len(levels) == 1 && rank > 1 && len(lengths) > 1:
		readings := "axes: [batch, row, position, width] where each is a batch of rows"
		if rank == 2 {
			readings = "axes: [row, position, width] where each is a row, or axes: [batch, row, width] where each is a batch of rows"
		}
		return f.Errorf("tensors", -1, fmt.Sprintf("%s, of shapes such as %v whose first axes differ", quoteSome(outer.keys), shape), "%s", readings+"; else name the tensor, or a pattern such as layers.*")
	case len(levels) == 2:
		inTensor := "position, width"
		if rank == 1 {
			inTensor = "width"
		}
		a, b := len(outer.keys), len(levels[1].keys)
		return f.Errorf("tensors", -1, fmt.Sprintf("%d x %d tensors, the first %q of shape %v, which may be rows of layers or layers of rows", a, b, tensors[chosen[0]].name, shape),
			"axes: [row, layer, %s] for %s x %s, or axes: [layer, row, %[1]s] for %[4]s x %[5]s; else name the tensor, or a pattern such as layers.*",
			inTensor, counted(a, "row"), counted(b, "layer"), counted(b, "row"), counted(a, "layer"))
	case rank == 1:
		return f.Errorf("tensors", -1, fmt.Sprintf("%s, each of shape %v", quoteSome(outer.keys), shape), "axes: [row, width] where each is a row")
	case outer.namesLayers() || outer.integers() || !dict && !(list && shape[0] == 1):
		return nil
	}
	inTensor := []string{"width", "position, width"}[rank-2]
	return f.Errorf("tensors", -1, fmt.Sprintf("%s, each of shape %v, which may be rows or layers", quoteSome(outer.keys), shape),
		"axes: [row, layer, %s] where each is a row, or axes: [row, %[1]s] and tensor: \"*\" where each is a layer; else name the tensor", inTensor)
}

// nestCells sorts the tensors by the two levels, all of which hold the same keys.
func nestCells(n *torchNames, levels []nestLevel, depths, chosen []int, tensors []*tensor) ([][]*tensor, error) {
	key := func(i, level int) string { return n.steps[i][depths[level]].key }
	inner := []string{""}
	if len(levels) == 2 {
		inner = levels[1].keys
	}
	at := map[[2]string]*tensor{}
	for _, i := range chosen {
		where := [2]string{key(i, 0)}
		if len(levels) == 2 {
			where[1] = key(i, 1)
		}
		at[where] = tensors[i]
	}
	cells := make([][]*tensor, len(levels[0].keys))
	for i, outer := range levels[0].keys {
		for _, key := range inner {
			if t := at[[2]string{outer, key}]; t != nil {
				cells[i] = append(cells[i], t)
			}
		}
		if len(cells[i]) != len(inner) {
			return nil, n.file.Errorf(fmt.Sprintf("%q", join(levels[0].name, outer)), -1, fmt.Sprintf("%d of the tensors", len(cells[i])),
				"%d, one for each of %s", len(inner), quoteSome(inner))
		}
	}
	return cells, nil
}

// sort puts layers in the order of their numbers.
func (l nestLevel) sort() {
	before, after := commonEnds(l.keys)
	if !numbered(l.keys, before, after) {
		return
	}
	middle := func(key string) string { return key[len(before) : len(key)-len(after)] }
	slices.SortStableFunc(l.keys, func(a, b string) int { return compareNatural(middle(a), middle(b)) })
}

// checkItems refuses items of the outer level that hold no tensor, as those after
// them would become other rows or layers. A dictionary may hold other things, which
// are not None or empty.
func checkItems(f *input.File, l nestLevel, kind Axis, deeper bool) error {
	var items []any
	dict, isDict := l.in.(*pickle.Dict)
	switch in := l.in.(type) {
	case *pickle.List:
		items = in.Items
	case pickle.Tuple:
		items = in
	case *pickle.Dict:
		items = in.Values
	}
	held := map[string]bool{}
	for _, key := range l.keys {
		held[key] = true
	}
	for i, item := range items {
		key := strconv.Itoa(i)
		if isDict {
			key, _ = keyText(dict.Keys[i])
			if item != nil && !emptyItem(item) && !(kind != Layer && deeper && holdsMore(item)) {
				continue
			}
		}
		if !held[key] {
			return f.Errorf(fmt.Sprintf("%q", join(l.name, key)), -1, pickle.Kind(item)+" without a tensor that can hold states", "one, as in %q", join(l.name, l.keys[0]))
		}
	}
	return nil
}

func emptyItem(v any) bool {
	switch v := v.(type) {
	case *pickle.List:
		return len(v.Items) == 0
	case pickle.Tuple:
		return len(v) == 0
	case *pickle.Dict:
		return len(v.Keys) == 0
	}
	return false
}

func transposed(cells [][]*tensor) [][]*tensor {
	out := make([][]*tensor, len(cells[0]))
	for _, row := range cells {
		for i, t := range row {
			out[i] = append(out[i], t)
		}
	}
	return out
}

// checkAxes gives every tensor its axes. The batch of one that a model was run on
// may be the first.
func (c *nest) checkAxes(f *input.File) error {
	for _, row := range c.cells {
		for _, t := range row {
			shape := t.stored.shape
			switch {
			case len(shape) == len(c.axes):
				t.stored.axes = c.axes
			case len(shape) == len(c.axes)+1 && shape[0] == 1:
				t.stored.axes = append([]Axis{Row}, c.axes...)
			default:
				return f.Errorf(t.stored.part, -1, fmt.Sprintf("shape %v", shape), "%d axes: %v, perhaps with a batch of one before them; in axes, batch in the place of row names a list of batches, whose tensors have axes such as row, position, width", len(c.axes), c.axes)
			}
		}
	}
	return nil
}

// openNest places the cells, and makes columns of ids and fields. What else is in the
// items of the nest is of one row, and no column.
func (s *torchSource) openNest(c *nest, spec Spec) error {
	s.nested, s.left = true, c.left
	if err := s.openRows(spec, c.cells); err != nil {
		return err
	}
	if len(c.cells[0]) > 1 {
		s.size.layers = c.layers
	}
	if c.batched && s.size.shape.Positions > 1 && spec.Mask == "" && spec.Length == "" {
		s.size.notes = append(s.size.notes, fmt.Sprintf("%d batches are joined along the rows, to %d; where rows are padded, say so with mask or length", len(c.cells), s.size.shape.Rows))
	}
	inside := c.outer.holder()
	s.all = slices.DeleteFunc(slices.Clone(s.all), func(t *tensor) bool { return !t.picked && inside(t.name) })
	s.lists = append(c.fields, slices.DeleteFunc(s.lists, func(l namedList) bool { return inside(l.name) })...)
	if c.ids == nil || slices.ContainsFunc(c.fields, func(l namedList) bool { return l.name == "id" }) {
		return nil
	}
	ids := namedList{name: "id"}
	for _, id := range c.ids {
		ids.items = append(ids.items, id)
	}
	s.lists = append(s.lists, ids)
	return nil
}

// holder tells the names of what lies in the items of the level.
func (l nestLevel) holder() func(name string) bool {
	keys := map[string]bool{}
	for _, key := range l.keys {
		keys[key] = true
	}
	return func(name string) bool {
		rest, ok := strings.CutPrefix(name, l.name)
		if l.name != "" {
			rest, ok = strings.CutPrefix(rest, ".")
		}
		for i, r := range rest {
			if ok && r == '.' && keys[rest[:i]] {
				return true
			}
		}
		return false
	}
}
