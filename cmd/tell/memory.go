package main

import (
	"math"

	"github.com/KimMachineGun/automemlimit/memlimit"
)

// defaultMemory is three quarters of what the container or else the machine has,
// 0 where neither is known.
func defaultMemory() bytes {
	return memoryOf(memlimit.FromCgroup, memlimit.FromSystem)
}

// memoryOf takes the least of the limits that are known.
func memoryOf(limits ...memlimit.Provider) bytes {
	var least uint64
	for _, limit := range limits {
		if n, err := limit(); err == nil && n > 0 && (least == 0 || n < least) {
			least = n
		}
	}
	return bytes(min(least/4*3, math.MaxInt64))
}
