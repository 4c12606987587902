package input

// Compressed bytes may unpack to a temporary file of almost any size, but what
// is kept in memory is bounded by the size of the file that it comes from.

// MaxNumbers bounds counts before the file's length does, so that products of
// them cannot overflow.
const MaxNumbers = 1 << 48

// MaxMetadata bounds one piece of metadata: a schema, footer or message.
const MaxMetadata = 64 << 20

// UnpackLimit is the most memory that what is unpacked from a file of so many
// bytes may take. It goes by the whole file and not by the compressed bytes of
// one column: a mask, or the layer of an embedding, may shrink a
// thousandfold beside states that hardly shrink.
func UnpackLimit(size int64) int64 {
	const floor, ratio = 16 << 20, 256
	return max(floor, min(size, 1<<50)*ratio)
}

// SpoolLimit is the most that a file of so many bytes may unpack to on disk.
// Only numbers that are almost all the same shrink by more.
func SpoolLimit(size int64) int64 {
	const floor, ratio = 1 << 30, 1 << 16
	return max(floor, min(size, 1<<40)*ratio)
}

// rowMemory is about how much memory a value of a table takes, but for text.
const rowMemory = 17

// TableMemory bounds what a table takes. Values that are all the same hardly
// take any bytes in a file.
type TableMemory struct {
	file *File
	left int64
}

func NewTableMemory(f *File) *TableMemory { return &TableMemory{f, tableLimit(f.Size)} }

// tableLimit is unpackLimit for tables, whose prompts repeat each other at
// length.
func tableLimit(size int64) int64 {
	const floor, ratio = 16 << 20, 1024
	return max(floor, min(size, 1<<50)*ratio)
}

// Take counts n values, and their text.
func (m *TableMemory) Take(part string, n, text int64) error {
	if n < 0 || text < 0 || n > m.left/rowMemory {
		m.left = -1
	} else {
		m.left -= n*rowMemory + text
	}
	if m.left < 0 {
		limit := tableLimit(m.file.Size)
		return m.file.Errorf(part, -1, "a table that takes more memory", "at most %d bytes for a file of %d", limit, m.file.Size)
	}
	return nil
}

// SparseCells is the most cells, rows times columns, of a table whose rows need not
// name every column, such as JSON lines, of so many bytes.
func SparseCells(size int64) int64 { return UnpackLimit(size) / rowMemory }
