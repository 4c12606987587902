package kernel

// AddRows adds to row r of c the rows of a whose numbers are which[r]. All have n numbers.
// It is a product with a matrix of ones and zeros, without the zeros.
func AddRows(c, a []float32, n int, which [][]int) { single.addRows(c, a, n, which) }

// gatherVectors is the number of vectors that gather adds up.
const gatherVectors = 4

func (e *engine[T]) addRows(c, a []T, n int, which [][]int) {
	// Some sums take the same few columns of a in turn, as long as both are in the caches.
	const together = 64
	step, whole := 1, 0
	if e != nil && e.gather != nil {
		step = gatherVectors * e.lanes
		whole = n / step * step
	}
	for lo := 0; lo < len(which); lo += together {
		hi := min(lo+together, len(which))
		for j := 0; j < whole; j += step {
			for r, rows := range which[lo:hi] {
				if len(rows) > 0 {
					e.gather(len(rows), &rows[0], &a[j], n, &c[(lo+r)*n+j])
				}
			}
		}
	}
	if whole == n {
		return
	}
	for r, rows := range which {
		sum := c[r*n : (r+1)*n]
		for _, i := range rows {
			for j, v := range a[i*n+whole : (i+1)*n] {
				sum[whole+j] += v
			}
		}
	}
}
