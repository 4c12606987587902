// Package kernel puts SIMD kernels behind gonum's BLAS interfaces.
//
// An [Implementation] computes matrix products on AVX-512, AVX2 or, on arm64,
// NEON. Everything else, and every product too small to gain, stays gonum's
// own code; so does all of it on other processors and with the build tag
// purego. It is called directly: what blas64 and blas32 run on is for the
// program to say, not for a library that it imports.
//
// The NEON kernels were tested under emulation and have not been timed. Their
// inner loop takes 117 instructions for 96 multiply-adds of vectors in float64,
// 113 in float32; the block sizes are those of amd64.
//
// A result is a function of the operands and of the processor's instruction
// set alone: work is divided among goroutines along the rows and columns of
// the result, never along a sum, and the order of every sum depends only on
// the shape. The same call gives the same bytes for any number of workers.
//
// The kernels take every product of a sum. Gonum skips those whose factor in
// A is zero, so that 0 times NaN or Inf in B, which is NaN here, can be
// missing there.
package kernel

import "gonum.org/v1/gonum/blas/gonum"

//go:generate go run -C asm . -group tile_avx512 -pkg kernel -out ../tile_avx512_amd64.s -stubs ../tile_avx512_amd64.go
//go:generate go run -C asm . -group tile_avx2 -pkg kernel -out ../tile_avx2_amd64.s -stubs ../tile_avx2_amd64.go
//go:generate go run -C asm . -group skinny_avx512 -pkg kernel -out ../skinny_avx512_amd64.s -stubs ../skinny_avx512_amd64.go
//go:generate go run -C asm . -group skinny_avx2 -pkg kernel -out ../skinny_avx2_amd64.s -stubs ../skinny_avx2_amd64.go
//go:generate go run -C asm . -group transpose -pkg kernel -out ../transpose_amd64.s -stubs ../transpose_amd64.go
//go:generate go run -C asm . -group convert -pkg kernel -out ../convert_amd64.s -stubs ../convert_amd64.go
//go:generate go run -C asm ./neon -group tile -out ../tile_neon_arm64.s -stubs ../tile_neon_arm64.go
//go:generate go run -C asm ./neon -group skinny -out ../skinny_neon_arm64.s -stubs ../skinny_neon_arm64.go
//go:generate go run -C asm ./neon -group transpose -out ../transpose_arm64.s -stubs ../transpose_arm64.go
//go:generate go run -C asm ./neon -group convert -out ../convert_arm64.s -stubs ../convert_arm64.go

// Implementation is gonum's BLAS with products in SIMD. The zero value is
// ready to use.
type Implementation struct {
	gonum.Implementation

	// Workers is the largest number of goroutines that one call computes
	// with. Zero means GOMAXPROCS. Callers that already run side by side set
	// it to 1.
	Workers int
}
