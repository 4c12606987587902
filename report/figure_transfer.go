package report

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/compare"
	"tell/estimate"
	"tell/result"
)

// A transferMap shows what the probe of every set reads on every set.
type transferMap struct {
	head  headline
	sets  []string
	cells [][]transferCell // by the set trained on, then tested on
	// texted is whether there is a predictor that reads the text alone.
	texted bool
}

// A transferCell is what the probe of one set reads on another, by the metrics of the
// headline. Lead is its AUROC less that of the text alone.
type transferCell struct{ first, second, text, lead estimate.Estimate }

// textWillDo reports whether a cell is read and not shown to be read better than the
// text alone is.
func (c transferCell) textWillDo() bool {
	return offHalf(c.first) > 0 && c.lead.OK() && !(c.lead.Interval != nil && c.lead.Interval.Low > 0)
}

// transferCellOf finds a cell in the block of transfer.
func transferCellOf(block result.Table, head headline, train, test string) transferCell {
	probe, text := between(block.Of(result.Probe), train, test), between(block.Of(result.Text), train, test)
	return transferCell{
		probe.Estimate(head.key), probe.Estimate(head.second),
		text.Estimate(head.key), text.Estimate(compare.KeyAUROCDifference),
	}
}

// maxTransferSets keeps the cells of the figure large enough to be seen.
const maxTransferSets = 40

func drawTransfer(r *result.Result) *drawing {
	t := transferOf(r)
	m := &transferMap{head: headlineOf(r), sets: setNames(t)}
	if len(m.sets) > maxTransferSets {
		m.sets = m.sets[:maxTransferSets]
	}
	block := r.Table.In(transferBlock)
	known := false
	for _, train := range m.sets {
		var row []transferCell
		for _, test := range m.sets {
			cell := transferCellOf(block, m.head, train, test)
			known, m.texted = known || cell.first.OK(), m.texted || cell.text.OK()
			row = append(row, cell)
		}
		m.cells = append(m.cells, row)
	}
	if !known {
		return nil
	}
	return &drawing{size: m.size, paint: m.paint, alt: m.alt()}
}

func (m *transferMap) style() draw.TextStyle {
	return textStyle(ink, smallType, draw.XLeft, draw.YCenter)
}

// names are the sets as the figure calls them, and the room that the longest takes.
func (m *transferMap) names() (names []string, longest vg.Length) {
	for _, s := range m.sets {
		name := oneLine(s, 16)
		names, longest = append(names, name), max(longest, m.style().Width(name))
	}
	return names, longest
}

// layout is the corner of the cells, the width and height of one, and whether the
// names above them are turned.
type transferLayout struct {
	left, top     vg.Length
	width, height vg.Length
	turned        bool
}

func (m *transferMap) layout(w vg.Length) transferLayout {
	_, longest := m.names()
	n := vg.Length(len(m.sets))
	l := transferLayout{left: max(longest+22, 46), top: 58}
	l.width = min(64, (w-l.left-4)/n)
	l.turned = longest+4 > l.width
	if l.turned {
		slant := longest * math.Sqrt2 / 2
		l.top += slant
		l.width = min(64, (w-l.left-slant-4)/n)
	}
	l.height = max(6, min(l.width*0.8, 30))
	if l.width >= 22 {
		l.height = max(l.height, 25) // two lines of words
		if m.texted {
			l.height = 35
		}
	}
	return l
}

func (m *transferMap) size(w vg.Length) (vg.Length, vg.Length) {
	l := m.layout(w)
	return w, l.top + l.height*vg.Length(len(m.sets)) + 6
}

func (m *transferMap) paint(c draw.Canvas) {
	l := m.layout(c.Size().X)
	heading := "AUROC, and below it the accuracy at the threshold carried"
	if m.texted {
		heading = "AUROC, below it the accuracy at the threshold carried, then the AUROC of the text alone"
	}
	if onPhone(c) {
		heading = "AUROC; below it the carried accuracy"
		if m.texted {
			heading += ", then text alone"
		}
	}
	if m.head.key != compare.KeyAUROC {
		heading = capital(m.head.short) + ", and below it " + m.head.secondShort
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	m.key(c)
	left, top := c.Min.X+l.left, c.Max.Y-l.top
	names, _ := m.names()
	n := vg.Length(len(m.sets))

	up := textStyle(muted, smallType, draw.XCenter, draw.YTop)
	up.Rotation = quarterTurn
	c.FillText(up, vg.Point{X: c.Min.X + 2, Y: top - l.height*n/2}, "trained on")
	fillTextMiddle(c, textStyle(muted, smallType, draw.XRight, draw.YCenter), vg.Point{X: left - 5, Y: top + 7}, "tested on")

	every := 1 + int(10/l.height)
	for i, name := range names {
		y := top - l.height*(vg.Length(i)+0.5)
		if i%every == 0 {
			right := textStyle(ink, smallType, draw.XRight, draw.YCenter)
			fillTextMiddle(c, right, vg.Point{X: left - 5, Y: y}, name)
		}
		x := left + l.width*(vg.Length(i)+0.5)
		switch {
		case l.turned && i%(1+int(9/l.width)) == 0:
			slanted := m.style()
			slanted.Rotation = math.Pi / 4
			c.FillText(slanted, vg.Point{X: x, Y: top + 6}, name)
		case !l.turned:
			fillTextMiddle(c, textStyle(ink, smallType, draw.XCenter, draw.YCenter), vg.Point{X: x, Y: top + 7}, name)
		}
	}
	for a := range m.sets {
		for b := range m.sets {
			x, y := left+l.width*vg.Length(b), top-l.height*vg.Length(a)
			box := vg.Rectangle{Min: vg.Point{X: x, Y: y - l.height}, Max: vg.Point{X: x + l.width, Y: y}}
			m.cells[a][b].fill(c, m.head, m.texted, box)
			hintBox(c, box, fmt.Sprintf("trained on %s, tested on %s: %s", oneLine(m.sets[a], 40), oneLine(m.sets[b], 40), told(m.cells[a][b].first, number)))
			if a == b {
				c.SetLineStyle(lineStyle(ink, thinLine))
				c.Stroke(inset(box, 0.8).Path())
			}
		}
	}
}

func inset(r vg.Rectangle, by vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: vg.Point{X: r.Min.X + by, Y: r.Min.Y + by}, Max: vg.Point{X: r.Max.X - by, Y: r.Max.Y - by}}
}

