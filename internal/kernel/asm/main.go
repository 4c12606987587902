// Command asm writes the assembly of package kernel. Each group of functions
// becomes one file; the go:generate lines of package kernel call it.
package main

import (
	"flag"
	"log"
	"maps"
	"slices"

	"github.com/mmcloughlin/avo/build"
)

var groups = map[string]func(){
	"tile_avx512":   func() { tiles(avx512); packs(avx512) },
	"tile_avx2":     func() { tiles(avx2); packs(avx2) },
	"skinny_avx512": func() { skinny(avx512) },
	"skinny_avx2":   func() { skinny(avx2) },
	"transpose":     transposes,
	"convert":       conversions,
}

func main() {
	group := flag.String("group", "", "the group of functions to write")
	flag.Parse()
	write, ok := groups[*group]
	if !ok {
		log.Fatalf("no group %q; there are %q", *group, slices.Sorted(maps.Keys(groups)))
	}
	build.ConstraintExpr("amd64,!purego")
	write()
	build.Generate()
}
