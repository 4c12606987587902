//go:build !(amd64 || arm64) || purego

package kernel

var (
	doubles []*engine[float64]
	singles []*engine[float32]

	f16Vectors32  convertKernel[float32]
	f16Vectors64  convertKernel[float64]
	bf16Vectors32 convertKernel[float32]
	bf16Vectors64 convertKernel[float64]
)
