package activations

import (
	"fmt"
	"math"

	"tell/activations/positions"
)

// ReadFloat32 reads rows [lo, hi) of one layer and position into dst, which
// must hold (hi-lo) x width numbers, row-major. Stored f16, bf16 and f32 are
// given exactly, f64 rounded to nearest.
func (d *Dump) ReadFloat32(dst []float32, layer, position, lo, hi int) error {
	return readDump(d, dst, layer, position, lo, hi)
}

// ReadFloat64 is ReadFloat32 for float64, which holds every stored type exactly.
func (d *Dump) ReadFloat64(dst []float64, layer, position, lo, hi int) error {
	return readDump(d, dst, layer, position, lo, hi)
}

func readDump[T float](d *Dump, dst []T, layer, position, lo, hi int) error {
	if err := d.checkSite(layer, position); err != nil {
		return err
	}
	switch s := d.shape; {
	case lo < 0 || hi < lo || hi > s.Rows:
		return fmt.Errorf("rows %d to %d are not among the %d rows of the dump", lo, hi, s.Rows)
	case len(dst) != (hi-lo)*s.Width:
		return fmt.Errorf("%d rows of width %d do not fit in %d numbers", hi-lo, s.Width, len(dst))
	}
	for _, s := range d.shards[d.shardOf(lo):] {
		if lo >= hi {
			break
		}
		end := min(hi, s.first+s.rows)
		n := (end - lo) * d.shape.Width
		if err := readSource(s, d.chosen, dst[:n], layer, position, lo-s.first, end-s.first); err != nil {
			return err
		}
		dst, lo = dst[n:], end
	}
	return nil
}

// checkSite refuses a layer or position that the dump does not have.
func (d *Dump) checkSite(layer, position int) error {
	switch s := d.shape; {
	case layer < 0 || layer >= s.Layers:
		return fmt.Errorf("layer %d is not among the %d layers of the dump", layer, s.Layers)
	case position < 0 || position >= s.Positions:
		return fmt.Errorf("position %d is not among the %d positions of the dump", position, s.Positions)
	}
	return nil
}

// readSource reads rows [lo, hi), counted from the first row of the source.
func readSource[T float](s shard, c *positions.Chooser, dst []T, layer, position, lo, hi int) error {
	if layers, ok := s.source.(*layerFiles); ok {
		s.source, layer = layers.files[layer].src, 0
	}
	if parked, ok := s.source.(*parkedSource); ok {
		src, err := parked.reopen()
		if err != nil {
			return err
		}
		defer src.Close()
		s.source = src
	}
	planes, err := s.layer(layer)
	if err != nil {
		return err
	}
	first := s.first
	few := hi-lo < shareCalls && len(dst) < shareSize/8 // to share, whatever their type
	var all []stretch[T]
	for i := range planes {
		p := &planes[i]
		if end := min(hi, p.rows); lo < end {
			n := (end - lo) * p.width
			switch {
			case c != nil:
				err = readChosen(p, c, dst[:n], position, lo, end, first)
			case few:
				err = readShare(p, dst[:n], position, lo, end)
			default:
				all = append(all, stretch[T]{p, position, lo, end, dst[:n]})
			}
			if err != nil {
				return err
			}
			dst, lo = dst[n:], end
		}
		lo, hi, first = lo-p.rows, hi-p.rows, first+p.rows
	}
	return readStretches(all)
}

func isFinite(v float64) bool { return !math.IsNaN(v) && !math.IsInf(v, 0) }
