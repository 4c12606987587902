package activations

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// afterLayer matches what comes before a number that names a layer rather than a
// shard along the rows.
var afterLayer = regexp.MustCompile(`(?i)(layers?|blk|blocks?|resid|(^|[^a-z])l)[_.-]?$`)

var numberInName = regexp.MustCompile(`\d+`)

// checkLayerNames refuses files of as many rows whose names differ in the number of a
// layer, where the path doesn't say what the number is: joined along the rows they
// would be other rows.
func (d *Dump) checkLayerNames() error {
	stated := slices.Contains(d.spec.Axes, Layer) || d.shape.Layers > 1 && d.layers != nil || slices.ContainsFunc(d.spec.Paths, hasMarks)
	if len(d.shards) < 2 || stated {
		return nil
	}
	layered, sharded := d.likelyLayers()
	if layered == "" {
		return nil
	}
	expected := fmt.Sprintf("what the numbers are: with a file for every layer, path: %s; with shards along the rows alone, path: %s", layered, sharded)
	if strings.Contains(layered, rowMark) {
		expected = fmt.Sprintf("what the numbers are: with a file for every layer and shard, path: %s", layered)
	}
	return &FormatError{File: strings.ReplaceAll(sharded, rowMark, "*"), Part: "path", Offset: -1,
		Found: fmt.Sprintf("%d files, joined along the rows to %d rows", len(d.shards), d.shape.Rows), Expected: expected}
}

// likelyLayers finds the path with placeholders for files that are likely layers of
// the same rows, and the one that takes them for other rows. Both are empty where the
// names say nothing of layers, or files that differ in the layer alone have other
// numbers of rows.
func (d *Dump) likelyLayers() (layered, sharded string) {
	first := d.firstPath()
	texts := numberInName.Split(first, -1)
	differ := make([]bool, len(texts)-1) // which of the numbers do
	numbers := make([][]string, len(d.shards))
	for i, s := range d.shards {
		path := s.files[0].Path
		if !slices.Equal(numberInName.Split(path, -1), texts) {
			return "", ""
		}
		numbers[i] = numberInName.FindAllString(path, -1)
		for k := range differ {
			differ[k] = differ[k] || numbers[i][k] != numbers[0][k]
		}
	}
	layer := -1
	for k, text := range texts[:len(differ)] {
		if differ[k] && layer < 0 && afterLayer.MatchString(text) {
			layer = k
		}
	}
	if layer < 0 {
		return "", ""
	}
	layers, rows := map[string]bool{}, map[string]int{} // by the other numbers
	for i, s := range d.shards {
		layers[numbers[i][layer]] = true
		numbers[i][layer] = ""
		others := strings.Join(numbers[i], " ")
		if n, ok := rows[others]; ok && n != s.rows {
			return "", ""
		}
		rows[others] = s.rows
	}
	if len(layers)*len(rows) != len(d.shards) {
		return "", ""
	}
	for k, text := range texts {
		layered, sharded = layered+text, sharded+text
		switch {
		case k == len(differ):
		case k == layer:
			layered, sharded = layered+layerMark, sharded+rowMark
		case differ[k]:
			layered, sharded = layered+rowMark, sharded+rowMark
		default:
			number := numberInName.FindAllString(first, -1)[k]
			layered, sharded = layered+number, sharded+number
		}
	}
	return layered, sharded
}
