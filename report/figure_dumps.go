package report

import (
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A differencePlot shows differences between dumps beside 0 and a margin.
type differencePlot struct {
	rows            []differenceRow
	dropped         int
	level, margin   float64
	of              string // what the differences are in
	low, high, step float64
}

// A differenceRow is one difference, or, without a key, the name of the dump that
// the next are about.
type differenceRow struct {
	change dumpChange
	name   string
	row    result.Row
}

func drawDumps(r *result.Result) *drawing {
	p := &differencePlot{level: r.Protocol.Level, of: "AUROC or accuracy"}
	if !isBinary(r) {
		p.of = "correlation or share"
	}
	list := dumpsOf(r)
	p.dropped = max(0, len(list)-maxPairings)
	known := false
	for _, l := range list[:len(list)-p.dropped] {
		p.rows = append(p.rows, differenceRow{name: l.second + " − " + l.first})
		p.margin = max(p.margin, l.margin())
		for _, c := range dumpChangesOf(r) {
			if row := l.dumpChange(c); there(row) && isScaled(row) {
				p.rows = append(p.rows, differenceRow{change: c, row: row})
				known = known || row.Estimate.OK()
				p.makeRoom(row.Estimate)
			}
		}
	}
	if !known {
		return nil
	}
	p.low, p.high = min(p.low, -p.margin), max(p.high, p.margin)
	p.step, p.low, p.high = differenceAxis(p.low, p.high)
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, vg.Length(len(p.rows))*differenceHeight + 60 },
		paint: p.paint,
		alt:   p.alt(),
	}
}

const differenceHeight = 16

// differenceAxis widens a range of differences that holds 0 to round ends.
func differenceAxis(low, high float64) (step, from, to float64) {
	for _, step = range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5} {
		if (high-low)/step <= 7 {
			break
		}
	}
	from, to = step*math.Floor(low/step+1e-9), step*math.Ceil(high/step-1e-9)
	if to-from < step {
		to += step
	}
	return step, from, to
}

func (p *differencePlot) makeRoom(e estimate.Estimate) {
	if !e.OK() {
		return
	}
	p.low, p.high = min(p.low, e.Value), max(p.high, e.Value)
	if i := e.Interval; i != nil {
		p.low, p.high = min(p.low, i.Low), max(p.high, i.High)
	}
}

func (p *differencePlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	left, right := vg.Length(132), vg.Length(190)
	if phone {
		left, right = 100, 8
	}
	title, band := "Differences between dumps", "; band: margin ±"
	if phone {
		title, band = "Differences", "; band: ±"
	}
	title += fmt.Sprintf("; bars: %s intervals", level(p.level))
	if p.margin > 0 {
		title += band + float(p.margin)
	}
	if p.dropped > 0 {
		title += fmt.Sprintf("; %d more in the results", p.dropped)
	}
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fit(style, title, c.Size().X-4))

	digits := 2
	if p.step >= 0.1 {
		digits = 1
	}
	ticks := steps(p.low, p.high, p.step, digits, signed)
	plot := newPlot(p.low, p.high, 0, 1, ticks, nil)
	plot.Y.LineStyle.Width = 0
	plot.X.Label.Text = "difference in " + p.of
	if phone {
		plot.X.Label.Text = "difference"
	}
	plot.X.Label.Padding = 4
	plot.Add(mark(func(c draw.Canvas, x, _ func(float64) vg.Length) {
		if p.margin > 0 {
			c.FillPolygon(nullBand.color(), []vg.Point{{X: x(-p.margin), Y: c.Min.Y}, {X: x(p.margin), Y: c.Min.Y}, {X: x(p.margin), Y: c.Max.Y}, {X: x(-p.margin), Y: c.Max.Y}})
		}
	}), gridAroundZero(ticks, p.step))
	body := draw.Crop(c, left, -right, 2, -20)
	plot.Draw(body)
	data := plot.DataCanvas(body)
	x, _ := plot.Transforms(&data)
	y := data.Max.Y - differenceHeight/2
	for _, row := range p.rows {
		p.row(c, row, data, x, y, phone)
		y -= differenceHeight
	}
}

func (p *differencePlot) row(c draw.Canvas, row differenceRow, data draw.Canvas, x func(float64) vg.Length, y vg.Length, phone bool) {
	if row.row.Key == "" {
		style := bold(textStyle(ink, smallType, draw.XLeft, draw.YCenter))
		fillTextMiddle(c, style, vg.Point{X: c.Min.X + 2, Y: y - 1}, fit(style, row.name, data.Min.X-c.Min.X-8))
		return
	}
	label := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	words := row.change.title
	if phone {
		words = row.change.short
	}
	fillTextMiddle(c, label, vg.Point{X: c.Min.X + 10, Y: y}, fit(label, words, data.Min.X-c.Min.X-16))
	e := row.row.Estimate
	at := vg.Point{X: data.Max.X + 8, Y: y}
	if !e.OK() {
		quiet := textStyle(muted, smallType, draw.XLeft, draw.YCenter)
		if phone {
			at.X = data.Min.X + 4
		}
		fillTextMiddle(c, quiet, at, "not estimable")
		return
	}
	hue, glyph := row.change.look()
	if i := e.Interval; i != nil {
		c.StrokeLine2(lineStyle(hue, 1.4), x(i.Low), y, x(i.High), y)
	}
	glyph(c, hue, vg.Point{X: x(e.Value), Y: y}, 3.2)
	hintAt(c, vg.Point{X: x(e.Value), Y: y}, row.change.title+": "+told(e, signed))
	if !phone {
		number := valueWithInterval(e, 2, signed)
		fillTextMiddle(c, label, at, number)
		if word := shownOf(e); word != "" {
			quiet := textStyle(muted, smallType, draw.XLeft, draw.YCenter)
			at.X += label.Width(number) + 6
			fillTextMiddle(c, quiet, at, fit(quiet, word, c.Max.X-at.X-2))
		}
	}
}

// look tells what is decoded from what is done and from what is between them.
func (d dumpChange) look() (role, func(draw.Canvas, role, vg.Point, vg.Length)) {
	switch {
	case d.predictor == result.Behaviour:
		return actionHue, disc
	case d.predictor == "":
		return ink, triangle
	case d.frozen:
		return probeHue, ring
	}
	return probeHue, diamond
}

func (p *differencePlot) alt() string {
	var parts []string
	for _, row := range p.rows {
		if row.row.Key == "" {
			parts = append(parts, oneLine(row.name, 60))
			continue
		}
		s := row.change.title + " " + valueWithInterval(row.row.Estimate, 2, signed)
		if word := shownOf(row.row.Estimate); word != "" {
			s += ", " + word
		}
		parts = append(parts, s)
	}
	return "Differences between dumps beside 0. " + strings.Join(parts, "; ") + "."
}
