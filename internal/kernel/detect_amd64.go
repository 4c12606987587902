//go:build amd64 && !purego

package kernel

import "golang.org/x/sys/cpu"

// The engines of this processor, the fastest first.
var (
	doubles = engines(double512, double2)
	singles = engines(single512, single2)
)

// The conversions of this processor.
var (
	f16Vectors32  convertKernel[float32]
	f16Vectors64  convertKernel[float64]
	bf16Vectors32 convertKernel[float32]
	bf16Vectors64 convertKernel[float64]
)

func init() {
	if cpu.X86.HasAVX2 {
		bf16Vectors32, bf16Vectors64 = bf16To32, bf16To64
		streamed.bf16To32, streamed.bf16To64 = bf16To32Streamed, bf16To64Streamed
		if cpu.X86.HasF16C {
			f16Vectors32, f16Vectors64 = f16To32, f16To64
			streamed.f16To32, streamed.f16To64 = f16To32Streamed, f16To64Streamed
		}
	}
}

func engines[T element](avx512, avx2 *engine[T]) []*engine[T] {
	var found []*engine[T]
	x := &cpu.X86
	if x.HasAVX512F && x.HasAVX512VL && x.HasBMI2 && x.HasAVX2 {
		found = append(found, avx512)
	}
	if x.HasAVX2 && x.HasFMA {
		found = append(found, avx2)
	}
	return found
}

var double512 = &engine[float64]{
	name: "AVX-512", lanes: 8, rows: 8,
	tiles:     [...]tileKernel[float64]{tile64AVX512x1, tile64AVX512x2, tile64AVX512x3},
	transpose: transpose64, transposeStep: 4,
	deal:       deal64AVX512,
	lay:        lay64AVX512,
	dots:       []dotsKernel[float64]{dots64AVX512x1, dots64AVX512x2, dots64AVX512x3, dots64AVX512x4},
	updates4:   []updateKernel[float64]{update64AVX512x4x1, update64AVX512x4x2, update64AVX512x4x3, update64AVX512x4x4},
	updates1:   []updateKernel[float64]{update64AVX512x1x1, update64AVX512x1x2, update64AVX512x1x3, update64AVX512x1x4},
	dotColumns: 32, updateColumns: 64,
	depthBlock: 256, rowBlock: 96, columnBlock: 240,
}

var single512 = &engine[float32]{
	name: "AVX-512", lanes: 16, rows: 8,
	tiles:     [...]tileKernel[float32]{tile32AVX512x1, tile32AVX512x2, tile32AVX512x3},
	transpose: transpose32, transposeStep: 8,
	deal:       deal32AVX512,
	lay:        lay32AVX512,
	gather:     gather32AVX512,
	dots:       []dotsKernel[float32]{dots32AVX512x1, dots32AVX512x2, dots32AVX512x3, dots32AVX512x4},
	updates4:   []updateKernel[float32]{update32AVX512x4x1, update32AVX512x4x2, update32AVX512x4x3, update32AVX512x4x4},
	updates1:   []updateKernel[float32]{update32AVX512x1x1, update32AVX512x1x2, update32AVX512x1x3, update32AVX512x1x4},
	dotColumns: 28, updateColumns: 40,
	depthBlock: 256, rowBlock: 192, columnBlock: 480,
}

var double2 = &engine[float64]{
	name: "AVX2", lanes: 4, rows: 4,
	tiles:     [...]tileKernel[float64]{tile64AVX2x1, tile64AVX2x2, tile64AVX2x3},
	transpose: transpose64, transposeStep: 4,
	deal:       deal64AVX2,
	lay:        lay64AVX2,
	dots:       []dotsKernel[float64]{dots64AVX2x1, dots64AVX2x2},
	updates4:   []updateKernel[float64]{update64AVX2x4x1, update64AVX2x4x2},
	updates1:   []updateKernel[float64]{update64AVX2x1x1, update64AVX2x1x2},
	dotColumns: 10, updateColumns: 10,
	depthBlock: 256, rowBlock: 96, columnBlock: 240,
}

var single2 = &engine[float32]{
	name: "AVX2", lanes: 8, rows: 4,
	tiles:     [...]tileKernel[float32]{tile32AVX2x1, tile32AVX2x2, tile32AVX2x3},
	transpose: transpose32, transposeStep: 8,
	deal:       deal32AVX2,
	lay:        lay32AVX2,
	gather:     gather32AVX2,
	dots:       []dotsKernel[float32]{dots32AVX2x1, dots32AVX2x2},
	updates4:   []updateKernel[float32]{update32AVX2x4x1, update32AVX2x4x2},
	updates1:   []updateKernel[float32]{update32AVX2x1x1, update32AVX2x1x2},
	dotColumns: 20, updateColumns: 20,
	depthBlock: 256, rowBlock: 192, columnBlock: 480,
}
