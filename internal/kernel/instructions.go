package kernel

import "gonum.org/v1/gonum/blas/blas64"

// Instructions names the vector instructions that float64 products through
// blas64 run on, "AVX-512" for instance, or "gonum" where gonum's own code does
// all: no kernel fits the processor, or [Use] was not called.
func Instructions() string {
	if _, used := blas64.Implementation().(Implementation); !used || double == nil {
		return "gonum"
	}
	return double.name
}
