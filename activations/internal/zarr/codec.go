package zarr

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"strings"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// codec undoes what was done to the bytes of a chunk.
type codec struct {
	name   string
	decode func(d *decoder, src []byte) ([]byte, error)
}

// decoder holds what the codecs of an array need: the most bytes that they may give,
// a chunk and a checksum of it.
type decoder struct {
	most int
	zstd *zstd.Decoder
}

func newDecoder(chunk int64) (*decoder, error) {
	most := int(chunk) + checksumSize
	memory := uint64(max(most, zstdWindow))
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(memory), zstd.WithDecoderMaxMemory(memory))
	return &decoder{most, d}, err
}

func (d *decoder) unzstd(src []byte) ([]byte, error) {
	return readAll(d.zstd, d.zstd.Reset(bytes.NewReader(src)), d.most)
}

func (d *decoder) close() { d.zstd.Close() }

// unreadError is what a chunk is stored by and not read.
type unreadError string

func (e unreadError) Error() string { return string(e) }

var codecs = []codec{
	{"gzip", func(d *decoder, src []byte) ([]byte, error) {
		r, err := gzip.NewReader(bytes.NewReader(src))
		return readAll(r, err, d.most)
	}},
	{"zlib", func(d *decoder, src []byte) ([]byte, error) {
		r, err := zlib.NewReader(bytes.NewReader(src))
		return readAll(r, err, d.most)
	}},
	{"zstd", (*decoder).unzstd},
	{"lz4", decodeLZ4},
	{"blosc", decodeBlosc},
	{"crc32c", checkCRC},
}

func codecNamed(name string) (codec, bool) {
	name = strings.TrimPrefix(name, "numcodecs.")
	for _, c := range codecs {
		if c.name == name {
			return c, true
		}
	}
	return codec{}, false
}

func codecNames() string {
	var names []string
	for _, c := range codecs {
		names = append(names, c.name)
	}
	return strings.Join(names, ", ")
}

// zstdWindow is how far encoders look back at their usual levels.
const zstdWindow = 8 << 20

// checksumSize is room for a checksum that stands behind the numbers.
const checksumSize = 4

var errTooLong = errors.New("more bytes")

func readAll(r io.Reader, err error, most int) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, int64(most)+1))
	if err == nil && len(b) > most {
		err = errTooLong
	}
	return b, err
}

// decodeLZ4 reads what numcodecs writes: the length, and one block.
func decodeLZ4(d *decoder, src []byte) ([]byte, error) {
	if len(src) < 4 {
		return nil, io.ErrUnexpectedEOF
	}
	n := binary.LittleEndian.Uint32(src)
	if int64(n) > int64(d.most) {
		return nil, errTooLong
	}
	return blockLZ4(src[4:], int(n))
}

func blockLZ4(src []byte, size int) ([]byte, error) {
	dst := make([]byte, size)
	n, err := lz4.UncompressBlock(src, dst)
	return dst[:n], err
}

func checkCRC(_ *decoder, src []byte) ([]byte, error) {
	n := len(src) - checksumSize
	if n < 0 {
		return nil, io.ErrUnexpectedEOF
	}
	if crc32.Checksum(src[:n], crc32.MakeTable(crc32.Castagnoli)) != binary.LittleEndian.Uint32(src[n:]) {
		return nil, errors.New("bytes that do not agree with their checksum")
	}
	return src[:n], nil
}

// Blosc, version 1, as numcodecs writes it: a header, where every block begins, and
// the blocks, each in streams of one byte of every number, or in one stream.
const (
	bloscHeader    = 16
	bloscShuffled  = 1 << 0
	bloscStored    = 1 << 1
	bloscBits      = 1 << 2
	bloscUnsplit   = 1 << 4
	bloscMaxSplits = 16
	bloscMinStream = 128
)

