package activations

import (
	"io"
	"sort"
)

// joinedTokens reads pieces of tensors as if they were in one file, one after
// the other.
type joinedTokens struct {
	tokenSize int64
	pieces    []joinedPiece
	size      int64
}

// joinedPiece is a run of bytes of a tensor.
type joinedPiece struct {
	at     int64 // in what is joined
	tensor *tensor
	from   int64 // in the file of the tensor
}

func (j *joinedTokens) add(t *tensor, p lmprobePiece) {
	j.pieces = append(j.pieces, joinedPiece{j.size, t, t.stored.offset + int64(p.first)*j.tokenSize})
	j.size += int64(p.count) * j.tokenSize
}

func (j *joinedTokens) ReadAt(b []byte, offset int64) (n int, err error) {
	i := sort.Search(len(j.pieces), func(i int) bool { return j.pieces[i].at > offset }) - 1
	for ; i >= 0 && i < len(j.pieces) && n < len(b); i++ {
		p, end := j.pieces[i], j.size
		if i+1 < len(j.pieces) {
			end = j.pieces[i+1].at
		}
		within := offset - p.at
		part := b[n:min(int64(len(b)), int64(n)+end-offset)]
		if err := p.tensor.numbers.ReadAt(part, p.from+within, p.tensor.stored.part); err != nil {
			return n, err
		}
		n += len(part)
		offset += int64(len(part))
	}
	if n < len(b) {
		return n, io.EOF
	}
	return n, nil
}
