package kernel

// AddRows adds row i of a to row to[i] of c, unless that is negative. Both have rows of n
// numbers. It is a product with a matrix that has a single one in a column, without its
// zeros.
func AddRows(c, a []float32, n int, to []int) { single.addRows(c, a, n, to) }

// gatherVectors is the number of vectors that gather adds up.
const gatherVectors = 4

func (e *engine[T]) addRows(c, a []T, n int, to []int) {
	whole := 0
	if e != nil && e.gather != nil {
		whole = n / (gatherVectors * e.lanes) * gatherVectors * e.lanes
	}
	if whole > 0 {
		for r, rows := range sorted(to, len(c)/n) {
			for j := 0; j < whole && len(rows) > 0; j += gatherVectors * e.lanes {
				e.gather(len(rows), &rows[0], &a[j], n, &c[r*n+j])
			}
		}
	}
	if whole == n {
		return
	}
	for i, r := range to {
		if r < 0 {
			continue
		}
		from, sum := a[i*n+whole:(i+1)*n], c[r*n+whole:(r+1)*n]
		for j, v := range from {
			sum[j] += v
		}
	}
}

// sorted gives the numbers of those that go to each of k places.
func sorted(to []int, k int) [][]int {
	count := make([]int, k)
	for _, r := range to {
		if r >= 0 {
			count[r]++
		}
	}
	all, places := make([]int, len(to)), make([][]int, k)
	for r, n := range count {
		places[r], all = all[:0:n], all[n:]
	}
	for i, r := range to {
		if r >= 0 {
			places[r] = append(places[r], i)
		}
	}
	return places
}
