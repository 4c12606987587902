//go:build !amd64 || purego

package kernel

var (
	doubles []*engine[float64]
	singles []*engine[float32]
)
