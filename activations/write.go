package activations

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"tell/internal/atomicfile"
)

// ConvertSettings says what Convert writes.
type ConvertSettings struct {
	// DType is the type to write: f16, bf16, f32 or f64. Default: that of the
	// dump, and f16, which holds them exactly, for 8-bit types.
	DType DType
	// Layers are those to write by their numbers, in that order. Default: all.
	Layers []int
	// AllowOverflow lets finite numbers that DType cannot hold become
	// infinities. Otherwise they are an error and nothing is written.
	AllowOverflow bool
	// Progress, if not nil, is told how many of the rows are written.
	Progress func(done, total int)
}

// Conversion is what Convert has written.
type Conversion struct {
	Format    string
	Shape     Shape
	DType     DType
	Overflows int      // finite numbers that became infinite
	Notes     []string // what a reader of the file must know
}

// OverflowError counts the numbers that a type cannot hold.
type OverflowError struct {
	DType      DType
	Count      int
	Row, Layer int // of the first
	Value      float64
}

func (e *OverflowError) Error() string {
	return fmt.Sprintf("%d numbers are too large for %s, the first in row %d, layer %d: %v, expected at most %s",
		e.Count, e.DType, e.Row, e.Layer, e.Value, e.DType.largest())
}

// output is what a writer is about to write.
type output struct {
	shape  Shape
	dtype  DType
	layers []string
	origin origin
	table  func() (*Examples, error)
}

// axes is the shape of the array without an axis of one position.
func (o *output) axes() []int {
	if o.shape.Positions == 1 {
		return []int{o.shape.Rows, o.shape.Layers, o.shape.Width}
	}
	return []int{o.shape.Rows, o.shape.Layers, o.shape.Positions, o.shape.Width}
}

// statesWriter takes rows in order: little-endian numbers, rows x layers x
// positions x width.
type statesWriter interface {
	writeRows(b []byte, rows int) error
	close() error
}

// outputFormat is a way of writing states.
type outputFormat struct {
	extension, name string
	begin           func(w io.Writer, o *output) (statesWriter, error)
	notes           func(o *output) []string
}

var outputFormats = []outputFormat{
	{".npy", "npy", beginNPY, npyNotes},
	{".arrow", "arrow-file", beginArrow, bf16AsIntegers},
	{".safetensors", "safetensors", beginSafetensors, nil},
}

// bf16AsIntegers says what formats without bfloat16 do about it.
func bf16AsIntegers(o *output) []string {
	if o.dtype != BF16 {
		return nil
	}
	return []string{"bf16 is stored as uint16, for which the format has no name: declare dtype bf16 to read it"}
}

// npyNotes says what npy has no place for.
func npyNotes(o *output) []string {
	notes := bf16AsIntegers(o)
	for i, name := range o.layers {
		if name != strconv.Itoa(i) {
			return append(notes, "npy does not say which layers these are: put their numbers into layers.json beside it, or state layer_numbers")
		}
	}
	return notes
}

// OutputExtensions lists the endings of the files that Convert can write.
func OutputExtensions() []string {
	var all []string
	for _, f := range outputFormats {
		all = append(all, f.extension)
	}
	return all
}

func outputFormatOf(path string) (outputFormat, error) {
	ext := strings.ToLower(filepath.Ext(path))
	for _, f := range outputFormats {
		if f.extension == ext {
			return f, nil
		}
	}
	return outputFormat{}, fmt.Errorf("%s: found the extension %q, expected one of %s", path, ext, strings.Join(OutputExtensions(), ", "))
}

// Convert writes a dump to path in the format that its ending names: .npy,
// .arrow (an Arrow IPC file, with the columns beside the states) or
// .safetensors, as rows x layers x positions x width, without the axis of
// positions where there is one only. Numbers that the type does not hold are
// rounded to the nearest, ties to even. It reads and writes a block at a time,
// which is a row at least; the file appears when it is whole.
func Convert(ctx context.Context, d *Dump, path string, s ConvertSettings) (*Conversion, error) {
	format, err := outputFormatOf(path)
	if err != nil {
		return nil, err
	}
	c, err := newConverter(d, s)
	if err != nil {
		return nil, err
	}
	for _, f := range d.Files() {
		if same(f.Path, path) {
			return nil, fmt.Errorf("%s: the dump itself, expected another file to write", path)
		}
	}
	err = atomicfile.Write(path, func(w io.Writer) error {
		out, err := format.begin(w, &c.output)
		if err != nil {
			return err
		}
		if err := c.run(ctx, out); err != nil {
			return err
		}
		return out.close()
	})
	if err != nil {
		return nil, err
	}
	result := &Conversion{Format: format.name, Shape: c.output.shape, DType: c.output.dtype, Overflows: c.overflow.Count}
	if format.notes != nil {
		result.Notes = format.notes(&c.output)
	}
	return result, nil
}

