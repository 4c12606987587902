package main

import "fmt"

// conversions writes the functions that widen half precision numbers.
func conversions() []*function {
	var all []*function
	for _, to := range []precision{single, double} {
		for _, from := range []string{"f16", "bf16"} {
			all = append(all, conversion(from, to))
		}
	}
	return all
}

// conversion writes a loop over vectors of eight numbers, each of which
// becomes two vectors of float32 or four of float64.
func conversion(from string, to precision) *function {
	const (
		lanes  = 8
		unroll = 4
	)
	name := fmt.Sprintf("%sTo%d", from, to.bits)
	f := newFunction(name, fmt.Sprintf("n int, dst *%s, src *byte", to.goType()),
		fmt.Sprintf("%s widens n numbers; n is a multiple of %d.", name, lanes))
	n, dst, src := f.load("n"), f.load("dst"), f.load("src")

	in, pool := take(allVectors(), unroll)
	widened, pool := take(pool, 2)
	doubled, pool := take(pool, 4)
	zero := pool[0]
	widen := func(v vector) { single.widen(f, widened, v) }
	if from == "bf16" {
		f.zero(zero)
		// A bfloat16 is the upper half of a float32.
		widen = func(v vector) {
			f.op("VZIP1", v.as("H8"), zero.as("H8"), widened[0].as("H8"))
			f.op("VZIP2", v.as("H8"), zero.as("H8"), widened[1].as("H8"))
		}
	}
	loop := func(name string, vectors int) {
		f.loop(name, n, vectors*lanes, func() {
			f.loadVectors(src, 0, in[:vectors])
			for i, v := range in[:vectors] {
				widen(v)
				out := widened
				if to.bits == 64 {
					double.widen(f, doubled[:2], widened[0])
					double.widen(f, doubled[2:], widened[1])
					out = doubled
				}
				f.storeVectors(out, dst, i*len(out)*vectorBytes)
			}
			f.op("ADD", immediate(vectors*lanes*2), src)
			f.op("ADD", immediate(vectors*lanes*to.size), dst)
		})
	}
	loop("unrolled", unroll)
	loop("single", 1)
	f.op("RET")
	return f
}
