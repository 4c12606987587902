package kernel

import (
	"sync"
	"unsafe"
)

type element interface{ float32 | float64 }

// The engines in use; nil where no kernel fits the processor.
var (
	double = fastest(doubles)
	single = fastest(singles)
)

func fastest[T element](engines []*engine[T]) *engine[T] {
	if len(engines) == 0 {
		return nil
	}
	return engines[0]
}

type (
	tileKernel[T element]   func(k int, a, b, c *T, ldc int, alpha T, add bool)
	packKernel[T element]   func(n int, src *T, ld int, dst *T, step int)
	layKernel[T element]    func(n int, src *T, ld int, dst *T)
	gatherKernel[T element] func(n int, which *int, a *T, lda int, acc *T)
	dotsKernel[T element]   func(n int, a *T, lda int, b *T, ldb int, out *T)
	updateKernel[T element] func(n int, a *T, lda int, coef, acc *T, ldacc int)
)

// dealPanels is the number of panels that an engine packs at once.
const dealPanels = 8

// An engine is the set of kernels for one element type and instruction set,
// with the block sizes that suit them.
type engine[T element] struct {
	name  string
	lanes int // elements in a vector
	rows  int // rows of a tile

	// tiles[v-1] computes a tile of rows x v*lanes.
	tiles [3]tileKernel[T]
	// transpose interleaves four lines; its n is a multiple of
	// transposeStep.
	transpose     packKernel[T]
	transposeStep int
	// deal packs dealPanels panels of rows lines at once.
	deal packKernel[T]
	// lay packs a panel as wide as the widest tile, and gather adds rows up, four vectors of
	// each; nil where there are none.
	lay    layKernel[T]
	gather gatherKernel[T]

	// dots[j-1] multiplies four rows with j columns.
	dots []dotsKernel[T]
	// updates4[j-1] and updates1[j-1] add multiples of four rows, or of one,
	// to j sums.
	updates4, updates1 []updateKernel[T]

	// dotColumns and updateColumns are the numbers of columns up to which
	// packing A costs more than it saves.
	dotColumns, updateColumns int

	// A packed block of A is at most rowBlock x depthBlock, one of B at most
	// depthBlock x columnBlock.
	rowBlock, columnBlock, depthBlock int

	workspaces sync.Pool
}

// tileWidth is the number of columns of the widest tile.
func (e *engine[T]) tileWidth() int { return len(e.tiles) * e.lanes }

// A workspace holds the packed blocks of one goroutine.
type workspace[T element] struct {
	a, b, tile []T
}

func (e *engine[T]) workspace() *workspace[T] {
	if w, ok := e.workspaces.Get().(*workspace[T]); ok {
		return w
	}
	return &workspace[T]{
		a:    aligned[T](e.rowBlock * e.depthBlock),
		b:    aligned[T](e.columnBlock * e.depthBlock),
		tile: aligned[T](e.rows * e.tileWidth()),
	}
}

func (e *engine[T]) release(w *workspace[T]) { e.workspaces.Put(w) }

// aligned returns n zeros that start at a cache line.
func aligned[T element](n int) []T {
	const line = 64
	size := int(unsafe.Sizeof(T(0)))
	s := make([]T, n+line/size)
	skip := 0
	if over := int(uintptr(unsafe.Pointer(&s[0])) % line); over != 0 {
		skip = (line - over) / size
	}
	return s[skip : skip+n : skip+n]
}
