package kernel

// lines is an operand of a product seen from the result: line i is what row i
// (of A) or column i (of B) of the result is made of, and l runs along the
// sum.
type lines[T element] struct {
	data []T
	ld   int
	// adjacent says that lines lie next to each other, element (i, l) at
	// l*ld+i; otherwise each line is contiguous and it is at i*ld+l.
	adjacent bool
}

func (s lines[T]) offset(i, l int) int {
	if s.adjacent {
		return l*s.ld + i
	}
	return i*s.ld + l
}

// take copies the elements (i, l) and on of one line to dst.
func (s lines[T]) take(dst []T, i, l int) {
	if !s.adjacent {
		copy(dst, s.data[s.offset(i, l):])
		return
	}
	for c := range dst {
		dst[c] = s.data[s.offset(i, l+c)]
	}
}

// fits tells whether n lines of k elements lie within the slice.
func (s lines[T]) fits(n, k int) bool {
	if s.adjacent {
		n, k = k, n
	}
	return s.ld >= k && len(s.data) >= (n-1)*s.ld+k
}

// A span is the range [lo, hi).
type span struct{ lo, hi int }

func (s span) len() int { return s.hi - s.lo }

// pack lays panels of width lines one after the other in dst; within a panel,
// step l of the sum is one row of width elements. The last panel is rounded
// up to a multiple of unit lines and padded with zeros.
func (e *engine[T]) pack(dst []T, s lines[T], which, sum span, width, unit int) {
	i := which.lo
	if s.adjacent && width == e.rows {
		for ; i+dealPanels*width <= which.hi; i += dealPanels * width {
			step := width * sum.len()
			e.deal(sum.len(), &s.data[s.offset(i, sum.lo)], s.ld, &dst[0], step)
			dst = dst[dealPanels*step:]
		}
	}
	for ; i < which.hi; i += width {
		n := min(width, which.hi-i)
		padded := roundUp(n, unit)
		panel := dst[:padded*sum.len()]
		dst = dst[len(panel):]
		if n < padded {
			clear(panel)
		}
		if s.adjacent && n == e.tileWidth() && width == n && e.lay != nil {
			e.lay(sum.len(), &s.data[s.offset(i, sum.lo)], s.ld, &panel[0])
		} else if s.adjacent {
			packAdjacent(panel, s, i, n, sum, padded)
		} else {
			e.packTransposed(panel, s, i, n, sum, padded)
		}
	}
}

func packAdjacent[T element](panel []T, s lines[T], i, n int, sum span, width int) {
	if n == 8 && width == 8 { // rows of most tiles, without a call for each piece
		for l := range sum.len() {
			*(*[8]T)(panel[l*8:]) = *(*[8]T)(s.data[s.offset(i, sum.lo+l):])
		}
		return
	}
	for l := range sum.len() {
		copy(panel[l*width:], s.data[s.offset(i, sum.lo+l):][:n])
	}
}

func (e *engine[T]) packTransposed(panel []T, s lines[T], i, n int, sum span, width int) {
	done := 0
	if vector := sum.len() / e.transposeStep * e.transposeStep; vector > 0 {
		for ; done+4 <= n; done += 4 {
			from := s.offset(i+done, sum.lo)
			e.transpose(vector, &s.data[from], s.ld, &panel[done], width)
			for l := vector; l < sum.len(); l++ {
				for j := range 4 {
					panel[l*width+done+j] = s.data[from+j*s.ld+l]
				}
			}
		}
	}
	for ; done < n; done++ {
		line := s.data[s.offset(i+done, sum.lo):][:sum.len()]
		for l, v := range line {
			panel[l*width+done] = v
		}
	}
}

func roundUp(n, unit int) int { return (n + unit - 1) / unit * unit }
