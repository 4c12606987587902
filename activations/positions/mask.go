package positions

import (
	"slices"
	"strings"
)

// ParseMask reads a mask of n positions, such as [0, 1, 1] or [true, false], or
// [0 1 1] as pandas writes an array into CSV.
func ParseMask(text string) (counted []Span, n int, ok bool) {
	text, begins := strings.CutPrefix(strings.TrimSpace(text), "[")
	text, ends := strings.CutSuffix(text, "]")
	if !begins || !ends {
		return nil, 0, false
	}
	counted = []Span{}
	items := strings.Fields(text)
	if strings.Contains(text, ",") {
		items = strings.Split(text, ",")
	}
	for _, item := range items {
		switch strings.TrimSpace(item) {
		case "1", "true", "True", "1.0":
			counted = addPosition(counted, n)
		case "0", "false", "False", "0.0":
		default:
			return nil, 0, false
		}
		n++
	}
	return slices.Clip(counted), n, true
}

// addPosition appends a position that lies after those in spans.
func addPosition(spans []Span, at int) []Span {
	if k := len(spans) - 1; k >= 0 && spans[k].To == at {
		spans[k].To++
		return spans
	}
	return append(spans, Span{at, at + 1})
}
