package activations

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// plainWriter is for formats in which the numbers follow a header as they are.
type plainWriter struct{ w io.Writer }

func (p plainWriter) writeRows(b []byte, _ int) error {
	_, err := p.w.Write(b)
	return err
}

func (p plainWriter) close() error { return nil }

// beginNPY writes the header of version 1, padded as NumPy does.
func beginNPY(w io.Writer, o *output) (statesWriter, error) {
	descr := map[DType]string{F16: "<f2", BF16: "<u2", F32: "<f4", F64: "<f8"}[o.dtype]
	var sizes []string
	for _, n := range o.axes() {
		sizes = append(sizes, fmt.Sprint(n))
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, strings.Join(sizes, ", "))
	const fixed, alignment = 10, 64
	total := (fixed + len(header) + 1 + alignment - 1) / alignment * alignment
	header += strings.Repeat(" ", total-fixed-len(header)-1) + "\n"
	head := append([]byte(npyMagic), 1, 0)
	head = binary.LittleEndian.AppendUint16(head, uint16(len(header)))
	_, err := w.Write(append(head, header...))
	return plainWriter{w}, err
}
