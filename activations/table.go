package activations

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"tell/activations/internal/input"
	"tell/activations/table"
)

// ReadExamples reads a table of examples from a JSON, JSONL, CSV or TSV file, or from
// the columns of any format of dumps that holds a table, a saved dataset among
// them. What the file holds decides; its extension only tells CSV from TSV.
//
// JSON: an array of objects, or an object with one; see [table.ReadJSON]. JSONL: one
// object a line; a key that a line lacks is null there; numbers are
// ints, or floats if any of a column is; nested values are kept as JSON text.
// CSV and TSV: the first line names the columns; a column is bool, int or float
// if every cell that is not empty is (a number with leading zeros is text);
// empty cells are null. Arrow and Parquet: columns of lists are left out,
// except those named in lists, which are of whole numbers or bools and are kept
// as JSON text too.
func ReadExamples(path string, lists ...string) (*Examples, error) {
	paths, err := expandDatasets([]string{path})
	if err != nil {
		return nil, err
	}
	var all *Examples
	for _, path := range paths {
		f, err := input.Open(path)
		if err != nil {
			return nil, err
		}
		e, err := readExamples(f, lists)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		if all, err = all.Extend(e); err != nil {
			return nil, err
		}
	}
	return all, nil
}

func readExamples(f *input.File, lists []string) (*Examples, error) {
	head, err := f.Head(headSize)
	if err != nil {
		return nil, err
	}
	for _, format := range formats {
		switch {
		case format.has(unsure) || !format.match(f, head, Spec{}):
			continue
		case format.has(unread) && format.examples == nil:
			_, err := format.open(f, Spec{})
			return nil, err
		case format.examples == nil:
			return nil, f.Errorf("", -1, format.name, "a table: JSONL, CSV, TSV, or %s", tableFormats())
		}
		return format.examples(f, lists)
	}
	if isIndex(f, head) {
		s, err := openSafetensorsIndex(f, Spec{})
		if err == nil {
			err = errors.Join(f.Errorf("", -1, "the index of safetensors files", "a table: JSONL, CSV, TSV, or %s", tableFormats()), s.Close())
		}
		return nil, err
	}
	text := bufio.NewReaderSize(io.NewSectionReader(f.R, 0, f.Size), 64<<10)
	begin := int64(0)
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		begin = 3
		if _, err := text.Discard(3); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		head = head[3:]
	}
	switch head = bytes.TrimLeft(head, " \t\r\n"); {
	case len(head) == 0:
		return nil, f.Errorf("", 0, "an empty file", "a table: JSONL, CSV or TSV")
	case bytes.IndexByte(head, 0) >= 0:
		return nil, f.Errorf("", 0, fmt.Sprintf("%q", head[:min(8, len(head))]), "a table: JSONL, CSV, TSV, or %s", tableFormats())
	case head[0] == '[', head[0] == '{' && table.IsDocument(io.NewSectionReader(f.R, begin, f.Size-begin)):
		return table.ReadJSON(f.Path, text)
	case head[0] == '{':
		return table.ReadJSONL(f.Path, text)
	}
	return table.ReadCSV(f.Path, text, delimiter(f.Path, text))
}

// delimiter tells TSV from CSV by the extension, else by the first line.
func delimiter(path string, text *bufio.Reader) rune {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".tsv", ".tab":
		return '\t'
	case ".csv":
		return ','
	}
	line, _ := text.Peek(text.Size())
	line, _, _ = bytes.Cut(line, []byte("\n"))
	if bytes.IndexByte(line, '\t') >= 0 && bytes.IndexByte(line, ',') < 0 {
		return '\t'
	}
	return ','
}
