package activations

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"github.com/apache/arrow-go/v18/parquet"
	pqfile "github.com/apache/arrow-go/v18/parquet/file"

	"tell/activations/internal/input"
)

// parquetLists reads a column of lists of numbers, nested to any depth, that
// all have the same lengths.
type parquetLists struct {
	file  *parquetFile
	leaf  int
	part  string
	dtype DType

	dims   []int // lengths of the lists from the outermost
	levels []int16
	row    int64
}

// parquetBatch is how many numbers are decoded at a time.
const parquetBatch = 8192

// measure takes the lengths from the repetition levels of the first row: those
// of level k or less count the elements of the k outer lists together. Rows that
// were decoded with it are compared with it.
func (l *parquetLists) measure() error {
	depth := int(l.file.r.MetaData().Schema.Column(l.leaf).MaxRepetitionLevel())
	counts := make([]int, depth+1)
	values, done := 0, false
	var after, definedAfter []int16 // levels of further rows, as far as they are decoded
	err := l.walk(func(_ []byte, defined, repeated []int16) error {
		for i, r := range repeated {
			if r == 0 && values > 0 {
				done, after, definedAfter = true, repeated[i:], defined[i:]
				return io.EOF
			}
			if err := l.checkDefined(defined[i]); err != nil {
				return err
			}
			for k := int(r); k <= depth; k++ {
				counts[k]++
			}
			values++
			l.levels = append(l.levels, r)
		}
		if limit := input.UnpackLimit(l.file.Size); int64(values) > limit/int64(l.dtype.size()) {
			return l.file.Errorf(l.part+", row 0", -1, fmt.Sprintf("more than %d numbers", values), "at most %d bytes once unpacked", limit)
		}
		return nil
	})
	if err != nil && !done {
		return err
	}
	l.row = 0
	if values == 0 {
		l.dims = make([]int, depth)
		return nil
	}
	for k := 1; k <= depth; k++ {
		if counts[k-1] == 0 || counts[k]%counts[k-1] != 0 {
			return l.file.Errorf(l.part+", row 0", -1, "nested lists of different lengths", "equal ones")
		}
		l.dims = append(l.dims, counts[k]/counts[k-1])
	}
	if err := l.checkFirst(); err != nil {
		return err
	}
	defer func() { l.row = 0 }()
	for i, r := range after {
		if r == 0 {
			l.row++
		}
		if err := l.checkDefined(definedAfter[i]); err != nil {
			return err
		}
		if r != l.levels[i%len(l.levels)] {
			return l.otherLength()
		}
	}
	if n, ok := l.numbers(); ok && n != l.file.r.NumRows()*int64(values) {
		return l.unpack(io.Discard) // which finds the row
	}
	return nil
}

// numbers is how many the file says that the column has.
func (l *parquetLists) numbers() (total int64, ok bool) {
	for i := range l.file.r.NumRowGroups() {
		chunk, err := l.file.r.MetaData().RowGroup(i).ColumnChunk(l.leaf)
		if err != nil || chunk.NumValues() < 0 {
			return 0, false
		}
		total += chunk.NumValues()
	}
	return total, true
}

// otherLength refuses a row that is not as the first.
func (l *parquetLists) otherLength() error {
	return l.file.Errorf(fmt.Sprintf("%s, row %d", l.part, l.row), -1, "a list of another length", "%v in every row%s", l.dims, raggedHint)
}

// checkFirst makes sure that the first row is as regular as its counts.
func (l *parquetLists) checkFirst() error {
	for v := range l.levels {
		level, inside := len(l.dims), 1
		for level > 0 && v%(inside*l.dims[level-1]) == 0 {
			level--
			inside *= l.dims[level]
		}
		if int(l.levels[v]) != level {
			return l.file.Errorf(l.part+", row 0", -1, "nested lists of different lengths", "%v in every row", l.dims)
		}
	}
	return nil
}

func (l *parquetLists) checkDefined(level int16) error {
	if level != l.file.r.MetaData().Schema.Column(l.leaf).MaxDefinitionLevel() {
		return l.file.Errorf(fmt.Sprintf("%s, row %d", l.part, l.row), -1, "a null or an empty list", "numbers in every row")
	}
	return nil
}

