package activations

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// The placeholders of a path: a number in the names of files that is a layer's, and
// one that counts shards along the rows.
const (
	layerMark = "{layer}"
	rowMark   = "{row}"
)

// marks matches placeholders, and what was meant as one.
var marks = regexp.MustCompile(`\{(layer|row)\b[^{}/]*\}`)

// hasMarks reports whether a path has placeholders and is not itself a file.
func hasMarks(path string) bool {
	if !marks.MatchString(path) {
		return false
	}
	_, err := os.Stat(path)
	return err != nil
}

// numberedFile is a file whose name has the numbers of its layer and of its rows.
type numberedFile struct {
	path  string
	layer int
	row   []int
}

// numberedFiles are the files that a path with placeholders matches, sorted by rows,
// then by layers.
func numberedFiles(pattern string) ([]numberedFile, error) {
	refuse := func(found, expected string) ([]numberedFile, error) {
		return nil, &FormatError{File: pattern, Part: "path", Offset: -1, Found: found, Expected: expected}
	}
	clean := pattern
	if !input.IsRemote(pattern) {
		clean = filepath.Clean(pattern) // as filepath.Glob gives its matches
	}
	found := marks.FindAllString(clean, -1)
	for _, mark := range found {
		if mark != layerMark && mark != rowMark {
			return refuse(mark, layerMark+" or "+rowMark+", which take numbers with leading zeros too")
		}
	}
	texts := marks.Split(clean, -1)
	switch {
	case strings.Count(clean, layerMark) > 1:
		return refuse(layerMark+" twice", "it once")
	case strings.Contains(clean, "}{"):
		return refuse("placeholders without anything between them", "names in which one can tell the numbers apart")
	case strings.ContainsAny(strings.Join(texts, ""), "*?["):
		return refuse("a glob with "+found[0], rowMark+" for the number of a shard along the rows, and no other * or ?")
	}
	matches, err := input.Glob(strings.Join(texts, "*"))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", Printable(pattern), input.Plainly(err))
	}
	names := numberPattern(clean)
	var files []numberedFile
	for _, path := range matches {
		numbers := names.FindStringSubmatch(path)
		if numbers == nil {
			continue
		}
		f := numberedFile{path: path}
		for i, mark := range found {
			n, err := strconv.Atoi(numbers[i+1])
			switch {
			case err != nil:
				return refuse(numbers[i+1], "a number that is smaller")
			case mark == layerMark:
				f.layer = n
			default:
				f.row = append(f.row, n)
			}
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s: no file matches, with a number for each of %s", Printable(pattern), strings.Join(found, " and "))
	}
	compare := func(a, b numberedFile) int {
		return cmp.Or(slices.Compare(a.row, b.row), cmp.Compare(a.layer, b.layer))
	}
	slices.SortFunc(files, func(a, b numberedFile) int { return cmp.Or(compare(a, b), cmp.Compare(a.path, b.path)) })
	for i := range files[1:] {
		if compare(files[i], files[i+1]) == 0 {
			return refuse(fmt.Sprintf("%s and %s", files[i].path, files[i+1].path), "one of them, as both have the same numbers")
		}
	}
	return files, nil
}

// numberPattern matches the files of a path with placeholders, and the number for each.
func numberPattern(pattern string) *regexp.Regexp {
	texts := marks.Split(pattern, -1)
	for i := range texts {
		texts[i] = regexp.QuoteMeta(texts[i])
	}
	return regexp.MustCompile("^" + strings.Join(texts, `(\d{1,18})`) + "$")
}

// noteGaps notes the numbers that the files of a path with placeholders leave out
// between others: a layer or shard that was never written, or is not there yet.
func (d *Dump) noteGaps() {
	for _, pattern := range d.spec.Paths {
		if !hasMarks(pattern) {
			continue
		}
		if !input.IsRemote(pattern) {
			pattern = filepath.Clean(pattern)
		}
		names, found := numberPattern(pattern), marks.FindAllString(pattern, -1)
		numbers := make([][]int, len(found))
		for _, f := range d.Files() {
			texts := names.FindStringSubmatch(f.Path) // none of files beside those of states
			for i := range min(len(found), len(texts)) {
				n, _ := strconv.Atoi(texts[i+1]) // as numberedFiles read it
				numbers[i] = append(numbers[i], n)
			}
		}
		for i, mark := range found {
			if gaps := gapsIn(numbers[i]); gaps != nil {
				kind := strings.Trim(mark, "{}")
				d.notes = append(d.notes, fmt.Sprintf("%s: no file for %s %s, although there are files before and after", filepath.Base(pattern), kind, someOf(gaps)))
			}
		}
	}
}

