package main

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize"

	"tell/activations"
)

// inspection is what "tell inspect" finds.
type inspection struct {
	Format string        `json:"format"`
	Files  []file        `json:"files"`
	Note   string        `json:"note,omitempty"` // why no hidden states were read
	DType  string        `json:"dtype,omitempty"`
	Shape  *shape        `json:"shape,omitempty"`
	Layers []string      `json:"layers,omitempty"`
	Notes  []string      `json:"notes,omitempty"` // what is in the files and not in the dump
	Health []health      `json:"health,omitempty"`
	Table  *columnsFound `json:"table,omitempty"`
	misfit error         // of a table that is given beside the dump
}

type file struct {
	Path string `json:"path"`
	Size int64  `json:"size"`
}

type shape struct {
	Rows      int `json:"rows"`
	Layers    int `json:"layers"`
	Positions int `json:"positions"`
	Width     int `json:"width"`
	// Fewest is the positions of the row that has the fewest, where rows differ.
	Fewest int `json:"fewest_positions,omitempty"`
}

// health is what can be wrong with one layer and position.
type health struct {
	Layer           int     `json:"layer"`
	Position        int     `json:"position"`
	Name            string  `json:"name"`
	NaN             int     `json:"nan"`
	Inf             int     `json:"inf"`
	FirstNonFinite  *int    `json:"first_non_finite_row,omitempty"`
	ConstantColumns int     `json:"constant_columns"`
	MaxAbs          float64 `json:"max_abs"`
}

// columnsFound describes a table of examples.
type columnsFound struct {
	Rows    int           `json:"rows"`
	Columns []columnFound `json:"columns"`
	Omitted []omitted     `json:"left_out,omitempty"`
}

// omitted is a column that the table leaves out.
type omitted struct {
	Name   string `json:"name"`
	Reason string `json:"reason"`
}

type columnFound struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Nulls    int    `json:"nulls"`
	Distinct int    `json:"distinct"`
	Examples []any  `json:"examples"`
	// Counts are the values, the most frequent first, of a column with few.
	Counts []valueCount `json:"counts,omitempty"`
}

type valueCount struct {
	Value any `json:"value"`
	Rows  int `json:"rows"`
}

// fewValues is how many values a column may have to be counted.
const fewValues = 6

func inspectDump(d *activations.Dump) (*inspection, error) {
	s := d.Shape()
	is := &inspection{
		Format: d.Format(), DType: string(d.DType()), Layers: d.LayerNames(),
		Shape: &shape{Rows: s.Rows, Layers: s.Layers, Positions: s.Positions, Width: s.Width}, Notes: d.Notes(),
	}
	counts, err := d.Counts()
	if err != nil {
		return nil, err
	}
	if counts != nil && slices.Min(counts) < s.Positions {
		is.Shape.Fewest = slices.Min(counts)
	}
	for _, f := range d.Files() {
		is.Files = append(is.Files, file{f.Path, f.Size})
	}
	return is, nil
}

// positionsText is "3 positions", or "8 to 40 positions" where rows differ.
func (s *shape) positionsText() string {
	text := count(s.Positions, "position", "positions")
	if s.Fewest > 0 {
		text = fmt.Sprintf("%d to %s", s.Fewest, text)
	}
	return text
}

func healthOf(layer, position int, name string, h activations.Health) health {
	found := health{
		Layer: layer, Position: position, Name: name,
		NaN: h.NaN, Inf: h.Inf, ConstantColumns: h.ConstantColumns, MaxAbs: h.MaxAbs,
	}
	if h.FirstNonFinite >= 0 {
		found.FirstNonFinite = &h.FirstNonFinite
	}
	return found
}

// exampleValues is how many values of a column are shown.
const exampleValues = 3

func inspectColumns(e *activations.Examples) *columnsFound {
	t := &columnsFound{Rows: e.Len(), Columns: []columnFound{}}
	for _, c := range e.Columns() {
		found := columnFound{Name: c.Name, Kind: string(c.Kind), Examples: []any{}}
		if c.IsList() {
			found.Kind = "list"
		}
		at := map[string]int{}
		for i := range e.Len() {
			if c.IsNull(i) {
				found.Nulls++
				continue
			}
			text := c.String(i)
			k, seen := at[text]
			if !seen {
				k = len(at)
				at[text] = k
				if k < exampleValues {
					found.Examples = append(found.Examples, plain(c.Value(i), text))
				}
				if k < fewValues {
					found.Counts = append(found.Counts, valueCount{Value: plain(c.Value(i), text)})
				}
			}
			if k < fewValues {
				found.Counts[k].Rows++
			}
		}
		found.Distinct = len(at)
		if len(at) > fewValues || 2*len(at) > e.Len() {
			found.Counts = nil
		}
		slices.SortStableFunc(found.Counts, func(a, b valueCount) int { return b.Rows - a.Rows })
		t.Columns = append(t.Columns, found)
	}
	for _, o := range e.Omitted() {
		t.Omitted = append(t.Omitted, omitted(o))
	}
	return t
}

