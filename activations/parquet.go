package activations

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/schema"

	"tell/activations/internal/input"
)

const parquetMagic = "PAR1"

// parquetFile is an open Parquet file. arrow-go decodes it, one page after the
// other, within a budget of memory; states go through a spool.
type parquetFile struct {
	*input.File
	mu     sync.Mutex
	r      *pqfile.Reader
	budget *budget

	// Of the table that is being read.
	memory   *input.TableMemory
	duration *arrowField // of the column, if it is one
}

func openParquet(f *input.File, spec Spec) (source, error) {
	p, err := newParquetFile(f)
	if err != nil {
		return nil, err
	}
	leaves, err := p.leaves(spec)
	if err != nil {
		return nil, err
	}
	if len(leaves) == 0 && spec.Tensor == "" {
		return nil, noStates(f, "columns", p.describe()...)
	}
	chosen, err := p.choose(spec, leaves)
	if err != nil {
		return nil, err
	}
	if spec.Position != "" {
		s, err := p.ragged(spec, chosen, leaves)
		if err != nil {
			return nil, err
		}
		if s != nil {
			s.size.origin = p.origin()
			return s, nil
		}
	}
	leaves = slices.DeleteFunc(leaves, func(l parquetLeaf) bool { return !slices.Contains(chosen.names, l.name) })
	tensors, err := p.tensors(spec, leaves)
	if err != nil {
		return nil, err
	}
	s, err := newTensorSource(f, spec, tensors)
	if err != nil {
		return nil, err
	}
	s.size.origin = p.origin()
	s.columns = func() (*Examples, error) {
		return p.examples(func(name string) bool { return slices.Contains(s.choice.names, name) }, spec.counts())
	}
	return s, nil
}

// choose picks among the columns by what the schema says, before any is unpacked.
func (p *parquetFile) choose(spec Spec, leaves []parquetLeaf) (choice, error) {
	var names, others []string
	for _, l := range leaves {
		switch {
		case l.name == spec.Tensor:
			names = append(names, l.name)
		case !l.shaped && (spec.Axes == nil && l.rank > 4 || spec.Axes != nil && l.rank != len(spec.Axes)):
		case spec.DType != "" && spec.DType != l.dtype:
			others = append(others, l.name)
		default:
			names = append(names, l.name)
		}
	}
	if names == nil {
		names = others // to be refused for their type
	}
	if names == nil && spec.Tensor == "" {
		return choice{}, noStates(p.File, "columns", p.describe()...)
	}
	return choose(p.File, "columns", names, spec.Tensor)
}

// origin reads the metadata of the file.
func (p *parquetFile) origin() origin {
	metadata := p.r.MetaData().KeyValueMetadata()
	return originOf(func(key string) string {
		if value := metadata.FindValue(key); value != nil {
			return *value
		}
		return ""
	})
}

func parquetExamples(f *input.File, lists []string) (*Examples, error) {
	p, err := newParquetFile(f)
	if err != nil {
		return nil, err
	}
	return p.examples(func(string) bool { return false }, lists)
}

// guard turns a panic of arrow-go into an error.
func (p *parquetFile) guard(part string, f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = p.Errorf(part, -1, fmt.Sprintf("damaged data (%v)", r), "a sound Parquet file")
		}
	}()
	return f()
}

func newParquetFile(f *input.File) (*parquetFile, error) {
	const part, tail = "footer", 8
	p := &parquetFile{File: f}
	if f.Size < 4+tail {
		return nil, f.Errorf(part, -1, fmt.Sprintf("a file that ends after %d bytes", f.Size), "%d or more: it is cut short", 4+tail)
	}
	var b [tail]byte
	if err := f.ReadAt(b[:], f.Size-tail, part); err != nil {
		return nil, err
	}
	if string(b[4:]) != parquetMagic {
		return nil, f.Errorf(part, f.Size-4, fmt.Sprintf("%q", b[4:]), "%q: the file is cut short, or encrypted", parquetMagic)
	}
	length := int64(binary.LittleEndian.Uint32(b[:]))
	if most := min(f.Size-4-tail, input.MaxMetadata); length > most {
		return nil, f.Errorf(part, f.Size-tail, fmt.Sprintf("a length of %d bytes", length), "at most %d", most)
	}
	footer := make([]byte, length)
	at := f.Size - tail - length
	if err := f.ReadAt(footer, at, part); err != nil {
		return nil, err
	}
	if err := checkParquetFooter(footer); err != nil {
		return nil, f.Errorf(part, at, input.InWords(err), "the metadata of a Parquet file")
	}
	limit := input.UnpackLimit(f.Size)
	p.budget = &budget{Allocator: memory.DefaultAllocator, limit: 2 * limit}
	p.budget.renew()
	props := parquet.NewReaderProperties(p.budget)
	props.BufferedStreamEnabled = true
	props.MaxCompressedPageSize = f.Size
	props.MaxUncompressedPageSize = limit
	err := p.guard(part, func() error {
		r, err := pqfile.NewParquetReader(io.NewSectionReader(f.R, 0, f.Size), pqfile.WithReadProps(props))
		if err != nil {
			return f.Errorf(part, at, input.InWords(err), "a Parquet file")
		}
		p.r = r
		return p.checkGroups()
	})
	return p, err
}