func same(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// converter reads rows of a dump and encodes them.
type converter struct {
	dump     *Dump
	layers   []int
	settings ConvertSettings
	output   output
	overflow OverflowError
}

func newConverter(d *Dump, s ConvertSettings) (*converter, error) {
	if err := d.checkEven(); err != nil {
		return nil, err
	}
	c := &converter{dump: d, settings: s, output: output{shape: d.shape, dtype: s.DType, origin: d.origin, table: d.Examples}}
	if c.output.dtype == "" {
		c.output.dtype = d.dtype
		if d.dtype.size() == 1 {
			c.output.dtype = F16
		}
	}
	switch c.output.dtype {
	case F16, BF16, F32, F64:
	default:
		return nil, fmt.Errorf("dtype %s cannot be written, expected %s, %s, %s or %s", c.output.dtype, F16, BF16, F32, F64)
	}
	numbers := s.Layers
	if numbers == nil {
		numbers = d.numbers
	}
	names := d.LayerNames()
	for i, number := range numbers {
		layer := d.LayerIndex(number)
		if layer < 0 {
			return nil, fmt.Errorf("layer %d is not among the %d layers of the dump, %v", number, d.shape.Layers, d.numbers)
		}
		if slices.Index(numbers, number) < i {
			return nil, fmt.Errorf("layer %d is asked for twice", number)
		}
		c.layers, c.output.layers = append(c.layers, layer), append(c.output.layers, names[layer])
	}
	c.output.shape.Layers = len(c.layers)
	return c, nil
}

// run converts all rows, as many at a time as fit in a block.
func (c *converter) run(ctx context.Context, w statesWriter) error {
	shape := c.output.shape
	perRow := shape.Layers * shape.Positions * shape.Width
	step := min(shape.Rows, max(1, 4*blockSize/perRow))
	numbers := make([]float64, step*perRow)
	scratch := make([]float64, step*shape.Width)
	var encoded []byte
	for lo := 0; lo < shape.Rows; lo += step {
		if err := ctx.Err(); err != nil {
			return err
		}
		hi := min(lo+step, shape.Rows)
		block := numbers[:(hi-lo)*perRow]
		if err := c.read(block, scratch, lo, hi); err != nil {
			return err
		}
		var overflows, first int
		encoded, overflows, first = encode(encoded[:0], block, c.output.dtype)
		c.note(overflows, first, lo, block)
		if err := w.writeRows(encoded, hi-lo); err != nil {
			return err
		}
		if c.settings.Progress != nil {
			c.settings.Progress(hi, shape.Rows)
		}
	}
	if c.overflow.Count > 0 && !c.settings.AllowOverflow {
		return &c.overflow
	}
	return nil
}

// read fills a block of rows x layers x positions x width.
func (c *converter) read(block, scratch []float64, lo, hi int) error {
	shape := c.output.shape
	width, perRow := shape.Width, shape.Layers*shape.Positions*shape.Width
	for k, layer := range c.layers {
		for p := range shape.Positions {
			rows := scratch[:(hi-lo)*width]
			if err := c.dump.ReadFloat64(rows, layer, p, lo, hi); err != nil {
				return err
			}
			at := (k*shape.Positions + p) * width
			for i := range hi - lo {
				copy(block[i*perRow+at:][:width], rows[i*width:])
			}
		}
	}
	return nil
}

// note counts overflows and keeps the place of the first.
func (c *converter) note(overflows, first, lo int, block []float64) {
	if overflows > 0 && c.overflow.Count == 0 {
		shape := c.output.shape
		perLayer := shape.Positions * shape.Width
		c.overflow = OverflowError{DType: c.output.dtype, Row: lo + first/(perLayer*shape.Layers),
			Layer: c.dump.numbers[c.layers[first/perLayer%shape.Layers]], Value: block[first]}
	}
	c.overflow.Count += overflows
}
