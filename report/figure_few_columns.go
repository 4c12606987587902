package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A fewColumnsPlot is the headline metric over the number of columns, on a
// logarithmic axis, of chosen columns and of ones drawn at random.
type fewColumnsPlot struct {
	r *result.Result
	headline
	chosen, random curve // by the logarithm of the number
	ticks          []plot.Tick
	all            estimate.Estimate
	low            float64
}

func drawFewColumns(r *result.Result) *drawing {
	f := &fewColumnsPlot{r: r, headline: headlineOf(r), all: nestedOf(r).Estimate(headlineOf(r).key)}
	f.low = f.headline.low
	for _, row := range r.Table.In(result.Sparse) {
		k, err := strconv.Atoi(row.Subset.Value)
		if row.Key != f.key || err != nil || k < 1 {
			continue
		}
		p := point{layer: math.Log2(float64(k)), auroc: row.Estimate}
		if row.Predictor == result.RandomColumns {
			f.random.points = append(f.random.points, p)
		} else {
			f.chosen.points = append(f.chosen.points, p)
			f.ticks = append(f.ticks, plot.Tick{Value: p.layer, Label: strconv.Itoa(k)})
		}
		if p.bounded() {
			f.low = max(2*f.chance-1, min(f.low, math.Floor(10*p.auroc.Interval.Low)/10))
		}
	}
	if len(f.chosen.points) == 0 {
		return nil
	}
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, min(w, 3.2*vg.Inch) },
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (f *fewColumnsPlot) paint(c draw.Canvas) {
	heading := fmt.Sprintf("%s of probes on few of %s columns", capital(f.short), grouped(int64(f.r.Data.Width)))
	if !onPhone(c) {
		heading += fmt.Sprintf(". Shading: %s intervals", level(f.r.Protocol.Level))
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	tags := f.tags(onPhone(c))
	body := draw.Crop(c, 2, -tagsWidth(tags), 2, -24)
	first, last := f.chosen.points[0].layer, f.chosen.points[len(f.chosen.points)-1].layer
	edge := max(0.3, 0.02*(last-first))
	yticks := steps(f.low, 1, 0.1, 1, number)
	p := newPlot(first-edge, last+edge, f.low, 1, apart(f.ticks, float64(body.Size().X-30)/(last-first+2*edge)), yticks)
	p.X.Label.Text = "number of columns"
	p.X.Label.Padding = 4
	p.Add(gridAt(yticks), mark(func(c draw.Canvas, x, y func(float64) vg.Length) {
		c.StrokeLine2(lineStyle(axis, thinLine), c.Min.X, y(f.chance), c.Max.X, y(f.chance))
		lines := []struct {
			curve
			words     string
			hue, band role
			dashes    []vg.Length
		}{{f.random, "at random", shuffled, nullBand, []vg.Length{2, 2}}, {f.chosen, "chosen", probeHue, probeBand, nil}}
		for _, of := range lines {
			for _, run := range of.runs(point.bounded) {
				fillBetween(c, of.band, run, x, y, func(p point) (float64, float64) { return p.auroc.Interval.Low, p.auroc.Interval.High })
			}
		}
		if f.all.OK() {
			c.StrokeLine2(lineStyle(ink, 1.3, 6, 2), c.Min.X, y(f.all.Value), c.Max.X, y(f.all.Value))
		}
		for _, of := range lines {
			for _, run := range of.runs(point.known) {
				strokeAlong(c, lineStyle(of.hue, thickLine, of.dashes...), run, x, y, func(p point) float64 { return p.auroc.Value })
				hintAlong(c, run, x, y, func(x float64) string { return count(int(math.Exp2(x)+0.5), "column", "columns") + ", " + of.words })
				for _, p := range run {
					disc(c, of.hue, vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}, 2)
				}
			}
		}
	}))
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	drawTags(c, tags, data, x, y)
}

// apart leaves out the labels of ticks that lie closer than a label is wide.
func apart(ticks []plot.Tick, perUnit float64) []plot.Tick {
	var kept []plot.Tick
	for _, t := range ticks {
		if n := len(kept); n > 0 && (t.Value-kept[n-1].Value)*perUnit < 20 {
			continue
		}
		kept = append(kept, t)
	}
	return kept
}

func (f *fewColumnsPlot) tags(phone bool) []tag {
	tags := []tag{{at: f.chance, text: "chance", hue: axis}}
	if f.all.OK() {
		text := "all columns " + number(f.all.Value, 2)
		if phone {
			text = "all " + number(f.all.Value, 2)
		}
		tags = append(tags, tag{at: f.all.Value, text: text, hue: ink, heavy: true})
	}
	for _, of := range []struct {
		curve
		text string
		hue  role
	}{{f.chosen, "chosen", probeHue}, {f.random, "at random", shuffled}} {
		if last, ok := of.last(point.known); ok {
			tags = append(tags, tag{at: last.auroc.Value, from: &last.layer, text: of.text, hue: of.hue})
		}
	}
	return tags
}

func (f *fewColumnsPlot) alt() string {
	var b strings.Builder
	fmt.Fprintf(&b, "Line chart of %s against the number of columns.", f.short)
	for _, of := range []struct {
		curve
		text string
	}{{f.chosen, "Chosen"}, {f.random, "Drawn at random"}} {
		fmt.Fprintf(&b, " %s:", of.text)
		for i, p := range of.points {
			if i > 0 {
				b.WriteByte(',')
			}
			fmt.Fprintf(&b, " %s with %.0f", valueWithInterval(p.auroc, 2, number), math.Exp2(p.layer))
		}
		b.WriteByte('.')
	}
	if f.all.OK() {
		fmt.Fprintf(&b, " All columns: %s.", valueWithInterval(f.all, 2, number))
	}
	return b.String()
}