// checkGroups makes sure that the row groups are of the same columns, and that
// what they claim to hold fits in the file.
func (p *parquetFile) checkGroups() error {
	meta := p.r.MetaData()
	room, rows := p.Size, int64(0)
	for i := range p.r.NumRowGroups() {
		group := meta.RowGroup(i)
		part := fmt.Sprintf("row group %d", i)
		if n := group.NumColumns(); n != meta.Schema.NumColumns() {
			return p.Errorf(part, -1, fmt.Sprintf("%d columns", n), "%d as in the schema", meta.Schema.NumColumns())
		}
		if group.NumRows() < 0 || group.NumRows() > input.MaxNumbers {
			return p.Errorf(part, -1, fmt.Sprintf("%d rows", group.NumRows()), "a number of rows")
		}
		rows += group.NumRows()
		for k := range group.NumColumns() {
			chunk, err := group.ColumnChunk(k)
			if err != nil {
				return p.Errorf(part, -1, input.InWords(err), "column %d", k)
			}
			if n := chunk.TotalCompressedSize(); n < 0 || n > room {
				return p.Errorf(part, -1, fmt.Sprintf("a column of %d bytes", n), "columns that fit in the file of %d without overlap", p.Size)
			}
			room -= chunk.TotalCompressedSize()
		}
	}
	if rows != p.r.NumRows() {
		return p.Errorf("footer", -1, fmt.Sprintf("%d rows", p.r.NumRows()), "%d as in the row groups", rows)
	}
	return nil
}

// column opens a column of a row group. What the one before has taken is
// garbage by now, though not all of it was given back.
func (p *parquetFile) column(group, leaf int, part string) (pqfile.ColumnChunkReader, error) {
	p.budget.renew()
	chunk, err := p.r.RowGroup(group).Column(leaf)
	if err != nil {
		return nil, p.Errorf(part, -1, input.InWords(err), "a column of row group %d", group)
	}
	return chunk, nil
}

// morePages reports whether a column goes on. arrow-go takes a page without values
// for the end, and goes on when it is asked again; pyarrow writes such pages.
func morePages(chunk pqfile.ColumnChunkReader) bool {
	return chunk.HasNext() || chunk.Err() == nil && chunk.HasNext()
}

// budget is an allocator that panics when a column asks for more memory than
// the size of the file justifies. The panic is recovered where it is read.
type budget struct {
	memory.Allocator
	limit int64
	left  atomic.Int64
}

func (b *budget) renew() { b.left.Store(b.limit) }

func (b *budget) take(n int) {
	if b.left.Add(int64(-n)) < 0 {
		panic(fmt.Sprintf("a request for %d bytes of memory, more than the file can back", n))
	}
}

func (b *budget) Allocate(size int) []byte {
	b.take(size)
	return b.Allocator.Allocate(size)
}

func (b *budget) Reallocate(size int, old []byte) []byte {
	b.take(size - len(old))
	return b.Allocator.Reallocate(size, old)
}

func (b *budget) Free(old []byte) {
	b.take(-len(old))
	b.Allocator.Free(old)
}

// parquetLeaf is a column of lists of numbers.
type parquetLeaf struct {
	index  int
	name   string
	dtype  DType
	rank   int  // with the axis of rows
	shaped bool // a FixedShapeTensor
}

// leaves finds the columns that can hold states.
func (p *parquetFile) leaves(spec Spec) (found []parquetLeaf, err error) {
	err = p.guard("schema", func() error {
		leaves := map[string]int{}
		for i := range p.r.MetaData().Schema.NumColumns() {
			leaves[p.r.MetaData().Schema.Column(i).ColumnPath()[0]]++
		}
		shapes := p.tensorShapes()
		for i := range p.r.MetaData().Schema.NumColumns() {
			c := p.r.MetaData().Schema.Column(i)
			name := c.ColumnPath()[0]
			dtype := parquetNumber(c, spec.DType)
			if dtype == "" || c.MaxRepetitionLevel() == 0 || leaves[name] > 1 {
				continue
			}
			if slices.Contains(spec.counts(), name) {
				continue
			}
			found = append(found, parquetLeaf{i, name, dtype, 1 + int(c.MaxRepetitionLevel()), shapes[name] != nil})
		}
		return nil
	})
	return found, err
}

