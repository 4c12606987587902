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

// A forestRow is one set of rows of the forest plot, or, with no estimates,
// the name of the breakdown that follows.
type forestRow struct {
	label       string
	n           int
	net, beyond *estimate.Estimate
	heavy       bool
}

// maxForestRows keeps the figure on a page; the rest is in the table.
const maxForestRows = 40

type forestPlot struct {
	rows      []forestRow
	dropped   int
	low, high float64
	step      float64
	level     float64
	acted     string // which rows have a behaviour
}

func drawGap(r *result.Result) *drawing {
	f := &forestPlot{level: r.Protocol.Level, acted: "behaviour 0 or 1", rows: forestRows(r)}
	if !isBinary(r) {
		f.acted = "a behaviour"
	}
	if len(f.rows) > maxForestRows {
		f.dropped = len(f.rows) - maxForestRows
		f.rows = f.rows[:maxForestRows]
	}
	known := false
	for _, row := range f.rows {
		for _, e := range row.estimates() {
			if !e.OK() {
				continue
			}
			known = true
			f.include(e.Value)
			if e.Interval != nil {
				f.include(e.Interval.Low)
				f.include(e.Interval.High)
			}
		}
	}
	if !known {
		return nil
	}
	f.setAxis()
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, f.height() + 72 },
		paint: f.paint,
		alt:   f.alt(),
	}
}

func (r forestRow) height() vg.Length {
	if r.net == nil {
		return 22
	}
	return 29
}

func (f *forestPlot) height() vg.Length {
	var h vg.Length
	for _, row := range f.rows {
		h += row.height()
	}
	return h
}

func forestRows(r *result.Result) []forestRow {
	all := gapOf(r)
	if len(all) == 0 {
		return nil
	}
	rows := []forestRow{newForestRow("all rows", all, true)}
	for k, l := range labelGaps(r) {
		if k == 0 {
			rows = append(rows, forestRow{label: "by label"})
		}
		rows = append(rows, newForestRow(sliceName(l.name), l.rows, false))
	}
	for _, b := range breakdownsOf(r) {
		rows = append(rows, forestRow{label: "by " + b.name})
		for _, s := range b.slices {
			rows = append(rows, newForestRow(sliceName(s.on.Value), s.rows, false))
		}
	}
	return rows
}

func newForestRow(label string, t result.Table, heavy bool) forestRow {
	net, beyond := netOf(t), beyondOf(t)
	return forestRow{label: label, n: t.Count("rows"), net: &net, beyond: &beyond, heavy: heavy}
}

func (r forestRow) estimates() []estimate.Estimate {
	if r.net == nil {
		return nil
	}
	return []estimate.Estimate{*r.net, *r.beyond}
}

func (f *forestPlot) include(v float64) { f.low, f.high = min(f.low, v), max(f.high, v) }

func (f *forestPlot) setAxis() {
	f.step = 0.1
	if f.high-f.low > 0.8 {
		f.step = 0.25
	}
	f.low = f.step * math.Floor(f.low/f.step+1e-9)
	f.high = f.step * math.Ceil(f.high/f.step-1e-9)
	if f.high-f.low < f.step {
		f.high += f.step
	}
}

func (f *forestPlot) paint(c draw.Canvas) {
	phone := onPhone(c)
	left, right := vg.Length(104), vg.Length(126)
	if phone {
		left, right = 84, 10
	}
	f.heading(c, phone)

	ticks := steps(f.low, f.high, f.step, 2, signed)
	if f.step == 0.1 {
		ticks = steps(f.low, f.high, f.step, 1, signed)
	}
	p := newPlot(f.low, f.high, 0, 1, ticks, nil)
	p.Y.LineStyle.Width = 0
	p.X.Label.Text = "difference in accuracy"
	if !phone {
		p.X.Label.Text += " (share of rows with " + f.acted + ")"
	}
	p.X.Label.Padding = 4
	p.Add(gridAroundZero(ticks, f.step))
	body := draw.Crop(c, left, -right, 2, -40)
	p.Draw(body)
	data := p.DataCanvas(body)
	x, _ := p.Transforms(&data)
	top := data.Max.Y
	for _, row := range f.rows {
		f.row(c, row, data, x, top-row.height()/2, phone)
		top -= row.height()
	}
}

