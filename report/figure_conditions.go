package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A slopePlot has a panel for each pairing of conditions, with a line for each of
// what is measured under both.
type slopePlot struct {
	panels  []pairing
	dropped int
	series  []slopeSeries // those that some panel has
	level   float64
	low     float64
}

// A slopeSeries is one line of the panels.
type slopeSeries struct {
	words, short string
	hue          role
	dashes       []vg.Length
	glyph        glyph
	// from and to are its places among the levels of the two conditions.
	from, to int
}

var slopes = []slopeSeries{
	{"behaviour", "behaviour", actionHue, nil, disc, 0, 0},
	{"probe of the first condition", "probe of the first", probeHue, nil, diamond, 1, 1},
	{"at the matched alarm rate", "matched alarm rate", probeHue, []vg.Length{4, 2}, ring, 1, 2},
	{"probe of each condition", "probe of each", embedHue, []vg.Length{1.5, 2}, triangle, 1, 3},
}

func ring(c draw.Canvas, r role, at vg.Point, radius vg.Length) {
	disc(c, r, at, radius)
	disc(c, paper, at, radius-1.2)
}

func triangle(c draw.Canvas, r role, at vg.Point, radius vg.Length) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: r.color(), Radius: radius, Shape: draw.PyramidGlyph{}}, at)
}

// ends are the estimates of a series in a pairing.
func (s slopeSeries) ends(p pairing) (from, to result.Row) {
	first, second := p.conditionLevels()
	return first[s.from], second[s.to]
}

func drawConditions(r *result.Result) *drawing {
	p := &slopePlot{level: r.Protocol.Level, low: 0.5}
	for _, c := range conditionsOf(r) {
		if _, to := slopes[1].ends(c); to.Estimate.OK() {
			p.panels = append(p.panels, c)
		}
	}
	if len(p.panels) > maxPairings {
		p.dropped = len(p.panels) - maxPairings
		p.panels = p.panels[:maxPairings]
	}
	for _, s := range slopes {
		some := false
		for _, c := range p.panels {
			from, to := s.ends(c)
			for _, e := range []estimate.Estimate{from.Estimate, to.Estimate} {
				p.makeRoom(e)
			}
			some = some || to.Estimate.OK()
		}
		if some {
			p.series = append(p.series, s)
		}
	}
	if len(p.panels) == 0 {
		return nil
	}
	p.low = max(0, math.Floor(10*p.low+1e-9)/10)
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			columns := p.columns(w)
			rows := (len(p.panels) + columns - 1) / columns
			return w, p.heading(w) + vg.Length(rows)*panelHeight
		},
		paint: p.paint,
		alt:   p.alt(),
	}
}

const panelHeight = 2.3 * vg.Inch

func (p *slopePlot) makeRoom(e estimate.Estimate) {
	if !e.OK() {
		return
	}
	p.low = min(p.low, e.Value)
	if e.Interval != nil {
		p.low = min(p.low, e.Interval.Low)
	}
}

// columns is how many panels stand side by side.
func (p *slopePlot) columns(w vg.Length) int {
	most := 3
	if w < 5*vg.Inch {
		most = 2
	}
	return min(len(p.panels), most)
}

// keys lays the names of the series out in lines no wider than w.
func (p *slopePlot) keys(w vg.Length) (lines [][]slopeSeries) {
	style := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	var used vg.Length
	for _, s := range p.series {
		width := keyLead + style.Width(s.name(w)) + 12
		if n := len(lines); n == 0 || used+width > w {
			lines, used = append(lines, nil), 0
		}
		lines[len(lines)-1] = append(lines[len(lines)-1], s)
		used += width
	}
	return lines
}

const keyLead = 22

func (s slopeSeries) name(w vg.Length) string {
	if w < 5*vg.Inch {
		return s.short
	}
	return s.words
}

func (p *slopePlot) heading(w vg.Length) vg.Length { return 20 + 13*vg.Length(len(p.keys(w))) }