// tensors describes the columns whose lists are all of one length.
func (p *parquetFile) tensors(spec Spec, leaves []parquetLeaf) (tensors []*tensor, err error) {
	err = p.guard("schema", func() error {
		shapes := p.tensorShapes()
		for _, l := range leaves {
			t, err := p.tensor(l.index, l.name, l.dtype, shapes[l.name])
			if err != nil {
				return err
			}
			if spec.DType != "" && spec.DType != l.dtype {
				t.refusal = p.Errorf(t.stored.part, -1, string(l.dtype), "%s, as declared", spec.DType)
			}
			tensors = append(tensors, t)
		}
		return nil
	})
	return tensors, err
}

// describe names the columns with what is in them, for an error.
func (p *parquetFile) describe() (columns []string) {
	paths := map[string]int{}
	for i := range p.r.MetaData().Schema.NumColumns() {
		paths[p.r.MetaData().Schema.Column(i).Path()]++
	}
	for i := range p.r.MetaData().Schema.NumColumns() {
		c := p.r.MetaData().Schema.Column(i)
		kind := strings.ToLower(c.PhysicalType().String())
		if n, ok := c.LogicalType().(schema.IntLogicalType); ok && n.BitWidth() == 16 && !n.IsSigned() {
			kind = "uint16"
		}
		if c.MaxRepetitionLevel() > 0 {
			kind = "lists of " + kind
		}
		if paths[c.Path()] > 1 {
			kind += ", a name that occurs twice"
		}
		columns = append(columns, fmt.Sprintf("%q (%s)", c.Path(), kind))
	}
	return columns
}

// parquetNumber returns the type of a column's numbers if it can hold states.
func parquetNumber(c *schema.Column, declared DType) DType {
	switch c.PhysicalType() {
	case parquet.Types.Float:
		return F32
	case parquet.Types.Double:
		return F64
	case parquet.Types.FixedLenByteArray:
		if _, half := c.LogicalType().(schema.Float16LogicalType); half && c.TypeLength() == 2 {
			return F16
		}
	case parquet.Types.Int32:
		if i, ok := c.LogicalType().(schema.IntLogicalType); ok && i.BitWidth() == 16 && (declared == BF16 || declared == F16) {
			return declared
		}
	}
	return ""
}

// tensorShapes reads the shapes of FixedShapeTensor columns from the Arrow
// schema that Arrow's writers keep in the file.
func (p *parquetFile) tensorShapes() map[string]*arrowField {
	a := p.arrowSchema()
	if a == nil {
		return nil
	}
	shapes := map[string]*arrowField{}
	for i := range a.fields {
		if f := &a.fields[i]; f.extension == fixedShapeTensor {
			shapes[f.name] = f
		}
	}
	return shapes
}

// arrowSchema is the schema that Arrow's writers keep in the file, or nil.
func (p *parquetFile) arrowSchema() *arrowFile {
	value := p.r.MetaData().KeyValueMetadata().FindValue("ARROW:schema")
	if value == nil {
		return nil
	}
	message, err := base64.StdEncoding.DecodeString(*value)
	if err != nil || len(message) < 8 {
		return nil
	}
	a := &arrowFile{File: input.InMemory(p.Path, message)}
	if _, err := a.readMessage(0); err != nil {
		return nil
	}
	return a
}

// tensor describes leaf column i, of whose rows the first gives the shape.
func (p *parquetFile) tensor(i int, name string, dtype DType, shaped *arrowField) (*tensor, error) {
	l := &parquetLists{file: p, leaf: i, part: fmt.Sprintf("column %q", name), dtype: dtype}
	if err := l.measure(); err != nil {
		return nil, err
	}
	stored := storage{part: l.part, encoding: encoding{dtype: dtype}, shape: []int{int(p.r.NumRows())}}
	if stored.shape[0] == 0 {
		for i := range l.dims {
			l.dims[i] = 1 // nothing says how many
		}
	}
	stored.shape = append(stored.shape, l.dims...)
	if shaped != nil && len(l.dims) == 1 {
		shaped.size = l.dims[0]
		shape, order, bad := shaped.tensorShape()
		if bad != "" {
			return nil, p.Errorf(l.part, -1, bad, "the shape of %d numbers", l.dims[0])
		}
		stored.shape, stored.strides = permuted(append(stored.shape[:1], shape...), order, dtype)
	}
	size, ok := stored.bytes()
	if limit := input.SpoolLimit(p.Size); !ok || size > limit {
		return nil, p.Errorf(l.part, -1, byteCount(size, ok)+" once unpacked", "at most %d for a file of %d bytes", limit, p.Size)
	}
	return &tensor{name: name, source: p.File, size: size, stored: stored, unpack: l.unpack}, nil
}
