package report

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A heatMap shows the AUROC of every layer and position.
type heatMap struct {
	r           *result.Result
	curves      []curve
	first, last int
}

// drawPositions has nothing to show for a single position: the figure of the
// layers then shows all.
func drawPositions(r *result.Result) *drawing {
	h := &heatMap{r: r, curves: curvesOf(r)}
	if len(h.curves) < 2 {
		return nil
	}
	h.first, h.last = layerRange(r.Sites)
	return &drawing{
		size:  func(w vg.Length) (vg.Length, vg.Length) { return w, h.cellHeight()*vg.Length(len(h.curves)) + 92 },
		paint: h.paint,
		alt:   h.alt(),
	}
}

// cellHeight is in points; many positions make it small.
func (h *heatMap) cellHeight() vg.Length { return max(3, min(18, 360/vg.Length(len(h.curves)))) }

func (h *heatMap) paint(c draw.Canvas) {
	names := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	left := vg.Length(0)
	for _, curve := range h.curves {
		left = max(left, names.Width(oneLine(curve.name, 80))+10)
	}
	left = min(left, c.Size().X/4)
	heading := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	c.FillText(heading, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fmt.Sprintf("%s on held-out rows (n = %s)", capital(headlineOf(h.r).short), grouped(int64(h.r.Data.Used))))
	heatKey(c, headlineOf(h.r).chance, h.complete())

	body := draw.Crop(c, left, -8, 2, -46)
	xticks := layerTicks(h.first, h.last, int(float64(body.Size().X)/28))
	p := newPlot(float64(h.first)-0.5, float64(h.last)+0.5, 0, float64(len(h.curves)), xticks, nil)
	p.X.Label.Text = layerWords(h.r)
	p.X.Label.Padding = 4
	p.Y.LineStyle.Width = 0
	p.Draw(body)
	data := p.DataCanvas(body)
	x, y := p.Transforms(&data)
	every := int(10/h.cellHeight()) + 1
	for i, curve := range h.curves {
		top := float64(len(h.curves) - i)
		if i%every == 0 {
			fillTextMiddle(c, names, vg.Point{X: c.Min.X + 2, Y: y(top - 0.5)}, fit(names, curve.name, left-8))
		}
		for _, pt := range curve.points {
			fillCell(c, pt.auroc, headlineOf(h.r).chance, vg.Rectangle{Min: vg.Point{X: x(pt.layer - 0.5), Y: y(top - 1)}, Max: vg.Point{X: x(pt.layer + 0.5), Y: y(top)}})
		}
	}
}

// fillCell fills one layer and position, with a stroke across it where there is no
// value, and the value in words where it fits.
func fillCell(c draw.Canvas, e estimate.Estimate, chance float64, box vg.Rectangle) {
	const gutter = 0.4
	l, r, b, t := box.Min.X+gutter, box.Max.X-gutter, box.Min.Y+gutter, box.Max.Y-gutter
	if !e.OK() {
		c.StrokeLine2(lineStyle(axis, hairline), l, b, r, t)
		return
	}
	hue := heat(e.Value, chance)
	c.FillPolygon(hue.color(), []vg.Point{{X: l, Y: b}, {X: r, Y: b}, {X: r, Y: t}, {X: l, Y: t}})
	style := textStyle(ink, smallType, draw.XCenter, draw.YCenter)
	text := number(e.Value, 2)
	if (e.Value-chance)/(1-chance) >= 0.6 {
		style = textStyle(paper, smallType, draw.XCenter, draw.YCenter)
	}
	if style.Width(text)+4 <= r-l && t-b >= 11 {
		fillTextMiddle(c, style, vg.Point{X: (l + r) / 2, Y: (b + t) / 2}, text)
	}
}

// heat returns the class of a value between chance and 1.
func heat(value, chance float64) role {
	if value < chance {
		return belowHalf
	}
	return heatRoles[min(heatSteps-1, int((value-chance)/(1-chance)*heatSteps+1e-9))]
}

// heatKey draws the scale of the classes under the heading, and the sign of what
// is not estimable where there is such a cell.
func heatKey(c draw.Canvas, chanceAt float64, complete bool) {
	const height = 7
	width := vg.Length(15)
	if onPhone(c) {
		width = 8
	}
	words := textStyle(muted, smallType, draw.XLeft, draw.YCenter)
	chance := number(chanceAt, 1)
	x, y := c.Min.X+2, c.Max.Y-34
	fillTextMiddle(c, words, vg.Point{X: x, Y: y + height/2}, "below "+chance)
	x += words.Width("below "+chance) + 5
	swatch := func(r role) {
		c.FillPolygon(r.color(), []vg.Point{{X: x, Y: y}, {X: x + width, Y: y}, {X: x + width, Y: y + height}, {X: x, Y: y + height}})
		x += width
	}
	swatch(belowHalf)
	x += 8
	fillTextMiddle(c, words, vg.Point{X: x, Y: y + height/2}, chance)
	x += words.Width(chance) + 5
	for _, r := range heatRoles {
		swatch(r)
	}
	fillTextMiddle(c, words, vg.Point{X: x + 5, Y: y + height/2}, "1.0")
	if complete {
		return
	}
	x += 5 + words.Width("1.0") + 14
	c.StrokeLine2(lineStyle(axis, hairline), x, y-1, x+7, y+height+1)
	fillTextMiddle(c, words, vg.Point{X: x + 11, Y: y + height/2}, "not estimable")
}

// complete reports whether every layer and position has a value.
func (h *heatMap) complete() bool {
	for _, c := range h.curves {
		if slices.ContainsFunc(c.points, func(p point) bool { return !p.known() }) {
			return false
		}
	}
	return true
}

func (h *heatMap) alt() string {
	return fmt.Sprintf("Heat map of %s, %d positions by layers %d to %d. results.csv holds the same values.", headlineOf(h.r).short, len(h.curves), h.first, h.last)
}
