package study

import (
	"sync"

	"tell/activations"
	"tell/probe"
)

// streamed is the design of one layer and position, read anew from the dump at
// every pass, a block of rows at a time, the next block while one is visited.
type streamed struct {
	dump            *activations.Dump
	rows            []int // rows of the dump
	layer, position int

	pass sync.Mutex // held by the one pass that memory is meant for
}

// Dims implements probe.Design.
func (s *streamed) Dims() (n, d int) { return len(s.rows), s.dump.Shape().Width }

// Pass implements probe.Design.
func (s *streamed) Pass(visit func(probe.Block)) error {
	s.pass.Lock()
	defer s.pass.Unlock()
	n, d := s.Dims()
	step := probe.BlockRows(d)
	type result struct {
		block probe.DenseBlock
		err   error
	}
	free := make(chan []float64, 2)
	free <- make([]float64, step*d)
	free <- make([]float64, step*d)
	filled := make(chan result)
	stop := make(chan struct{})
	defer close(stop)
	go func() {
		defer close(filled)
		for lo := 0; lo < n; lo += step {
			rows := s.rows[lo:min(lo+step, n)]
			var buf []float64
			select {
			case buf = <-free:
			case <-stop:
				return
			}
			data := buf[:len(rows)*d]
			err := readRows(s.dump, data, rows, s.layer, s.position)
			select {
			case filled <- result{probe.DenseBlock{Lo: lo, Rows: len(rows), Total: n, Cols: d, Data: data}, err}:
			case <-stop:
				return
			}
		}
	}()
	for r := range filled {
		if r.err != nil {
			return r.err
		}
		visit(r.block)
		free <- r.block.Data[:cap(r.block.Data)]
	}
	return nil
}

// readRows reads the given rows of the dump into dst, row-major.
func readRows(dump *activations.Dump, dst []float64, rows []int, layer, position int) error {
	width := dump.Shape().Width
	for i := 0; i < len(rows); {
		j := i + 1
		for j < len(rows) && rows[j] == rows[j-1]+1 {
			j++
		}
		if err := dump.ReadFloat64(dst[i*width:j*width], layer, position, rows[i], rows[j-1]+1); err != nil {
			return err
		}
		i = j
	}
	return nil
}