func decodeBlosc(d *decoder, src []byte) ([]byte, error) {
	if len(src) < bloscHeader {
		return nil, io.ErrUnexpectedEOF
	}
	flags, item := src[2], int(src[3])
	size, block := int64(binary.LittleEndian.Uint32(src[4:])), int64(binary.LittleEndian.Uint32(src[8:]))
	switch {
	case src[0] != 2:
		return nil, fmt.Errorf("version %d", src[0])
	case int64(binary.LittleEndian.Uint32(src[12:])) != int64(len(src)):
		return nil, fmt.Errorf("a length of %d for %d bytes", binary.LittleEndian.Uint32(src[12:]), len(src))
	case size > int64(d.most):
		return nil, errTooLong
	case flags&bloscStored != 0:
		if size != int64(len(src)-bloscHeader) {
			return nil, fmt.Errorf("%d bytes of %d", len(src)-bloscHeader, size)
		}
		return src[bloscHeader:], nil
	case size == 0:
		return nil, nil
	case item == 0 || block == 0 || block > size:
		return nil, fmt.Errorf("blocks of %d bytes and numbers of %d", block, item)
	case flags&bloscBits != 0:
		return nil, unreadError("bits shuffled by blosc")
	}
	blocks := (size + block - 1) / block
	if bloscHeader+4*blocks > int64(len(src)) {
		return nil, io.ErrUnexpectedEOF
	}
	out := make([]byte, 0, size)
	for i := range blocks {
		n := min(block, size-i*block)
		streams := 1
		if flags&bloscUnsplit == 0 && item <= bloscMaxSplits && block/int64(item) >= bloscMinStream && n == block {
			streams = item
		}
		at := int64(binary.LittleEndian.Uint32(src[bloscHeader+4*i:]))
		b, err := d.bloscBlock(src, at, int(n), streams, flags>>5)
		if err != nil {
			return nil, err
		}
		if flags&bloscShuffled != 0 && item > 1 {
			b = unshuffle(b, item)
		}
		out = append(out, b...)
	}
	return out, nil
}

// bloscBlock reads the streams of a block of n bytes.
func (d *decoder) bloscBlock(src []byte, at int64, n, streams int, compressor byte) ([]byte, error) {
	out := make([]byte, 0, n)
	each := n / streams
	for range streams {
		if at+4 > int64(len(src)) {
			return nil, io.ErrUnexpectedEOF
		}
		length := int64(binary.LittleEndian.Uint32(src[at:]))
		at += 4
		if length > int64(len(src))-at {
			return nil, io.ErrUnexpectedEOF
		}
		stream, err := d.bloscStream(src[at:at+length], each, compressor)
		if err != nil {
			return nil, err
		}
		if len(stream) != each {
			return nil, fmt.Errorf("a stream of %d bytes for %d", len(stream), each)
		}
		out = append(out, stream...)
		at += length
	}
	if len(out) != n {
		return nil, fmt.Errorf("streams of %d bytes for %d", len(out), n)
	}
	return out, nil
}

func (d *decoder) bloscStream(src []byte, size int, compressor byte) ([]byte, error) {
	if len(src) == size {
		return src, nil // stored, as it did not shrink
	}
	switch compressor {
	case 1:
		return blockLZ4(src, size)
	case 3:
		r, err := zlib.NewReader(bytes.NewReader(src))
		return readAll(r, err, size)
	case 4:
		return d.unzstd(src)
	}
	if compressor == 0 {
		return nil, unreadError("blosclz in blosc")
	}
	return nil, unreadError(fmt.Sprintf("compressor %d in blosc", compressor))
}

// unshuffle undoes the order by bytes: first the first bytes of all numbers, then the
// second ones. What is left behind the last whole number stays where it is.
func unshuffle(b []byte, item int) []byte {
	out := make([]byte, len(b))
	n := len(b) / item
	for i := range n {
		for k := range item {
			out[i*item+k] = b[k*n+i]
		}
	}
	copy(out[n*item:], b[n*item:])
	return out
}