// gapsIn lists what numbers that are evenly apart leave out: nil where nothing, or as
// many as there are, so that the others were chosen.
func gapsIn(numbers []int) (gaps []int) {
	slices.Sort(numbers)
	numbers = slices.Compact(numbers)
	step := 0
	for i := range len(numbers) - 1 {
		if apart := numbers[i+1] - numbers[i]; step == 0 || apart < step {
			step = apart
		}
	}
	for i := range len(numbers) - 1 {
		if (numbers[i+1]-numbers[i])%step != 0 {
			return nil
		}
		for n := numbers[i] + step; n < numbers[i+1]; n += step {
			if gaps = append(gaps, n); len(gaps) >= len(numbers) {
				return nil
			}
		}
	}
	return gaps
}

// someOf lists numbers, the first few where there are many.
func someOf(numbers []int) string {
	const few = 8
	var texts []string
	for _, n := range numbers[:min(few, len(numbers))] {
		texts = append(texts, strconv.Itoa(n))
	}
	text := strings.Join(texts, ", ")
	if more := len(numbers) - few; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}

// fileSet is the files of one shard: one, or one for each layer.
type fileSet struct {
	paths  []string
	layers []string // nil where the layers are in one file
}

// fileSets finds the shards that paths, globs and placeholders name.
func fileSets(patterns []string) (sets []fileSet, err error) {
	layered := slices.IndexFunc(patterns, func(p string) bool { return strings.Contains(p, "{layer") && hasMarks(p) })
	if layered < 0 {
		paths, err := expand(patterns)
		for i := range paths {
			sets = append(sets, fileSet{paths: paths[i : i+1]})
		}
		return sets, err
	}
	if len(patterns) > 1 {
		return nil, &FormatError{File: patterns[layered], Part: "path", Offset: -1,
			Found: fmt.Sprintf("one of %d paths", len(patterns)), Expected: "no other path beside one with " + layerMark + "; " + rowMark + " stands for the numbers of shards along the rows"}
	}
	return layeredSets(patterns[0])
}

// layeredSets finds the shards of a path with a file for every layer, and refuses
// shards that lack a layer that another has.
func layeredSets(pattern string) ([]fileSet, error) {
	files, err := numberedFiles(pattern)
	if err != nil {
		return nil, err
	}
	var layers []int
	for _, f := range files {
		layers = append(layers, f.layer)
	}
	slices.Sort(layers)
	layers = slices.Compact(layers)
	var sets []fileSet
	var missing []string
	for len(files) > 0 {
		set, row := fileSet{}, files[0].row
		for _, layer := range layers {
			set.layers = append(set.layers, strconv.Itoa(layer))
			if len(files) > 0 && slices.Equal(files[0].row, row) && files[0].layer == layer {
				set.paths, files = append(set.paths, files[0].path), files[1:]
				continue
			}
			missing = append(missing, fmt.Sprintf("layer %d of row %s", layer, strings.Trim(fmt.Sprint(row), "[]")))
		}
		sets = append(sets, set)
	}
	if len(missing) > 0 {
		found := fmt.Sprintf("no file for %s", strings.Join(missing[:min(len(missing), 8)], ", "))
		if len(missing) > 8 {
			found += fmt.Sprintf(" and %d more", len(missing)-8)
		}
		return nil, &FormatError{File: pattern, Part: "files", Offset: -1, Found: found,
			Expected: fmt.Sprintf("one for each of %d layers and %d shards", len(layers), len(sets))}
	}
	return sets, nil
}

// layerFiles is a source with a file for every layer.
type layerFiles struct {
	files  []*opened
	layers []string
}

// openLayers opens the files of a shard, which must agree in all but the layer.
func (d *Dump) openLayers(set fileSet) (*opened, error) {
	s := &layerFiles{layers: set.layers}
	all := &opened{src: s, path: set.paths[0]}
	for _, path := range set.paths {
		o, err := d.openLayer(path)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.files = append(s.files, o)
		all.files = append(all.files, o.files...)
		if err := s.files[0].sameRows(o); err != nil {
			return nil, errors.Join(err, s.Close())
		}
	}
	all.format, all.has = s.files[0].format, s.contents()
	return all, nil
}

