package activations

import (
	"cmp"
	"encoding/binary"
	"fmt"

	"tell/activations/internal/input"
)

// The Arrow IPC metadata is decoded here and the columns are loaded one by one.
// arrow-go's reader would take a whole record batch, often the whole file, into
// memory for one layer, and it follows references in hostile metadata until the
// stack overflows. Its arrays are used for the columns of the table.

const (
	arrowMagic = "ARROW1"

	// continuation precedes every message since version 0.15 of the format.
	arrowContinuation = "\xff\xff\xff\xff"
)

// arrowFile is the metadata of an Arrow IPC file or stream.
type arrowFile struct {
	*input.File
	stream       bool
	fields       []arrowField
	starts       []arrowPosition // of every field, but for the buffers of views
	origin       origin
	dictionaries []arrowBatch
	batches      []arrowBatch
}

// arrowBatch is a record batch or a dictionary batch.
type arrowBatch struct {
	part    string // for error messages
	offset  int64  // of the message
	body    int64  // offset of the body
	length  int64  // of the body
	rows    int
	nodes   []arrowNode
	buffers []arrowBuffer
	views   []int64 // how many buffers each column of views has
	codec   arrowCodec

	dictionary int64 // its id
	delta      bool
	before     int // for a dictionary: how many record batches come before it
}

type arrowNode struct{ length, nulls int64 }

type arrowBuffer struct{ offset, length int64 }

type arrowCodec int8

const (
	arrowPlain arrowCodec = iota
	arrowLZ4
	arrowZSTD
)

// Types of messages as in Arrow's Message.fbs.
const (
	arrowSchemaMessage     = 1
	arrowDictionaryMessage = 2
	arrowBatchMessage      = 3
)

// readArrowFile reads the footer and all messages that it lists.
func readArrowFile(f *input.File) (*arrowFile, error) {
	const tail = int64(4 + len(arrowMagic))
	part := "footer"
	if f.Size < 8+tail {
		return nil, f.Errorf(part, f.Size, "the end of the file", "a footer: the file is cut short")
	}
	end := f.Size - tail
	var b [tail]byte
	if err := f.ReadAt(b[:], end, part); err != nil {
		return nil, err
	}
	if string(b[4:]) != arrowMagic {
		return nil, f.Errorf(part, end+4, fmt.Sprintf("%q", b[4:]), "%q: the file is cut short or was not closed", arrowMagic)
	}
	length := int64(int32(binary.LittleEndian.Uint32(b[:])))
	if length < 8 || length > min(end-8, input.MaxMetadata) {
		return nil, f.Errorf(part, end, fmt.Sprintf("a length of %d bytes", length), "8 to %d", min(end-8, input.MaxMetadata))
	}
	meta := make([]byte, length)
	if err := f.ReadAt(meta, end-length, part); err != nil {
		return nil, err
	}
	a := &arrowFile{File: f}
	root := flatRoot(meta)
	schema, ok := root.table(1)
	if !ok {
		return nil, f.Errorf(part, end-length, "no schema", "a schema")
	}
	if err := a.setSchema(schema, part, end-length); err != nil {
		return nil, err
	}
	total := end - length
	for _, list := range []struct {
		field int
		typ   uint8
	}{{2, arrowDictionaryMessage}, {3, arrowBatchMessage}} {
		start, n := root.vector(list.field, 24)
		for i := range n {
			block := arrowBlock{
				offset: root.buf.i64(start + 24*i),
				meta:   int64(int32(root.buf.u32(start + 24*i + 8))),
				body:   root.buf.i64(start + 24*i + 16),
			}
			if err := a.addBlock(block, list.typ, &total); err != nil {
				return nil, err
			}
		}
	}
	if root.buf.broken {
		return nil, f.Errorf(part, end-length, "references that leave the footer", "an Arrow footer")
	}
	return a, nil
}

// arrowBlock says where a message is.
type arrowBlock struct{ offset, meta, body int64 }