func (p *slopePlot) paint(c draw.Canvas) {
	w := c.Size().X
	title := fmt.Sprintf("Accuracy on the same pairs; bars: %s intervals", level(p.level))
	if p.dropped > 0 {
		title += fmt.Sprintf("; %d more in the results", p.dropped)
	}
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(style, title, w-4))
	key := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	y := c.Max.Y - 24
	for _, line := range p.keys(w) {
		x := c.Min.X + 2
		for _, s := range line {
			c.StrokeLine2(lineStyle(s.hue, 1.4, s.dashes...), x, y, x+keyLead-5, y)
			s.glyph(c, s.hue, vg.Point{X: x + (keyLead-5)/2, Y: y}, 3)
			fillTextMiddle(c, key, vg.Point{X: x + keyLead, Y: y}, s.name(w))
			x += keyLead + key.Width(s.name(w)) + 12
		}
		y -= 13
	}
	columns := p.columns(w)
	width := min(w/vg.Length(columns), 3*vg.Inch)
	top := c.Max.Y - p.heading(w)
	for i, panel := range p.panels {
		left := c.Min.X + vg.Length(i%columns)*width
		high := top - vg.Length(i/columns)*panelHeight
		p.panel(draw.Canvas{Canvas: c.Canvas, Rectangle: vg.Rectangle{
			Min: vg.Point{X: left + 2, Y: high - panelHeight + 4}, Max: vg.Point{X: left + width - 6, Y: high - 6},
		}}, panel)
	}
}

func (p *slopePlot) panel(c draw.Canvas, of pairing) {
	small := textStyle(muted, smallType, draw.XCenter, draw.YTop)
	room := 0.5*c.Size().X - 16
	ticks := steps(p.low, 1, 0.1, 1, number)
	x := []plot.Tick{{Value: 0, Label: fit(small, of.first, room)}, {Value: 1, Label: fit(small, of.second, room)}}
	plot := newPlot(-0.35, 1.35, p.low, 1, x, ticks)
	plot.Add(gridAt(ticks))
	body := draw.Crop(c, 0, -20, 0, 0)
	plot.Draw(body)
	data := plot.DataCanvas(body)
	toX, toY := plot.Transforms(&data)

	var ends []result.Row
	var at []vg.Length
	var hues []role
	for k, s := range p.series {
		from, to := s.ends(of)
		// Moved aside, so that no bar lies on another.
		aside := 0.11 * (float64(k) - float64(len(p.series)-1)/2)
		start, end := vg.Point{X: toX(aside)}, vg.Point{X: toX(1 + aside)}
		if from.Estimate.OK() {
			// What begins at the value of another line begins at its place.
			if s.from != s.to {
				start.X = toX(0.11 * (float64(p.place(1)) - float64(len(p.series)-1)/2))
			}
			start.Y = toY(from.Estimate.Value)
		}
		if to.Estimate.OK() {
			end.Y = toY(to.Estimate.Value)
		}
		if from.Estimate.OK() && to.Estimate.OK() {
			c.StrokeLine2(lineStyle(s.hue, 1.4, s.dashes...), start.X, start.Y, end.X, end.Y)
		}
		if from.Estimate.OK() && s.from == s.to {
			if i := from.Estimate.Interval; i != nil {
				errorBar(c, s.hue, start.X, toY(i.Low), start.X, toY(i.High))
			}
			s.glyph(c, s.hue, start, 3)
			hintAt(c, start, s.words+", "+of.first+": "+told(from.Estimate, number))
		}
		if !to.Estimate.OK() {
			continue
		}
		if i := to.Estimate.Interval; i != nil {
			errorBar(c, s.hue, end.X, toY(i.Low), end.X, toY(i.High))
		}
		s.glyph(c, s.hue, end, 3)
		hintAt(c, end, s.words+", "+of.second+": "+told(to.Estimate, number))
		ends, at, hues = append(ends, to), append(at, end.Y), append(hues, s.hue)
	}
	value := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	for k, y := range spread(at, 9.5, data.Min.Y, data.Max.Y) {
		c.StrokeLine2(lineStyle(hues[k], hairline, 1, 1.5), toX(1.3), at[k], data.Max.X+3, y)
		fillTextMiddle(c, value, vg.Point{X: data.Max.X + 5, Y: y}, number(ends[k].Estimate.Value, 2))
	}
}

// place is where the line of a series from level k to level k stands.
func (p *slopePlot) place(k int) int {
	for i, s := range p.series {
		if s.from == k && s.to == k {
			return i
		}
	}
	return 0
}

func (p *slopePlot) alt() string {
	var parts []string
	for _, panel := range p.panels {
		var lines []string
		for _, s := range p.series {
			from, to := s.ends(panel)
			lines = append(lines, fmt.Sprintf("%s %s and %s", s.words, valueWithInterval(from.Estimate, 2, number), valueWithInterval(to.Estimate, 2, number)))
		}
		parts = append(parts, fmt.Sprintf("%s and %s: %s", oneLine(panel.first, 60), oneLine(panel.second, 60), strings.Join(lines, ", ")))
	}
	return "Slope plot of accuracies under two conditions. " + strings.Join(parts, "; ") + "."
}
