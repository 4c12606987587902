package report

import (
	"slices"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/metric"
	"tell/result"
)

// wordsOf lists what is written in a drawing.
func wordsOf(d *drawing, width vg.Length) []string {
	c := &wordCanvas{}
	c.w, c.h = d.size(width)
	d.paintOn(c)
	return c.words
}

func TestPositionsAreNamedAsPositions(t *testing.T) {
	r := withPositions(t, 3)
	for i := range r.Sites {
		r.Sites[i].Name = "blocks." + r.Sites[i].Name
	}
	r.Choices[0].Position = 2
	for _, c := range []struct {
		site, read, want []string
	}{
		{[]string{"subject", "verb", "end"}, nil, []string{"subject", "verb", "end"}},
		{nil, []string{"-3", "-2", "-1"}, []string{"position −3", "position −2", "position −1"}},
		{[]string{"0", "1", "end"}, []string{"x", "y", "z"}, []string{"position 0", "position 1", "end"}},
		{nil, nil, []string{"position 0", "position 1", "position 2"}},
	} {
		for i := range r.Sites {
			r.Sites[i].PositionName = ""
			if c.site != nil {
				r.Sites[i].PositionName = c.site[r.Sites[i].Position]
			}
		}
		r.Reading.Positions = c.read
		for _, width := range []vg.Length{wide, narrow} {
			for _, f := range []string{"layers", "positions"} {
				k := slices.IndexFunc(figures, func(known figure) bool { return known.name == f })
				words := wordsOf(figures[k].draw(r), width)
				for _, want := range c.want {
					if !slices.Contains(words, want) {
						t.Errorf("%s at %v: found %q, expected %q among them", f, width, words, want)
					}
				}
				lacks(t, strings.Join(words, " "), "blocks")
			}
		}
		holds(t, drawLayers(r).alt, c.want[0]+": ")
		lacks(t, drawLayers(r).alt, "blocks")
		table := sectionOf(t, r, "layers")
		holds(t, table, "12 blocks.12 "+c.want[0]+" ", "12 blocks.12 "+c.want[2]+" ", "of layer and position")
		holds(t, sectionOf(t, r, "probe"), "0 0 19 "+c.want[2]+" 0.04642")
	}
}

// A layer is called the embeddings where that is known, and nowhere else.
func TestEmbeddingsAreNamedWhereTheyAreKnown(t *testing.T) {
	for _, c := range []struct {
		layer *int
		want  string
	}{
		{new(int), "layer (0 = embeddings); ▲ chosen inside a training fold"},
		{nil, "layer; ▲ chosen inside a training fold"},
		{ptr(99), "layer; ▲ chosen inside a training fold"},
		{ptr(2), "layer (2 = embeddings); ▲ chosen inside a training fold"},
	} {
		r := withPositions(t, 3)
		r.Reading.Embeddings = c.layer
		if words := wordsOf(drawLayers(r), wide); !slices.Contains(words, c.want) {
			t.Errorf("found %q, expected %q among them", words, c.want)
		}
		label, _, _ := strings.Cut(c.want, ";")
		label += "; outlined: chosen inside a training fold"
		if words := wordsOf(drawPositions(r), wide); !slices.Contains(words, label) {
			t.Errorf("found %q, expected %q among them", words, label)
		}
	}
}

func ptr(n int) *int { return &n }

// A bin has a bar from end to end of its interval, and none if it has no
// interval.
func TestCalibrationBars(t *testing.T) {
	at := func(scale float64) func(float64) vg.Length {
		return func(v float64) vg.Length { return vg.Length(scale * v) }
	}
	p := &calibrationPlot{bins: []metric.CalibrationBin{
		{MeanP: 0.25, N: 4, Observed: estimate.Estimate{Value: 0.5, Interval: &estimate.Interval{Low: 0.125, High: 0.75}}},
		{MeanP: 0.5, N: 1, Observed: estimate.Estimate{Value: 1}},
		{MeanP: 0.75, N: 2, Observed: estimate.Estimate{Value: 0.5, Interval: &estimate.Interval{Low: 0, High: 1}}},
	}}
	c := &wordCanvas{w: 100, h: 100}
	p.points(draw.New(c), at(100), at(1000))
	var got [][2]vg.Point
	for _, line := range c.lines {
		got = append(got, [2]vg.Point{line[0].Pos, line[len(line)-1].Pos})
	}
	want := [][2]vg.Point{{{X: 25, Y: 125}, {X: 25, Y: 750}}, {{X: 75, Y: 0}, {X: 75, Y: 1000}}}
	if !slices.Equal(got, want) {
		t.Errorf("found bars %v, expected %v", got, want)
	}
}

func TestCalibrationBinsAreReadFromTheTable(t *testing.T) {
	r, _ := capitals(t)
	bins := calibrationOf(r)
	if len(bins) != 10 || bins[3].Low != 0.3 || bins[3].High != 0.4 || bins[9].High != 1 || bins[0].N != 182 {
		t.Errorf("found bins %+v", bins)
	}
	again := result.CalibrationRows(bins)
	if rows := r.Table.In(result.Nested); !slices.EqualFunc(again, rows[len(rows)-len(again):], func(a, b result.Row) bool {
		return a.Key == b.Key && a.Subset == b.Subset && a.Estimate.Value == b.Estimate.Value && a.Estimate.N == b.Estimate.N
	}) {
		t.Error("bins differ from the rows that they were read from")
	}
}

// Layers of a heat map lie side by side, whatever numbers lie between them.
func TestHeatMapOfSomeLayers(t *testing.T) {
	r := withPositions(t, 2)
	number := map[int]int{0: 7, 2: 15, 4: 23}
	r.Sites = slices.DeleteFunc(r.Sites, func(s result.Site) bool { return number[s.Layer] == 0 })
	for i := range r.Sites {
		r.Sites[i].Layer = number[r.Sites[i].Layer]
	}
	for i := range r.Table {
		r.Table[i].Layer = number[r.Table[i].Layer]
	}
	words := strings.Join(wordsOf(drawPositions(r), wide), "|")
	holds(t, words, "|7|15|23|layer; ")
	holds(t, drawPositions(r).alt, "2 positions by layers 7 to 23")
}