// addBlock reads a message that the footer lists. room is what is left of the
// file for further blocks: blocks that overlap could unfold without end.
func (a *arrowFile) addBlock(block arrowBlock, typ uint8, room *int64) error {
	part := a.partOf(typ)
	if block.offset < 8 || block.meta < 8 || block.body < 0 ||
		block.offset > a.Size-block.meta || block.meta > input.MaxMetadata || block.body > a.Size-block.offset-block.meta {
		return a.Errorf(part, block.offset, fmt.Sprintf("a block of %d + %d bytes", block.meta, block.body),
			"a block inside the file of %d bytes", a.Size)
	}
	if *room -= block.meta + block.body; *room < 0 {
		return a.Errorf(part, block.offset, "blocks that overlap", "every block once")
	}
	meta := make([]byte, block.meta)
	if err := a.ReadAt(meta, block.offset, part); err != nil {
		return err
	}
	prefix := 4
	if string(meta[:4]) == arrowContinuation {
		prefix = 8
	}
	length := int64(int32(binary.LittleEndian.Uint32(meta[prefix-4:])))
	if length < 8 || length > block.meta-int64(prefix) {
		return a.Errorf(part, block.offset, fmt.Sprintf("metadata of %d bytes", length), "at most the %d that the footer grants", block.meta-int64(prefix))
	}
	message := meta[prefix : int64(prefix)+length]
	found, body, err := a.add(message, block.offset, block.offset+block.meta)
	switch {
	case err != nil:
		return err
	case found != typ:
		return a.Errorf(part, block.offset, fmt.Sprintf("a message of type %d", found), "type %d", typ)
	case body != block.body:
		return a.Errorf(part, block.offset, fmt.Sprintf("a body of %d bytes", body), "%d as in the footer", block.body)
	}
	return nil
}

// readArrowStream walks over the messages of a stream.
func readArrowStream(f *input.File) (*arrowFile, error) {
	a := &arrowFile{File: f, stream: true}
	for pos := int64(0); pos < f.Size; {
		next, err := a.readMessage(pos)
		if err != nil {
			return nil, err
		}
		if next == pos {
			break
		}
		pos = next
	}
	if a.fields == nil {
		return nil, f.Errorf("schema", 0, "no columns", "a schema with columns")
	}
	return a, nil
}

// readMessage reads the message at pos and returns where the next one is, or
// pos itself at the end of the stream.
func (a *arrowFile) readMessage(pos int64) (next int64, err error) {
	part := fmt.Sprintf("message %d", len(a.batches)+len(a.dictionaries))
	start := pos
	var b [4]byte
	if err := a.ReadAt(b[:], pos, part); err != nil {
		return 0, err
	}
	pos += 4
	if string(b[:]) == arrowContinuation {
		if err := a.ReadAt(b[:], pos, part); err != nil {
			return 0, err
		}
		pos += 4
	}
	length := int64(int32(binary.LittleEndian.Uint32(b[:])))
	if length == 0 {
		return start, nil
	}
	if length < 8 || length > min(a.Size-pos, input.MaxMetadata) {
		return 0, a.Errorf(part, pos-4, fmt.Sprintf("metadata of %d bytes", length), "8 to %d", min(a.Size-pos, input.MaxMetadata))
	}
	message := make([]byte, length)
	if err := a.ReadAt(message, pos, part); err != nil {
		return 0, err
	}
	pos += length
	_, body, err := a.add(message, start, pos)
	return pos + body, err
}

func (a *arrowFile) partOf(typ uint8) string {
	switch typ {
	case arrowDictionaryMessage:
		return fmt.Sprintf("dictionary batch %d", len(a.dictionaries))
	case arrowBatchMessage:
		return fmt.Sprintf("record batch %d", len(a.batches))
	}
	return "schema"
}

// add decodes a message whose body begins at body.
func (a *arrowFile) add(message []byte, offset, body int64) (typ uint8, length int64, err error) {
	root := flatRoot(message)
	typ, length = root.uint8(1), root.int64(3)
	part := a.partOf(typ)
	header, ok := root.table(2)
	if !ok {
		return 0, 0, a.Errorf(part, offset, "no header", "an Arrow message")
	}
	if version := root.int16(0, 0); version < 3 {
		return 0, 0, a.Errorf(part, offset, fmt.Sprintf("metadata version V%d", version+1), "V4 or V5")
	}
	if length < 0 || length > a.Size-body {
		return 0, 0, a.Errorf(part, offset, fmt.Sprintf("a body of %d bytes", length), "at most the %d that are left in the file", a.Size-body)
	}
	batch := arrowBatch{part: part, offset: offset, body: body, length: length, before: len(a.batches)}
	switch typ {
	case arrowSchemaMessage:
		if a.fields != nil {
			return 0, 0, a.Errorf(part, offset, "a second schema", "one")
		}
		return typ, length, a.setSchema(header, part, offset)
	case arrowDictionaryMessage:
		batch.dictionary, batch.delta = header.int64(0), header.bool(2)
		if header, ok = header.table(1); !ok {
			return 0, 0, a.Errorf(part, offset, "no values", "a dictionary")
		}
	case arrowBatchMessage:
	default:
		return 0, 0, a.Errorf(part, offset, fmt.Sprintf("a message of type %d", typ), "a schema, dictionary or record batch")
	}
	if a.fields == nil {
		return 0, 0, a.Errorf(part, offset, "no schema before it", "a schema first")
	}
	if err := a.decodeBatch(&batch, header); err != nil {
		return 0, 0, err
	}
	if typ == arrowDictionaryMessage {
		a.dictionaries = append(a.dictionaries, batch)
	} else {
		a.batches = append(a.batches, batch)
	}
	return typ, length, nil
}

