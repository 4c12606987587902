package activations

import (
	"errors"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"sync"
	"time"

	"tell/activations/internal/input"
	"tell/activations/positions"
)

// Dump is an open dump: hidden states of one shape, whatever stores them. No
// method changes it, and all may be called from several goroutines at once,
// except Close.
type Dump struct {
	spec   Spec
	shape  Shape
	dtype  DType
	format string
	layers []string
	origin origin
	// numbers are those of the layers in their model.
	numbers []int
	shards  []shard
	notes   []string
	chosen  *positions.Chooser // nil where all positions are kept
	shared  bool               // a view: the files belong to another Dump
	held    int                // files that were opened and not parked

	examples func() (*Examples, error)
}

// File is one of the files of a dump, as it was when it was opened.
type File struct {
	Path     string
	Size     int64
	Modified time.Time
	// ETag tells an object of a store from what it is once it was written again, by
	// the store's own word. Files on disk have none.
	ETag string
}

func describe(f *input.File) File { return File{f.Path, f.Size, f.Modified, f.ETag} }

// shard is one source of a dump and the row of the dump it begins with.
type shard struct {
	source
	files []File
	first int
	rows  int
}

// Open opens the dump that spec describes. The format is told from what the
// files hold and not from their names. Shards must agree in everything but
// their number of rows.
func Open(spec Spec) (*Dump, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	sets, err := fileSets(spec.Paths)
	if err != nil {
		return nil, err
	}
	d := &Dump{spec: spec}
	if gap := missingShards(firstPaths(sets)); gap != nil {
		d.notes = append(d.notes, gap.Error())
	}
	d.examples = sync.OnceValues(d.readExamples)
	if d.chosen, err = chooserOf(d); err != nil {
		return nil, err
	}
	d.shards = make([]shard, 0, len(sets))
	for _, set := range sets {
		if err := d.add(set, len(sets)); err != nil {
			return nil, errors.Join(err, d.Close())
		}
	}
	if err := d.checkLayerNames(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.noteGaps()
	d.noteUneven()
	if d.shape.Rows == 0 {
		return nil, errors.Join(fmt.Errorf("%s: the dump has no rows", Printable(d.firstPath())), d.Close())
	}
	if err := d.number(); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

func (s *Spec) check() error {
	if err := checkAxes(s.Axes); err != nil {
		return err
	}
	if err := checkHeads(s.Axes); err != nil {
		return err
	}
	if s.DType != "" && s.DType.size() == 0 {
		return fmt.Errorf("unknown dtype %q: expected one of %v", s.DType, DTypes())
	}
	return nil
}

// opened is a file, or one for every layer, and what it says about itself.
type opened struct {
	src    source
	has    contents
	format *format
	path   string
	files  []File
}

// openFile opens the file at path, or parks it where many are open.
func (d *Dump) openFile(path string, spec *Spec) (*opened, error) {
	f, err := input.Open(path)
	if err != nil {
		return nil, err
	}
	format, err := detect(f, *spec)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	src, err := format.open(f, *spec)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	o := &opened{src, src.contents(), format, f.Path, append([]File{describe(f)}, src.contents().files...)}
	if d.held < input.MaxOpenFiles || !format.has(parks) {
		d.held++
		return o, nil
	}
	parked, err := f.Park()
	if err != nil {
		return nil, errors.Join(err, src.Close())
	}
	if parked != nil {
		o.src = &parkedSource{parked, format, spec, o.has.shape, o.has.dtype}
	}
	return o, nil
}

// add opens the files of the next of so many shards.
func (d *Dump) add(set fileSet, shards int) error {
	open := d.openLayers
	if set.layers == nil {
		open = func(fileSet) (*opened, error) { return d.openFile(set.paths[0], &d.spec) }
	}
	o, err := open(set)
	if err != nil {
		return err
	}
	path, format, c := o.path, o.format, o.has
	d.shards = append(d.shards, shard{source: o.src, files: o.files, first: d.shape.Rows, rows: c.shape.Rows})
	d.notes = append(d.notes, c.notes...)
	if c.origin == (origin{}) && shards == 1 {
		c.origin = exported(path, c)
	}
	if d.chosen != nil {
		if err := checkPositions(d.chosen, path, c); err != nil {
			return err
		}
		if !d.chosen.IsAll() {
			c.shape.Positions = d.chosen.Count()
		}
	}
	if !format.has(scattered) {
		if err := checkSites(path, c.shape, o.files); err != nil {
			return err
		}
	}
	if d.shape.Rows == 0 {
		d.shape, d.dtype, d.format, d.layers, d.origin = c.shape, c.dtype, format.name, c.layers, c.origin
		return nil
	}
	if c.shape.Rows == 0 {
		return nil
	}
	if err := d.agrees(path, format.name, c); err != nil {
		return err
	}
	d.shape.Rows += c.shape.Rows
	d.shape.Positions = max(d.shape.Positions, c.shape.Positions)
	d.origin = d.origin.and(c.origin)
	return nil
}

// agrees checks a further shard against the first.
func (d *Dump) agrees(path, format string, c contents) error {
	first := d.firstPath()
	mismatch := func(part string, found, expected any) error {
		return &FormatError{File: path, Part: part, Offset: -1,
			Found: fmt.Sprint(found), Expected: fmt.Sprintf("%v as in %s", expected, first)}
	}
	here, there := c.shape, d.shape
	here.Rows, there.Rows = 0, 0
	if d.chosen.IsAll() {
		here.Positions = there.Positions
	}
	others := here
	others.Positions = there.Positions
	switch {
	case format != d.format:
		return mismatch("format", format, d.format)
	case c.dtype != d.dtype:
		return mismatch("dtype", c.dtype, d.dtype)
	case here != there && others == there && d.chosen == nil:
		return mismatch("shape but for the rows", fmt.Sprintf("%d positions", here.Positions), fmt.Sprintf("a position to choose (last, first, mean, all, a number, a range), or %d positions", there.Positions))
	case here != there:
		return mismatch("shape but for the rows", here.apart(), there.apart())
	case !slices.Equal(c.layers, d.layers):
		return mismatch("layers", c.layers, d.layers)
	}
	return nil
}

// apart describes the shape without its rows.
func (s Shape) apart() string {
	return fmt.Sprintf("%s x %s x %d wide", counted(s.Layers, "layer"), counted(s.Positions, "position"), s.Width)
}

// Close closes the dump's files. Only the dump that Open returned has files to
// close; the Close of a view does nothing. What is read from either afterwards
// is an error.
func (d *Dump) Close() error {
	if d.shared {
		return nil
	}
	var errs []error
	for _, s := range d.shards {
		errs = append(errs, s.Close())
	}
	return errors.Join(errs...)
}

// Shape returns the size of the dump.
func (d *Dump) Shape() Shape { return d.shape }

// DType returns the type of the stored numbers.
func (d *Dump) DType() DType { return d.dtype }

// Format names the way in which the dump is stored, such as "npy".
func (d *Dump) Format() string { return d.format }

// Notes says what a reader of the dump should know of what is in its files and
// not in the dump. Mostly it is empty.
func (d *Dump) Notes() []string { return slices.Clone(d.notes) }

// Files returns the files that the dump is read from, in the order of their
// rows.
func (d *Dump) Files() []File {
	var files []File
	for _, s := range d.shards {
		files = append(files, s.files...)
	}
	return files
}

// firstPath is the path of the first file.
func (d *Dump) firstPath() string { return d.shards[0].files[0].Path }

// shardOf is the index of the shard with the given row.
func (d *Dump) shardOf(row int) int {
	return runOf(len(d.shards), row, func(i int) int { return d.shards[i].first + d.shards[i].rows })
}

// runOf finds the first of n runs of rows that follow each other whose end, the
// row after its last, lies behind the given row; n where there is none.
func runOf(n, row int, end func(i int) int) int {
	return sort.Search(n, func(i int) bool { return end(i) > row })
}

// LayerNames returns a name for every layer: the one that the file gives to
// it, else its number.
func (d *Dump) LayerNames() []string {
	if d.layers != nil {
		return slices.Clone(d.layers)
	}
	names := make([]string, d.shape.Layers)
	for i := range names {
		names[i] = strconv.Itoa(d.numbers[i])
	}
	return names
}

// IDs returns the ids of the rows, or nil when the Spec names no ID column.
func (d *Dump) IDs() ([]string, error) {
	if d.spec.ID == "" {
		return nil, nil
	}
	e, err := d.Examples()
	if err != nil {
		return nil, err
	}
	path := Printable(d.firstPath())
	if e == nil {
		return nil, fmt.Errorf("%s: no column %q: %s files hold no table beside the states", path, d.spec.ID, d.format)
	}
	column, ok := e.Column(d.spec.ID)
	if !ok {
		return nil, fmt.Errorf("%s: no column %q among %s", path, d.spec.ID, e.Names())
	}
	ids := make([]string, e.Len())
	for i := range ids {
		if column.IsNull(i) {
			return nil, fmt.Errorf("%s: column %q is null, expected an id", e.Where(i), d.spec.ID)
		}
		ids[i] = column.String(i)
	}
	return ids, nil
}

// Examples returns the columns that are stored beside the states, or nil when
// the format holds none.
func (d *Dump) Examples() (*Examples, error) { return d.examples() }

func (d *Dump) readExamples() (*Examples, error) {
	var all *Examples
	for _, s := range d.shards {
		e, err := s.table()
		if e == nil || err != nil {
			return nil, err
		}
		if all, err = all.Extend(e); err != nil {
			return nil, err
		}
	}
	return all, nil
}
