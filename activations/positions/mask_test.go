package positions

import (
	"encoding/json"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

func TestMasks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		mask := rapid.SliceOf(rapid.Bool()).Draw(t, "mask")
		text, err := json.Marshal(mask)
		if err != nil {
			t.Fatal(err)
		}
		spans, n, ok := ParseMask(string(text))
		if !ok || n != len(mask) || spans == nil {
			t.Fatalf("%v: %v of %d, %v", mask, spans, n, ok)
		}
		if err := (&RowPositions{Counted: [][]Span{spans}}).Check(1); err != nil {
			t.Fatal(err)
		}
		var ones []int
		for i, on := range mask {
			if on {
				ones = append(ones, i)
			}
		}
		if CountSpans(spans) != len(ones) {
			t.Fatalf("%v: %v", mask, spans)
		}
		for i, at := range ones {
			if got := inSpans(spans, i); got != at {
				t.Fatalf("%v: position %d of those that count is %d, want %d", mask, i, got, at)
			}
		}
	})
	if spans, n, ok := ParseMask("[ True False\n  True]"); !ok || n != 3 || !slices.Equal(spans, []Span{{0, 1}, {2, 3}}) {
		t.Errorf("a mask of numpy: %v of %d, %v", spans, n, ok)
	}
	for _, text := range []string{"", "[", "[1", "1]", "[1 0 ... 1]", "[1, 0 1]", "[1,2]", "[1,,0]", "[1,null]", "[[1]]", "[true,0,]", `["1"]`} {
		if spans, n, ok := ParseMask(text); ok {
			t.Errorf("%q: %v of %d", text, spans, n)
		}
	}
}