// openLayer opens the file of one layer. Three axes are rows, positions and width,
// unless the Spec names others.
func (d *Dump) openLayer(path string) (*opened, error) {
	if d.spec.Axes == nil {
		spec := d.spec
		spec.Axes = []Axis{Row, Position, Width}
		if o, err := d.openFile(path, &spec); err == nil && o.has.shape.Layers == 1 {
			return o, nil
		} else if err == nil {
			if err := o.src.Close(); err != nil {
				return nil, err
			}
		}
	}
	o, err := d.openFile(path, &d.spec)
	if err == nil && o.has.shape.Layers != 1 {
		err = errors.Join(&FormatError{File: path, Part: "shape", Offset: -1, Found: fmt.Sprintf("%d layers", o.has.shape.Layers),
			Expected: "one layer in each file of a path with " + layerMark + "; name the axes where this is another one"}, o.src.Close())
	}
	return o, err
}

// sameRows checks that the file of another layer is of the same rows.
func (o *opened) sameRows(other *opened) error {
	here, there := other.has, o.has
	for _, c := range []struct{ part, found, expected string }{
		{"format", other.format.name, o.format.name},
		{"dtype", string(here.dtype), string(there.dtype)},
		{"shape", fmt.Sprintf("%d rows", here.shape.Rows), fmt.Sprintf("%d rows", there.shape.Rows)},
		{"shape", fmt.Sprintf("%d positions", here.shape.Positions), fmt.Sprintf("%d positions", there.shape.Positions)},
		{"shape", fmt.Sprintf("%d wide", here.shape.Width), fmt.Sprintf("%d wide", there.shape.Width)},
	} {
		if c.found != c.expected {
			return &FormatError{File: other.path, Part: c.part, Offset: -1, Found: c.found, Expected: c.expected + " as in " + Printable(o.path)}
		}
	}
	for row := range min(len(here.lengths), len(there.lengths)) {
		if here.lengths[row] != there.lengths[row] {
			return &FormatError{File: other.path, Part: fmt.Sprintf("row %d", row), Offset: -1, Found: fmt.Sprintf("%d positions", here.lengths[row]),
				Expected: fmt.Sprintf("%d as in %s", there.lengths[row], Printable(o.path))}
		}
	}
	return nil
}

func (s *layerFiles) contents() contents {
	c := s.files[0].has
	c.shape.Layers, c.layers, c.files, c.origin.embedding = len(s.files), s.layers, nil, ""
	c.notes = nil
	for _, o := range s.files {
		c.notes = append(c.notes, o.has.notes...)
		c.origin = c.origin.and(o.has.origin)
	}
	return c
}

func (s *layerFiles) layer(i int) ([]plane, error) { return s.files[i].src.layer(0) }

// table returns the columns that the files of all layers hold alike.
func (s *layerFiles) table() (*Examples, error) {
	first, err := s.files[0].src.table()
	if first == nil || err != nil {
		return nil, err
	}
	columns, omitted := first.Columns(), first.Omitted()
	for _, o := range s.files[1:] {
		other, err := o.src.table()
		if err != nil {
			return nil, err
		}
		var alike []*Column
		for _, c := range columns {
			if row := differAt(c, other); row >= 0 {
				omitted = append(omitted, Omitted{Name: c.Name, Reason: fmt.Sprintf("row %d differs between %s and %s", row, Printable(s.files[0].path), Printable(o.path))})
				continue
			}
			alike = append(alike, c)
		}
		columns = alike
	}
	return table.New(columns, table.Part{Path: s.files[0].path, Rows: first.Len()}).LeaveOut(nil, omitted), nil
}

// differAt is the first row in which a column is another one in other, -1 if none.
func differAt(c *Column, other *Examples) int {
	var same *Column
	if other != nil {
		same, _ = other.Column(c.Name)
	}
	for row := range c.Len() {
		if same == nil || same.Len() <= row || c.Value(row) != same.Value(row) {
			return row
		}
	}
	return -1
}

func (s *layerFiles) Close() error {
	var errs []error
	for _, o := range s.files {
		errs = append(errs, o.src.Close())
	}
	return errors.Join(errs...)
}

// firstPaths are the first files of the shards.
func firstPaths(sets []fileSet) []string {
	paths := make([]string, len(sets))
	for i, set := range sets {
		paths[i] = set.paths[0]
	}
	return paths
}
