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
	head     headline
	sets     []string
	auroc    [][]estimate.Estimate // by the set trained on, then tested on
	accuracy [][]estimate.Estimate
}

// maxTransferSets keeps the cells of the figure large enough to be seen.
const maxTransferSets = 40

func drawTransfer(r *result.Result) *drawing {
	t := transferOf(r)
	m := &transferMap{head: headlineOf(r), sets: setNames(t)}
	if len(m.sets) > maxTransferSets {
		m.sets = m.sets[:maxTransferSets]
	}
	known := false
	for _, train := range m.sets {
		var auroc, accuracy []estimate.Estimate
		for _, test := range m.sets {
			cell := between(t, train, test)
			auroc = append(auroc, cell.Estimate(m.head.key))
			accuracy = append(accuracy, cell.Estimate(m.head.second))
			known = known || auroc[len(auroc)-1].OK()
		}
		m.auroc, m.accuracy = append(m.auroc, auroc), append(m.accuracy, accuracy)
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
	if onPhone(c) {
		heading = "AUROC; below it the carried accuracy"
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
			fillPairCell(c, m.head.chance, m.auroc[a][b], m.accuracy[a][b], box)
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

// fillPairCell fills a cell by its AUROC, with AUROC and accuracy in words where
// they fit: the AUROC heavy where its interval leaves out 0.5. One without an
// AUROC is hatched.
func fillPairCell(c draw.Canvas, chance float64, auroc, accuracy estimate.Estimate, box vg.Rectangle) {
	in := inset(box, 0.5)
	if !auroc.OK() {
		hatch(c, in)
		return
	}
	c.FillPolygon(heat(auroc.Value, chance).color(), []vg.Point{in.Min, {X: in.Max.X, Y: in.Min.Y}, in.Max, {X: in.Min.X, Y: in.Max.Y}})
	hue := ink
	if (auroc.Value-chance)/(1-chance) >= 0.6-1e-12 {
		hue = paper
	}
	style := textStyle(hue, smallType, draw.XCenter, draw.YCenter)
	text, middle := number(auroc.Value, 2), vg.Point{X: (in.Min.X + in.Max.X) / 2, Y: (in.Min.Y + in.Max.Y) / 2}
	if style.Width(text)+3 > in.Max.X-in.Min.X || in.Max.Y-in.Min.Y < 11 {
		return
	}
	strong := style
	if off(auroc, chance) != 0 {
		strong = bold(style)
	}
	if in.Max.Y-in.Min.Y < 22 {
		fillTextMiddle(c, strong, middle, text)
		return
	}
	fillTextMiddle(c, strong, vg.Point{X: middle.X, Y: middle.Y + 5}, text)
	under := "–"
	if accuracy.OK() {
		under = number(accuracy.Value, 2)
	}
	style.Font.Size = 7
	fillTextMiddle(c, style, vg.Point{X: middle.X, Y: middle.Y - 5.5}, under)
}

// fewestForAll is the number of groups from which on an AUROC of 1, which has no
// interval, is taken to lie above 0.5.
const fewestForAll = 10

// offHalf is 1 where the interval of an AUROC lies above 0.5, -1 where it lies
// below, and 0 where these rows do not tell.
func offHalf(e estimate.Estimate) int { return off(e, 0.5) }

// off is offHalf for a metric of another kind of target, at what chance gives.
func (h headline) off(e estimate.Estimate) int { return off(e, h.chance) }

func off(e estimate.Estimate, chance float64) int {
	switch {
	case !e.OK():
		return 0
	case e.Value == 1 && e.Interval == nil && e.Groups >= fewestForAll, e.Interval != nil && e.Interval.Low > chance:
		return 1
	case e.Interval != nil && e.Interval.High < chance:
		return -1
	}
	return 0
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
	complete := true
	for _, row := range m.auroc {
		for _, e := range row {
			complete = complete && e.OK()
		}
	}
	heatKey(c, m.head.chance, complete)
}

func (m *transferMap) alt() string {
	return fmt.Sprintf("Heat map of %s: %s to train on by as many to test on. The table of transfer holds the same values.", m.head.short, count(len(m.sets), "set", "sets"))
}
