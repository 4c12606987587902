package report

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// A tag is a label at the right edge of a plot, tied to a value of y.
type tag struct {
	at    float64
	from  *float64 // x of what it names; nil: that reaches the right edge
	text  string
	hue   role
	heavy bool

	nowhere bool // it names no value, and no line leads to one
}

func (t tag) style() draw.TextStyle {
	style := textStyle(ink, smallType, draw.XLeft, draw.YCenter)
	if t.nowhere {
		return textStyle(muted, smallType, draw.XLeft, draw.YCenter)
	}
	if t.heavy {
		return bold(style)
	}
	return style
}

// tagLead is the distance from the data to the words of a tag.
const tagLead = 14

// tagsWidth is the room that tags need beside the data.
func tagsWidth(tags []tag) vg.Length {
	var width vg.Length
	for _, t := range tags {
		width = max(width, t.style().Width(t.text))
	}
	return tagLead + width + 4
}

// drawTags writes the tags beside the data, moved apart where they would
// touch, each with a line in its own colour to the value it names. The words
// are in the text colour, which everyone can read.
func drawTags(c draw.Canvas, tags []tag, data draw.Canvas, x, y func(float64) vg.Length) {
	want := make([]vg.Length, len(tags))
	for i, t := range tags {
		want[i] = y(t.at)
	}
	placed := spread(want, 11.5, data.Min.Y, data.Max.Y)
	for i, t := range tags {
		if t.from != nil {
			c.StrokeLine2(lineStyle(t.hue, hairline, 1, 1.5), x(*t.from)+4, want[i], data.Max.X, want[i])
		}
		if !t.nowhere {
			c.StrokeLines(lineStyle(t.hue, thinLine), []vg.Point{
				{X: data.Max.X + 1, Y: want[i]},
				{X: data.Max.X + tagLead - 5, Y: placed[i]},
				{X: data.Max.X + tagLead - 2, Y: placed[i]},
			})
		}
		fillTextMiddle(c, t.style(), vg.Point{X: data.Max.X + tagLead, Y: placed[i]}, t.text)
	}
}

// fillTextMiddle sets text with the middle of its small letters at pt.Y.
func fillTextMiddle(c draw.Canvas, style draw.TextStyle, pt vg.Point, text string) {
	style.YAlign = draw.YBottom
	pt.Y -= 0.26*style.Font.Size + style.FontExtents().Descent
	c.FillText(style, pt, text)
}

// errorBar draws an interval with caps, upright or level.
func errorBar(c draw.Canvas, r role, x0, y0, x1, y1 vg.Length) {
	const cap = 2.5
	style := lineStyle(r, 1.2)
	c.StrokeLine2(style, x0, y0, x1, y1)
	if x0 == x1 {
		c.StrokeLine2(style, x0-cap, y0, x0+cap, y0)
		c.StrokeLine2(style, x1-cap, y1, x1+cap, y1)
		return
	}
	c.StrokeLine2(style, x0, y0-cap, x0, y0+cap)
	c.StrokeLine2(style, x1, y1-cap, x1, y1+cap)
}

// A glyph draws a mark.
type glyph func(c draw.Canvas, r role, at vg.Point, radius vg.Length)

func diamond(c draw.Canvas, r role, at vg.Point, radius vg.Length) {
	c.FillPolygon(r.color(), []vg.Point{
		{X: at.X, Y: at.Y + radius}, {X: at.X + radius, Y: at.Y}, {X: at.X, Y: at.Y - radius}, {X: at.X - radius, Y: at.Y},
	})
}

func disc(c draw.Canvas, r role, at vg.Point, radius vg.Length) {
	c.DrawGlyphNoClip(draw.GlyphStyle{Color: r.color(), Radius: radius, Shape: draw.CircleGlyph{}}, at)
}
