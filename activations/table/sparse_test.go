package table

import (
	"bufio"
	"fmt"
	"strings"
	"testing"
)

// Two megabytes of keys and of empty objects would be 600 million cells.
func TestSparseJSONL(t *testing.T) {
	var keys strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&keys, `,"c%d":1`, i)
	}
	wide, empty := "{"+keys.String()[1:]+"}\n", strings.Repeat("{}\n", 2_000)
	for name, text := range map[string]string{"first": wide + empty, "last": empty + wide} {
		_, err := ReadJSONL("x.jsonl", bufio.NewReader(strings.NewReader(text)))
		if err == nil || !strings.Contains(err.Error(), "cells in") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := ReadJSONL("x.jsonl", bufio.NewReader(strings.NewReader(strings.Repeat(wide, 5)+"{}\n"))); err != nil {
		t.Error(err)
	}
}