// plain is a value that JSON can hold: its text where it is no finite number.
func plain(v any, text string) any {
	if x, ok := v.(float64); ok && (math.IsNaN(x) || math.IsInf(x, 0)) {
		return text
	}
	return v
}

func (is *inspection) text() string {
	var b strings.Builder
	b.WriteString(is.filesText())
	rows := [][]string{{"format", is.Format}}
	if s := is.Shape; s != nil {
		rows = append(rows,
			[]string{"shape", fmt.Sprintf("%s x %s x %s x %d wide", count(s.Rows, "row", "rows"),
				count(s.Layers, "layer", "layers"), s.positionsText(), s.Width)},
			[]string{"dtype", is.DType},
			[]string{"layers", activations.Printable(some(is.Layers))},
		)
	}
	for _, note := range is.Notes {
		rows = append(rows, []string{"note", activations.Printable(note)})
	}
	if is.Note != "" {
		rows = append(rows, []string{"no states", activations.Printable(is.Note)})
	}
	b.WriteString(table(rows))
	if is.Health != nil {
		b.WriteString("\n" + is.healthText())
	}
	if is.Table != nil {
		b.WriteString("\n" + is.Table.text())
	}
	return b.String()
}

func (is *inspection) filesText() string {
	rows := [][]string{}
	for _, f := range is.Files {
		rows = append(rows, []string{activations.Printable(f.Path), humanize.IBytes(uint64(f.Size))})
	}
	return table(rows)
}

// some lists names, the middle left out where there are many.
func some(names []string) string {
	const ends = 3
	if len(names) > 2*ends+1 {
		names = slices.Concat(names[:ends], []string{"..."}, names[len(names)-ends:])
	}
	return strings.Join(names, ", ")
}

// maxF16 is the largest finite number of type f16.
const maxF16 = 65504

func (is *inspection) healthText() string {
	header := []string{"layer", "NaN", "infinite", "constant columns", "largest |x|"}
	if is.Shape.Positions > 1 {
		header = slices.Insert(header, 1, "position")
	}
	rows := [][]string{header}
	for _, h := range is.Health {
		row := []string{activations.Printable(h.Name), strconv.Itoa(h.NaN), strconv.Itoa(h.Inf), strconv.Itoa(h.ConstantColumns), strconv.FormatFloat(h.MaxAbs, 'g', 6, 64)}
		if is.Shape.Positions > 1 {
			row = slices.Insert(row, 1, strconv.Itoa(h.Position))
		}
		rows = append(rows, row)
	}
	return table(rows) + "\n" + is.verdict()
}

// verdict sums up a scan.
func (is *inspection) verdict() string {
	var bad, constant []string
	most := 0.0
	for _, h := range is.Health {
		site := activations.Printable(h.Name)
		if is.Shape.Positions > 1 {
			site += fmt.Sprintf(" at position %d", h.Position)
		}
		if h.NaN > 0 || h.Inf > 0 {
			bad = append(bad, site)
		}
		if h.ConstantColumns == is.Shape.Width {
			constant = append(constant, site)
		}
		most = max(most, h.MaxAbs)
	}
	var b strings.Builder
	if bad == nil {
		b.WriteString("every number is finite\n")
	} else {
		fmt.Fprintf(&b, "NaN or infinite numbers, on which no probe can be trained, in layers: %s\n", some(bad))
	}
	if constant != nil {
		fmt.Fprintf(&b, "the same in every row, with nothing to decode, in layers: %s\n", some(constant))
	}
	if is.DType == string(activations.F16) {
		fmt.Fprintf(&b, "largest |x| is %g of the %s that f16 can hold\n", most, humanize.Comma(maxF16))
	}
	return b.String()
}

func (t *columnsFound) text() string {
	rows := [][]string{{"column", "kind", "nulls", "distinct", "such as"}}
	for _, c := range t.Columns {
		values := make([]string, len(c.Examples))
		for i, v := range c.Examples {
			values[i] = shown(v)
		}
		if c.Counts != nil {
			values = nil
		}
		for _, v := range c.Counts {
			values = append(values, fmt.Sprintf("%s (%d)", shown(v.Value), v.Rows))
		}
		rows = append(rows, []string{activations.Printable(c.Name), c.Kind, strconv.Itoa(c.Nulls), strconv.Itoa(c.Distinct), strings.Join(values, ", ")})
	}
	var left strings.Builder
	if t.Omitted != nil {
		left.WriteString("\nleft out:\n")
	}
	for _, o := range t.Omitted {
		fmt.Fprintf(&left, "%s: %s\n", activations.Printable(o.Name), activations.Printable(o.Reason))
	}
	return fmt.Sprintf("%s in %s\n\n%s", count(t.Rows, "example", "examples"), count(len(t.Columns), "column", "columns"), table(rows)) + left.String()
}

// shown prints a value in one short piece; texts are in quotation marks.
func shown(v any) string {
	const most = 32
	s, ok := v.(string)
	if !ok {
		return fmt.Sprint(v)
	}
	if r := []rune(s); len(r) > most {
		s = string(r[:most-1]) + "…"
	}
	return strconv.Quote(s)
}
