package activations

import (
	"bytes"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/parquet/compress"
	"github.com/klauspost/compress/snappy"
)

type pageCodec interface {
	compress.Codec
	compress.StreamingCodec
}

// boundedCodec decodes pages into the room that their header grants. The codecs
// that come with arrow-go take whatever length the compressed bytes claim.
type boundedCodec struct {
	pageCodec
	decode func(dst, src []byte) ([]byte, error)
}

func (c boundedCodec) DecodeWithError(dst, src []byte) ([]byte, error) { return c.decode(dst, src) }

func init() {
	for compression, decode := range map[compress.Compression]func(dst, src []byte) ([]byte, error){
		compress.Codecs.Snappy: decodeSnappy,
		compress.Codecs.Zstd:   decodeZSTD,
	} {
		codec, err := compress.GetCodec(compression)
		if err != nil {
			continue
		}
		if codec, ok := codec.(pageCodec); ok {
			compress.RegisterCodec(compression, boundedCodec{codec, decode})
		}
	}
}

func decodeSnappy(dst, src []byte) ([]byte, error) {
	n, err := snappy.DecodedLen(src)
	if err != nil {
		return nil, err
	}
	if n > len(dst) {
		return nil, fmt.Errorf("a page of %d bytes, expected %d", n, len(dst))
	}
	return snappy.Decode(dst, src)
}

func decodeZSTD(dst, src []byte) ([]byte, error) {
	r, err := newZSTDReader(bytes.NewReader(src), int64(len(dst)))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	n, err := io.ReadFull(r, dst)
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return dst[:n], nil // arrow-go compares the length with the header
	}
	if err != nil {
		return nil, err
	}
	if _, err := io.ReadFull(r, make([]byte, 1)); err != io.EOF {
		return nil, fmt.Errorf("a page of more than %d bytes, or damage (%v)", len(dst), err)
	}
	return dst, nil
}
