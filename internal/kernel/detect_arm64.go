//go:build arm64 && !purego

package kernel

// The engines: every arm64 processor that Go runs on has NEON.
var (
	doubles = []*engine[float64]{doubleNEON}
	singles = []*engine[float32]{singleNEON}
)

// The conversions.
var (
	f16Vectors32  convertKernel[float32] = f16To32
	f16Vectors64  convertKernel[float64] = f16To64
	bf16Vectors32 convertKernel[float32] = bf16To32
	bf16Vectors64 convertKernel[float64] = bf16To64
)

// The sizes of blocks are those of amd64, and the numbers of columns lie
// between those of its engines: none has been measured on arm64.

var doubleNEON = &engine[float64]{
	name: "NEON", lanes: 2, rows: 8,
	tiles:     [...]tileKernel[float64]{tile64NEONx1, tile64NEONx2, tile64NEONx3},
	transpose: transpose64, transposeStep: 4,
	deal:       deal64NEON,
	dots:       []dotsKernel[float64]{dots64NEONx1, dots64NEONx2, dots64NEONx3, dots64NEONx4},
	updates4:   []updateKernel[float64]{update64NEONx4x1, update64NEONx4x2, update64NEONx4x3, update64NEONx4x4},
	updates1:   []updateKernel[float64]{update64NEONx1x1, update64NEONx1x2, update64NEONx1x3, update64NEONx1x4},
	dotColumns: 16, updateColumns: 16,
	depthBlock: 256, rowBlock: 96, columnBlock: 240,
}

var singleNEON = &engine[float32]{
	name: "NEON", lanes: 4, rows: 8,
	tiles:     [...]tileKernel[float32]{tile32NEONx1, tile32NEONx2, tile32NEONx3},
	transpose: transpose32, transposeStep: 8,
	deal:       deal32NEON,
	dots:       []dotsKernel[float32]{dots32NEONx1, dots32NEONx2, dots32NEONx3, dots32NEONx4},
	updates4:   []updateKernel[float32]{update32NEONx4x1, update32NEONx4x2, update32NEONx4x3, update32NEONx4x4},
	updates1:   []updateKernel[float32]{update32NEONx1x1, update32NEONx1x2, update32NEONx1x3, update32NEONx1x4},
	dotColumns: 20, updateColumns: 20,
	depthBlock: 256, rowBlock: 192, columnBlock: 480,
}