// unpack writes all numbers, little-endian, and checks that every row is as
// long as the first.
func (l *parquetLists) unpack(w io.Writer) error {
	l.row = 0
	at := 0
	err := l.walk(func(raw []byte, defined, repeated []int16) error {
		for i, r := range repeated {
			if err := l.checkDefined(defined[i]); err != nil {
				return err
			}
			if at == len(l.levels) {
				at = 0
				if r == 0 { // else the row goes on
					l.row++
				}
			}
			if r != l.levels[at] {
				return l.otherLength()
			}
			at++
		}
		if len(raw) != len(repeated)*l.dtype.size() {
			return l.file.Errorf(l.part, -1, fmt.Sprintf("%d bytes for %d numbers", len(raw), len(repeated)), "as many numbers as levels")
		}
		_, err := w.Write(raw)
		return err
	})
	if err != nil {
		return err
	}
	rows := l.row + 1
	switch {
	case rows != l.file.r.NumRows():
		return l.file.Errorf(l.part, -1, fmt.Sprintf("%d rows, the last of %d numbers", rows, at), "%d of %d", l.file.r.NumRows(), len(l.levels))
	case at != len(l.levels):
		return l.otherLength()
	}
	return nil
}

// walk decodes the column in batches and calls f with the numbers and their
// definition and repetition levels.
func (l *parquetLists) walk(f func(raw []byte, defined, repeated []int16) error) error {
	l.file.mu.Lock()
	defer l.file.mu.Unlock()
	return l.file.guard(l.part, func() error {
		for g := range l.file.r.NumRowGroups() {
			if err := l.walkGroup(g, 0, f); err != nil {
				return err
			}
		}
		return nil
	})
}

// walkGroup decodes one row group from a row of it on.
func (l *parquetLists) walkGroup(g int, from int64, f func(raw []byte, defined, repeated []int16) error) error {
	chunk, err := l.file.column(g, l.leaf, l.part)
	if err != nil {
		return err
	}
	if from > 0 {
		if err := chunk.SeekToRow(from); err != nil {
			return l.file.Errorf(l.part, -1, input.InWords(err), "row %d of row group %d", from, g)
		}
	}
	var defined, repeated [parquetBatch]int16
	read := l.decoder(chunk)
	for morePages(chunk) {
		raw, n, err := read(defined[:], repeated[:])
		if err != nil {
			return l.file.Errorf(l.part, -1, input.InWords(err), "numbers in row group %d", g)
		}
		if n == 0 {
			return l.file.Errorf(l.part, -1, "a page without values", "numbers in row group %d", g)
		}
		if err := f(raw, defined[:n], repeated[:n]); err != nil {
			return err
		}
	}
	if err := chunk.Err(); err != nil {
		return l.file.Errorf(l.part, -1, input.InWords(err), "pages in row group %d", g)
	}
	return nil
}

// decoder returns a function that decodes a batch into little-endian bytes.
func (l *parquetLists) decoder(chunk pqfile.ColumnChunkReader) func(defined, repeated []int16) ([]byte, int64, error) {
	var raw []byte
	switch c := chunk.(type) {
	case *pqfile.Float32ColumnChunkReader:
		values := make([]float32, parquetBatch)
		return func(defined, repeated []int16) ([]byte, int64, error) {
			n, stored, err := c.ReadBatchInPage(parquetBatch, values, defined, repeated)
			raw = raw[:0]
			for _, v := range values[:stored] {
				raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
			}
			return raw, n, err
		}
	case *pqfile.Float64ColumnChunkReader:
		values := make([]float64, parquetBatch)
		return func(defined, repeated []int16) ([]byte, int64, error) {
			n, stored, err := c.ReadBatchInPage(parquetBatch, values, defined, repeated)
			raw = raw[:0]
			for _, v := range values[:stored] {
				raw = binary.LittleEndian.AppendUint64(raw, math.Float64bits(v))
			}
			return raw, n, err
		}
	case *pqfile.FixedLenByteArrayColumnChunkReader:
		values := make([]parquet.FixedLenByteArray, parquetBatch)
		return func(defined, repeated []int16) ([]byte, int64, error) {
			n, stored, err := c.ReadBatchInPage(parquetBatch, values, defined, repeated)
			raw = raw[:0]
			for _, v := range values[:stored] {
				raw = append(raw, v[:2]...)
			}
			return raw, n, err
		}
	case *pqfile.Int32ColumnChunkReader:
		values := make([]int32, parquetBatch)
		return func(defined, repeated []int16) ([]byte, int64, error) {
			n, stored, err := c.ReadBatchInPage(parquetBatch, values, defined, repeated)
			raw = raw[:0]
			for _, v := range values[:stored] {
				raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
			}
			return raw, n, err
		}
	}
	return func(_, _ []int16) ([]byte, int64, error) {
		return nil, 0, fmt.Errorf("numbers of type %v", chunk.Type())
	}
}