func (f *forestPlot) heading(c draw.Canvas, phone bool) {
	top := c.Max.Y - 3
	style := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	title := fmt.Sprintf("Action-commitment gap; bars: %s intervals", level(f.level))
	if f.dropped > 0 {
		title += fmt.Sprintf("; %d more in the results", f.dropped)
	}
	c.FillText(style, vg.Point{X: c.Min.X + 2, Y: top}, title)
	key := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	y := top - 21
	at := vg.Point{X: c.Min.X + 5, Y: y}
	disc(c, probeHue, at, 2.8)
	net, beyond := "net gap: probe − behaviour", "beyond text: probe − better of calibrated behaviour and text"
	if phone {
		net, beyond = "net gap", "hidden beyond text"
	}
	fillTextMiddle(c, key, vg.Point{X: at.X + 7, Y: y}, net)
	at.X += 7 + key.Width(net) + 16
	diamond(c, ink, at, 3.6)
	fillTextMiddle(c, key, vg.Point{X: at.X + 7, Y: y}, beyond)
}

func (f *forestPlot) row(c draw.Canvas, row forestRow, data draw.Canvas, x func(float64) vg.Length, y vg.Length, phone bool) {
	label := textStyle(ink, plainType, draw.XLeft, draw.YCenter)
	if row.net == nil {
		small := textStyle(muted, smallType, draw.XLeft, draw.YCenter)
		fillTextMiddle(c, small, vg.Point{X: c.Min.X + 2, Y: y - 3}, fit(small, row.label, data.Min.X-8))
		c.StrokeLine2(lineStyle(grid, hairline), c.Min.X+2, y-10, c.Max.X-4, y-10)
		return
	}
	if row.heavy {
		label = bold(label)
	}
	small := textStyle(muted, smallType, draw.XLeft, draw.YCenter)
	indent := c.Min.X + 2
	fillTextMiddle(c, label, vg.Point{X: indent, Y: y + 5.5}, fit(label, row.label, data.Min.X-indent-8))
	fillTextMiddle(c, small, vg.Point{X: indent, Y: y - 5.5}, "n = "+grouped(int64(row.n)))
	f.estimate(c, row.label+", net gap", *row.net, probeHue, disc, x, data.Max.X, y+5.5, phone)
	f.estimate(c, row.label+", beyond text", *row.beyond, ink, diamond, x, data.Max.X, y-5.5, phone)
}

func (f *forestPlot) estimate(c draw.Canvas, name string, e estimate.Estimate, hue role, glyph func(draw.Canvas, role, vg.Point, vg.Length), x func(float64) vg.Length, right, y vg.Length, phone bool) {
	number := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	if !e.OK() {
		number = textStyle(muted, smallType, draw.XLeft, draw.YCenter)
		at := vg.Point{X: right + 10, Y: y}
		if phone {
			at.X = x(f.low) + 4
		}
		fillTextMiddle(c, number, at, "not estimable")
		return
	}
	if i := e.Interval; i != nil {
		c.StrokeLine2(lineStyle(hue, 1.4), x(i.Low), y, x(i.High), y)
	}
	glyph(c, hue, vg.Point{X: x(e.Value), Y: y}, 3.2)
	hintAt(c, vg.Point{X: x(e.Value), Y: y}, name+": "+told(e, signed))
	if !phone {
		fillTextMiddle(c, number, vg.Point{X: right + 10, Y: y}, valueWithInterval(e, 3, signed))
	}
}

func (f *forestPlot) alt() string {
	var parts []string
	for _, row := range f.rows {
		if row.net == nil {
			parts = append(parts, row.label)
			continue
		}
		parts = append(parts, fmt.Sprintf("%s (n = %d): net gap %s, beyond text %s", oneLine(row.label, 60), row.n,
			valueWithInterval(*row.net, 2, signed), valueWithInterval(*row.beyond, 2, signed)))
	}
	return "Forest plot of the action-commitment gap. " + strings.Join(parts, "; ") + "."
}

// fit shortens a label to a width.
func fit(style draw.TextStyle, label string, width vg.Length) string {
	label = oneLine(label, 80)
	for n := len([]rune(label)) - 1; n > 1 && style.Width(label) > width; n-- {
		label = oneLine(label, n)
	}
	return label
}
