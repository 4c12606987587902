package main

import (
	"errors"
	"math"
	"testing"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

func TestDefaultMemory(t *testing.T) {
	known := func(n uint64) memlimit.Provider { return func() (uint64, error) { return n, nil } }
	unknown := func() (uint64, error) { return 1, errors.New("not limited") }
	for _, c := range []struct {
		limits []memlimit.Provider
		want   bytes
	}{
		{[]memlimit.Provider{known(1 << 30), known(4 << 30)}, 3 << 28},
		{[]memlimit.Provider{known(8 << 30), known(4 << 30)}, 3 << 30}, // a limit above what there is
		{[]memlimit.Provider{unknown, known(4 << 30)}, 3 << 30},
		{[]memlimit.Provider{known(0), known(4 << 30)}, 3 << 30},
		{[]memlimit.Provider{unknown, unknown}, 0},
		{[]memlimit.Provider{known(math.MaxUint64), unknown}, math.MaxInt64},
	} {
		if got := memoryOf(c.limits...); got != c.want {
			t.Errorf("found %d, expected %d", got, c.want)
		}
	}
}
