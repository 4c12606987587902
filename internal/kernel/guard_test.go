//go:build linux

package kernel

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
	"gonum.org/v1/gonum/blas"
)

// guarded copies s to memory that ends (or begins, if front) at a page that
// cannot be touched.
func guarded[T element](t *testing.T, s []T, front bool) []T {
	t.Helper()
	page := unix.Getpagesize()
	size := int(unsafe.Sizeof(T(0))) * len(s)
	pages := roundUp(size, page)
	mem, err := unix.Mmap(-1, 0, pages+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { unix.Munmap(mem) })
	for _, guard := range [][]byte{mem[:page], mem[page+pages:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			t.Fatal(err)
		}
	}
	start := page + pages - size
	if front {
		start = page
	}
	g := unsafe.Slice((*T)(unsafe.Pointer(&mem[start])), len(s))
	copy(g, s)
	return g
}

// A kernel that reads or writes beyond an operand dies here.
func TestGuardPages(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 14))
	sizes := [][3]int{{1, 1, 1}, {5, 3, 7}, {8, 24, 9}, {9, 25, 12}, {17, 49, 31}, {50, 2, 33}, {2, 50, 21}, {31, 13, 17}, {130, 40, 270}, {3, 3, 1030}}
	for _, size := range sizes {
		for _, tA := range transposeKinds[:2] {
			for _, tB := range transposeKinds[:2] {
				for _, front := range []bool{false, true} {
					q := &problem{tA: tA, tB: tB, m: size[0], n: size[1], k: size[2], alpha: 1, beta: 1}
					q.fill(rng, 2, 1, 3)
					guardedProduct(t, doubles, q, front)
					guardedProduct(t, singles, q, front)
				}
			}
		}
	}
}

// Every remainder of every skinny kernel, with the last row that it reads at
// the end of the matrix.
func TestGuardPagesOfSkinnyProducts(t *testing.T) {
	rng := rand.New(rand.NewPCG(13, 15))
	guard := func(tA blas.Transpose, m, n, k int) {
		q := &problem{tA: tA, tB: blas.NoTrans, m: m, n: n, k: k, alpha: 1, beta: 1}
		q.fill(rng, 2, 1, 3)
		guardedProduct(t, doubles, q, false)
		guardedProduct(t, singles, q, false)
	}
	for columns := 1; columns <= 4; columns++ {
		for length := 1; length <= 17; length++ {
			guard(blas.NoTrans, 8, columns, length)
			guard(blas.Trans, length, columns, 8)
			guard(blas.Trans, length, columns, 9)
		}
	}
}

func TestGuardPagesOfRows(t *testing.T) {
	which := [][]int{{2}, {0, 3}}
	for _, n := range []int{1, 63, 64, 65, 128} {
		for _, front := range []bool{false, true} {
			for _, e := range singles {
				e.addRows(guarded(t, make([]float32, 2*n), front), guarded(t, make([]float32, 4*n), front), n, which)
			}
		}
	}
}

func guardedProduct[T element](t *testing.T, engines []*engine[T], q *problem, front bool) {
	t.Helper()
	for _, e := range engines {
		p := productOf[T](q)
		p.a.data, p.b.data, p.c = guarded(t, p.a.data, front), guarded(t, p.b.data, front), guarded(t, p.c, front)
		e.product(p, 1)
		check(t, q, e.name, p.c)
	}
}

func TestGuardPagesOfConversions(t *testing.T) {
	for n := range 70 {
		src := make([]float32, (n+1)/2)
		for _, front := range []bool{false, true} {
			words := guarded(t, src, front)
			bytes := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), 4*len(words))
			bytes = bytes[len(bytes)-2*n:]
			F16ToF32(guarded(t, make([]float32, n), front), bytes)
			F16ToF64(guarded(t, make([]float64, n), front), bytes)
			BF16ToF32(guarded(t, make([]float32, n), front), bytes)
			BF16ToF64(guarded(t, make([]float64, n), front), bytes)
		}
	}
}