func (a *arrowFile) setSchema(t flatTable, part string, offset int64) error {
	s := arrowSchema{budget: 4 * len(t.buf.b)}
	a.fields = s.decode(t)
	var at arrowPosition
	for i := range a.fields {
		a.starts = append(a.starts, at)
		n, buffers, views := a.fields[i].extent()
		at = arrowPosition{at.node + n, at.buffer + buffers, at.view + views}
	}
	metadata := map[string]string{}
	s.pairs(t, 2, func(key, value string) {
		if _, twice := metadata[key]; !twice {
			metadata[key] = value
		}
	})
	a.origin = originOf(func(key string) string { return metadata[key] })
	if t.buf.broken {
		s.bad = "references that leave the metadata"
	}
	if s.bad != "" {
		return a.Errorf(part, offset, s.bad, "%s", cmp.Or(s.want, "an Arrow schema"))
	}
	return nil
}

// decodeBatch reads the table of a record batch and checks every buffer.
func (a *arrowFile) decodeBatch(b *arrowBatch, t flatTable) error {
	fail := func(found, expected string, args ...any) error {
		return a.Errorf(b.part, b.offset, found, expected, args...)
	}
	rows := t.int64(0)
	b.rows = int(rows)
	if rows < 0 || int64(b.rows) != rows {
		return fail(fmt.Sprintf("%d rows", rows), "a number of rows")
	}
	start, n := t.vector(1, 16)
	for i := range n {
		b.nodes = append(b.nodes, arrowNode{t.buf.i64(start + 16*i), t.buf.i64(start + 16*i + 8)})
	}
	start, n = t.vector(2, 16)
	room := b.length
	for i := range n {
		buffer := arrowBuffer{t.buf.i64(start + 16*i), t.buf.i64(start + 16*i + 8)}
		if buffer.offset < 0 || buffer.length < 0 || buffer.offset > b.length || buffer.length > b.length-buffer.offset {
			return fail(fmt.Sprintf("buffer %d at %d + %d", i, buffer.offset, buffer.length), "a buffer inside the body of %d bytes", b.length)
		}
		if room -= buffer.length; room < 0 {
			return fail("buffers that overlap", "every byte of the body in one buffer")
		}
		b.buffers = append(b.buffers, buffer)
	}
	if compression, ok := t.table(3); ok {
		switch codec := compression.uint8(0); codec {
		case 0:
			b.codec = arrowLZ4
		case 1:
			b.codec = arrowZSTD
		default:
			return fail(fmt.Sprintf("compression %d", codec), "lz4 or zstd")
		}
	}
	start, n = t.vector(4, 8)
	for i := range n {
		b.views = append(b.views, t.buf.i64(start+8*i))
	}
	if t.buf.broken {
		return fail("references that leave the metadata", "an Arrow message")
	}
	return nil
}

// arrowPosition is where a column begins among the nodes, buffers and columns
// of views of a batch.
type arrowPosition struct{ node, buffer, view int }

// start finds the column of a field in a record batch.
func (a *arrowFile) start(b *arrowBatch, field int) (arrowPosition, error) {
	return a.within(b, a.starts[field])
}

// within counts in the buffers of the views of a batch before a position.
func (a *arrowFile) within(b *arrowBatch, at arrowPosition) (arrowPosition, error) {
	for _, n := range b.views[:min(at.view, len(b.views))] {
		if n < 0 || n > int64(len(b.buffers)) {
			return at, a.Errorf(b.part, b.offset, fmt.Sprintf("%d buffers of a view", n), "at most %d", len(b.buffers))
		}
		at.buffer += int(n)
	}
	return at, nil
}
