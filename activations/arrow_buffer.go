package activations

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"tell/activations/internal/input"
)

// arrowBytes says where the content of a buffer is.
type arrowBytes struct {
	file   *input.File
	part   string
	offset int64 // in the file
	stored int64 // bytes in the file
	size   int64 // bytes once unpacked
	codec  arrowCodec
}

// content finds buffer i of a batch. Compressed buffers begin with the length
// of what they unpack to, or -1 if they are stored plain after all.
func (a *arrowFile) content(b *arrowBatch, i int, part string) (arrowBytes, error) {
	part = b.part + ", " + part
	if i >= len(b.buffers) {
		return arrowBytes{}, a.Errorf(part, b.offset, fmt.Sprintf("%d buffers", len(b.buffers)), "more, as the schema says")
	}
	at, length := b.body+b.buffers[i].offset, b.buffers[i].length
	x := arrowBytes{file: a.File, part: part, offset: at, stored: length, size: length}
	if b.codec == arrowPlain || length == 0 {
		return x, nil
	}
	var head [8]byte
	if length < 8 {
		return x, a.Errorf(part, at, fmt.Sprintf("%d bytes", length), "8 bytes of length before a compressed buffer")
	}
	if err := a.ReadAt(head[:], at, part); err != nil {
		return x, err
	}
	x.offset, x.stored, x.size = at+8, length-8, int64(binary.LittleEndian.Uint64(head[:]))
	if x.size == -1 {
		x.size = x.stored
		return x, nil
	}
	if x.codec = b.codec; x.size < 0 || x.size > input.SpoolLimit(a.Size) {
		return x, a.Errorf(part, at, fmt.Sprintf("a length of %d once unpacked", x.size), "at most %d for a file of %d bytes", input.SpoolLimit(a.Size), a.Size)
	}
	return x, nil
}

// isLonger reports whether a buffer holds more than so many bytes and what
// writers add to them: its type may be damaged, such as float32 for float64.
func (x arrowBytes) isLonger(need int64) bool {
	const padding = 64
	return x.size > (need+padding-1)/padding*padding+padding
}

// unpack returns a reader of exactly x.size bytes.
func (x arrowBytes) unpack() (io.ReadCloser, error) {
	section := io.NewSectionReader(x.file.R, x.offset, x.stored)
	switch x.codec {
	case arrowLZ4:
		return io.NopCloser(lz4.NewReader(section)), nil
	case arrowZSTD:
		return newZSTDReader(section, min(x.size, input.UnpackLimit(x.file.Size)))
	}
	return io.NopCloser(section), nil
}

// zstdWindow is how far encoders look back at their usual levels, whatever
// the length of their input.
const zstdWindow = 8 << 20

var zstdDecoders = sync.Pool{New: func() any {
	dec, err := newZSTDDecoder(nil, zstdWindow)
	if err != nil {
		panic(err) // the options are constants
	}
	return dec
}}

func newZSTDDecoder(r io.Reader, window uint64) (*zstd.Decoder, error) {
	return zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxWindow(window), zstd.WithDecoderMaxMemory(window))
}

// newZSTDReader decodes what comes in frames of at most size bytes, and never
// keeps more than that or a window.
func newZSTDReader(r io.Reader, size int64) (io.ReadCloser, error) {
	if size > zstdWindow {
		dec, err := newZSTDDecoder(r, uint64(size))
		if err != nil {
			return nil, err
		}
		return dec.IOReadCloser(), nil
	}
	dec := zstdDecoders.Get().(*zstd.Decoder)
	if err := dec.Reset(r); err != nil {
		return nil, err
	}
	return pooledZSTD{dec}, nil
}

// pooledZSTD goes back to the pool when it is closed.
type pooledZSTD struct{ *zstd.Decoder }

func (p pooledZSTD) Close() error {
	err := p.Reset(nil) // let go of the file
	zstdDecoders.Put(p.Decoder)
	return err
}

// copyTo writes count bytes from first on and checks that the buffer holds
// as many as it says.
func (x arrowBytes) copyTo(w io.Writer, first, count int64) error {
	r, err := x.unpack()
	if err != nil {
		return err
	}
	defer r.Close()
	total := int64(0)
	for _, piece := range []struct {
		w io.Writer
		n int64
	}{{io.Discard, first}, {w, count}, {io.Discard, x.size - first - count}} {
		n, err := io.CopyN(piece.w, r, piece.n)
		if total += n; errors.Is(err, zstd.ErrWindowSizeExceeded) {
			return x.file.Errorf(x.part, x.offset, fmt.Sprintf("%d bytes that unpack only in memory", x.size), "at most %d for a file of %d", input.UnpackLimit(x.file.Size), x.file.Size)
		} else if err != nil {
			return input.UnpackError(x.file, x.part, fmt.Errorf("%d bytes (%w)", total, err), x.size)
		}
	}
	if x.codec != arrowPlain {
		if n, err := io.CopyN(io.Discard, r, 1); n > 0 || err != io.EOF {
			return x.file.Errorf(x.part, x.offset, fmt.Sprintf("more than %d bytes once unpacked, or damage (%v)", total, err), "%d", x.size)
		}
	}
	return nil
}

// readAll returns the content. Memory grows with what is really there.
func (x arrowBytes) readAll() ([]byte, error) {
	if x.codec == arrowPlain {
		b := make([]byte, x.size)
		return b, x.file.ReadAt(b, x.offset, x.part)
	}
	if limit := input.UnpackLimit(x.file.Size); x.size > limit {
		return nil, x.file.Errorf(x.part, x.offset, fmt.Sprintf("%d bytes once unpacked", x.size), "at most %d in memory for a file of %d", limit, x.file.Size)
	}
	var b bytes.Buffer
	err := x.copyTo(&b, 0, x.size)
	return b.Bytes(), err
}

// blocks calls f with the bytes from first to first+count, in blocks whose
// length is a multiple of unit.
func (x arrowBytes) blocks(first, count int64, unit int, f func(block []byte) error) error {
	if first < 0 || count < 0 || first > x.size || count > x.size-first {
		return x.file.Errorf(x.part, x.offset, fmt.Sprintf("%d bytes", x.size), "%d, as the lengths say", first+count)
	}
	w := &blockWriter{block: make([]byte, 0, 8192*unit), f: f}
	if err := x.copyTo(w, first, count); err != nil {
		if w.err != nil {
			return w.err
		}
		return err
	}
	if len(w.block) > 0 {
		return f(w.block)
	}
	return nil
}

// blockWriter cuts what is written into blocks of the same length.
type blockWriter struct {
	block []byte
	f     func([]byte) error
	err   error
}

func (w *blockWriter) Write(b []byte) (int, error) {
	written := len(b)
	for len(b) > 0 {
		n := min(len(b), cap(w.block)-len(w.block))
		w.block = append(w.block, b[:n]...)
		b = b[n:]
		if len(w.block) == cap(w.block) {
			if w.err = w.f(w.block); w.err != nil {
				return 0, w.err
			}
			w.block = w.block[:0]
		}
	}
	return written, nil
}
