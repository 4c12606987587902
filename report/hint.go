package report

import (
	"bytes"
	"fmt"
	"html"
	"regexp"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"tell/estimate"
)

// An svgCanvas draws an SVG and keeps what vgsvg has no element for: how wide words were
// laid out, and what a pointer that rests on a mark is told.
type svgCanvas struct {
	*vgsvg.Canvas
	widths []vg.Length
	hints  []hint
}

type hint struct {
	box  vg.Rectangle
	text string
}

func (c *svgCanvas) FillString(f font.Face, pt vg.Point, text string) {
	c.widths = append(c.widths, f.Width(text))
	c.Canvas.FillString(f, pt, text)
}

var textElement = regexp.MustCompile(`<text `)

// finish gives words the width that they were laid out for, whatever font a reader has
// (in one without Liberation Sans they would run out of the figure), and lays the hints
// over the drawing.
func (c *svgCanvas) finish(svg []byte) []byte {
	k := 0
	svg = textElement.ReplaceAllFunc(svg, func([]byte) []byte {
		k++
		return fmt.Appendf(nil, `<text textLength="%.4g" lengthAdjust="spacingAndGlyphs" `, c.widths[k-1].Points())
	})
	if len(c.hints) == 0 {
		return svg
	}
	_, height := c.Size()
	var over bytes.Buffer
	over.WriteString("<g fill-opacity=\"0\">\n")
	for _, h := range c.hints {
		size := h.box.Size()
		fmt.Fprintf(&over, "<rect x=\"%.4g\" y=\"%.4g\" width=\"%.3g\" height=\"%.3g\"><title>%s</title></rect>\n",
			h.box.Min.X.Points(), (height - h.box.Max.Y).Points(), size.X.Points(), size.Y.Points(), html.EscapeString(h.text))
	}
	over.WriteString("</g>\n</svg>")
	return bytes.Replace(svg, []byte("</svg>"), over.Bytes(), 1)
}

// maxTold bounds the values that stand under a figure: a map of layers and positions has
// thousands.
const maxTold = 400

// told are the hints in words, for who has no pointer.
func (c *svgCanvas) told() (values []string, more int) {
	seen := map[string]bool{}
	for _, h := range c.hints {
		if !seen[h.text] {
			seen[h.text] = true
			values = append(values, h.text)
		}
	}
	if len(values) > maxTold {
		values, more = values[:maxTold], len(values)-maxTold
	}
	return values, more
}

// hintBox tells a pointer in the box what is drawn there. A phone has no pointer, and a
// picture of pixels none that it knows of.
func hintBox(c draw.Canvas, box vg.Rectangle, text string) {
	for inner, ok := c.Canvas.(draw.Canvas); ok; inner, ok = c.Canvas.(draw.Canvas) {
		c = inner // what plots draw on lies in another
	}
	if on, ok := c.Canvas.(*svgCanvas); ok {
		if width, _ := on.Size(); width > narrow {
			on.hints = append(on.hints, hint{box, oneLine(text, 200)})
		}
	}
}

// hintAt is hintBox around a mark.
func hintAt(c draw.Canvas, at vg.Point, text string) {
	reach := vg.Point{X: 5, Y: 5}
	hintBox(c, vg.Rectangle{Min: at.Sub(reach), Max: at.Add(reach)}, text)
}

// hintAlong tells the values of a curve, and where each is.
func hintAlong(c draw.Canvas, run []point, x, y func(float64) vg.Length, where func(x float64) string) {
	for _, p := range run {
		hintAt(c, vg.Point{X: x(p.layer), Y: y(p.auroc.Value)}, where(p.layer)+": "+told(p.auroc, number))
	}
}

// atLayer says where a value of a curve over layers is.
func atLayer(x float64) string { return fmt.Sprintf("layer %g", x) }

// told is an estimate with all its digits.
func told(e estimate.Estimate, format func(float64, int) string) string {
	return valueWithInterval(e, digitsOf(e, 3), format)
}
