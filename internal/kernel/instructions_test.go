package kernel

import (
	"testing"

	"gonum.org/v1/gonum/blas/blas64"
	"gonum.org/v1/gonum/blas/gonum"
)

func TestInstructionsAreThoseInUse(t *testing.T) {
	before := blas64.Implementation()
	defer blas64.Use(before)
	blas64.Use(gonum.Implementation{})
	if got := Instructions(); got != "gonum" {
		t.Errorf("instructions %q before Use, want gonum", got)
	}
	Use()
	want := "gonum"
	if double != nil {
		want = double.name
	}
	if got := Instructions(); got != want {
		t.Errorf("instructions %q after Use, want %q", got, want)
	}
}
