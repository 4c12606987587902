package report

import (
	"fmt"
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A heatMap shows the headline metric of every layer and position.
type heatMap struct {
	r      *result.Result
	curves []curve
	layers []int // one beside the other, whatever lies between them
}

// drawPositions has nothing to show for a single position: the figure of the
// layers then shows all.
func drawPositions(r *result.Result) *drawing {
	h := &heatMap{r: r, curves: curvesOf(r)}
	if len(h.curves) < 2 {
		return nil
	}
	for _, s := range r.Sites {
		if !slices.Contains(h.layers, s.Layer) {
			h.layers = append(h.layers, s.Layer)
		}
	}
	slices.Sort(h.layers)
	return &drawing{
		size: func(w vg.Length) (vg.Length, vg.Length) {
			return w, heatTop + h.cellHeight()*vg.Length(len(h.curves)) + heatBottom
		},
		paint: h.paint,
		alt:   h.alt(),
	}
}

// Room above and below the cells of a heat map, and the most that a cell is wide.
const (
	heatTop    = 46
	heatBottom = 36
	heatCell   = 48
)

// cellHeight is in points; many positions make it small.
func (h *heatMap) cellHeight() vg.Length { return max(3, min(18, 360/vg.Length(len(h.curves)))) }

func (h *heatMap) paint(c draw.Canvas) {
	names := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	left := vg.Length(0)
	for _, curve := range h.curves {
		left = max(left, names.Width(oneLine(curve.name, 80))+10)
	}
	left = min(left, c.Size().X/4)
	of := headlineOf(h.r)
	heading := textStyle(ink, plainType, draw.XLeft, draw.YTop)
	c.FillText(heading, vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, fmt.Sprintf("%s on held-out rows (n = %s)", capital(of.short), grouped(int64(h.r.Data.Used))))
	heatKey(c, of.chance, h.complete())

	width, height := min(heatCell, (c.Size().X-left-10)/vg.Length(len(h.layers))), h.cellHeight()
	x, y := c.Min.X+left, c.Min.Y+heatBottom
	every := int(10/height) + 1
	box := func(layer, i int) vg.Rectangle {
		low := vg.Point{X: x + width*vg.Length(slices.Index(h.layers, layer)), Y: y + height*vg.Length(len(h.curves)-1-i)}
		return vg.Rectangle{Min: low, Max: low.Add(vg.Point{X: width, Y: height})}
	}
	for i, curve := range h.curves {
		if i%every == 0 {
			fillTextMiddle(c, names, vg.Point{X: c.Min.X + 2, Y: y + height*(vg.Length(len(h.curves)-1-i)+0.5)}, fit(names, curve.name, left-8))
		}
		for _, pt := range curve.points {
			fillCell(c, pt.auroc, of.chance, box(int(pt.layer), i))
			hintBox(c, box(int(pt.layer), i), atLayer(pt.layer)+", "+oneLine(curve.name, 40)+": "+told(pt.auroc, number))
		}
	}
	for _, choice := range h.r.Choices {
		i := slices.IndexFunc(h.curves, func(c curve) bool { return c.position == choice.Position })
		if i >= 0 && slices.Contains(h.layers, choice.Layer) {
			b := box(choice.Layer, i)
			c.StrokeLines(lineStyle(ink, 1.6), []vg.Point{b.Min, {X: b.Max.X, Y: b.Min.Y}, b.Max, {X: b.Min.X, Y: b.Max.Y}, b.Min})
		}
	}
	layersAcross(c, h.layers, x, y-8, width)
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YBottom), vg.Point{X: x, Y: c.Min.Y + 3}, h.axisLabel(onPhone(c)))
}

func (h *heatMap) axisLabel(phone bool) string {
	label := layerWords(h.r)
	switch {
	case len(h.r.Choices) == 0:
		return label
	case phone:
		return "layer; outlined: chosen in a fold"
	}
	return label + "; outlined: chosen inside a training fold"
}

// layersAcross writes the numbers of layers under their columns, some of them where
// these are narrow.
func layersAcross(c draw.Canvas, layers []int, x, y, width vg.Length) {
	style := textStyle(muted, smallType, draw.XCenter, draw.YCenter)
	every := 1 + int(18/width)
	for k := 0; k < len(layers); k += every {
		fillTextMiddle(c, style, vg.Point{X: x + width*(vg.Length(k)+0.5), Y: y}, strconv.Itoa(layers[k]))
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
func heatKey(c draw.Canvas, chanceAt float64, complete bool) (end vg.Length) {
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
	x += 5 + words.Width("1.0") + 14
	if complete {
		return x
	}
	c.StrokeLine2(lineStyle(axis, hairline), x, y-1, x+7, y+height+1)
	fillTextMiddle(c, words, vg.Point{X: x + 11, Y: y + height/2}, "not estimable")
	return x + 11 + words.Width("not estimable") + 14
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
	return fmt.Sprintf("Heat map of %s, %d positions by layers %d to %d. results.csv holds the same values.", headlineOf(h.r).short, len(h.curves), h.layers[0], h.layers[len(h.layers)-1])
}