// fill fills the box of a cell by its first metric, with that, the second and the AUROC
// of the text in words where they fit: the first heavy where its interval leaves out
// what chance gives. A corner is cut off where the text alone may carry the cell. One
// without a first metric is hatched.
func (t transferCell) fill(c draw.Canvas, head headline, texted bool, box vg.Rectangle) {
	in := inset(box, 0.5)
	if !t.first.OK() {
		hatch(c, in)
		return
	}
	c.FillPolygon(heat(t.first.Value, head.chance).color(), []vg.Point{in.Min, {X: in.Max.X, Y: in.Min.Y}, in.Max, {X: in.Min.X, Y: in.Max.Y}})
	if t.textWillDo() {
		fillCorner(c, in.Max, min(8, (in.Max.X-in.Min.X)/5))
	}
	hue := ink
	if (t.first.Value-head.chance)/(1-head.chance) >= 0.6-1e-12 {
		hue = paper
	}
	style := textStyle(hue, smallType, draw.XCenter, draw.YCenter)
	words, middle := number(t.first.Value, 2), vg.Point{X: (in.Min.X + in.Max.X) / 2, Y: (in.Min.Y + in.Max.Y) / 2}
	if style.Width(words)+3 > in.Max.X-in.Min.X || in.Max.Y-in.Min.Y < 11 {
		return
	}
	strong := style
	if head.off(t.first) != 0 {
		strong = bold(style)
	}
	if in.Max.Y-in.Min.Y < 22 {
		fillTextMiddle(c, strong, middle, words)
		return
	}
	under := []string{shortNumber(t.second)}
	if texted {
		under = append(under, shortNumber(t.text))
	}
	y := middle.Y + 5*vg.Length(len(under))
	fillTextMiddle(c, strong, vg.Point{X: middle.X, Y: y}, words)
	style.Font.Size = 7
	for k, words := range under {
		if long := "text " + words; k == 1 && style.Width(long)+3 <= in.Max.X-in.Min.X {
			words = long
		}
		fillTextMiddle(c, style, vg.Point{X: middle.X, Y: y - 10.5 - 9*vg.Length(k)}, words)
	}
}

func shortNumber(e estimate.Estimate) string {
	if !e.OK() {
		return "–"
	}
	return number(e.Value, 2)
}

// fillCorner cuts the upper right corner off a box.
func fillCorner(c draw.Canvas, at vg.Point, side vg.Length) {
	c.FillPolygon(paper.color(), []vg.Point{{X: at.X - side, Y: at.Y}, at, {X: at.X, Y: at.Y - side}})
	c.StrokeLine2(lineStyle(ink, thinLine), at.X-side, at.Y, at.X, at.Y-side)
}

// hatch strokes a box across.
func hatch(c draw.Canvas, box vg.Rectangle) {
	const gap = 5
	style := lineStyle(axis, hairline)
	w, h := box.Max.X-box.Min.X, box.Max.Y-box.Min.Y
	for d := vg.Length(gap) / 2; d < w+h; d += gap {
		from := vg.Point{X: box.Min.X + max(0, d-h), Y: box.Min.Y + min(d, h)}
		to := vg.Point{X: box.Min.X + min(d, w), Y: box.Min.Y + max(0, d-w)}
		c.StrokeLine2(style, from.X, from.Y, to.X, to.Y)
	}
}

func (m *transferMap) key(c draw.Canvas) {
	complete, corner := true, false
	for _, row := range m.cells {
		for _, cell := range row {
			complete, corner = complete && cell.first.OK(), corner || cell.textWillDo()
		}
	}
	x := heatKey(c, m.head.chance, complete)
	if !corner {
		return
	}
	y := c.Max.Y - 34
	if onPhone(c) { // in a line of its own
		x, y = c.Min.X+2, y-13
	}
	fillCorner(c, vg.Point{X: x + 8, Y: y + 8}, 8)
	fillTextMiddle(c, textStyle(muted, smallType, draw.XLeft, draw.YCenter), vg.Point{X: x + 13, Y: y + 3.5}, "not shown to beat the text alone")
}

func (m *transferMap) alt() string {
	return fmt.Sprintf("Heat map of %s: %s to train on by as many to test on. The table of transfer holds the same values.", m.head.short, count(len(m.sets), "set", "sets"))
}
