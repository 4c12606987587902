package report

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// A wordCanvas draws nothing and notes its words, those that reach outside it,
// and its lines.
type wordCanvas struct {
	w, h    vg.Length
	turned  []float64 // rotation of each level of Push
	words   []string
	outside []string
	lines   []vg.Path
}

func (c *wordCanvas) Size() (w, h vg.Length) { return c.w, c.h }

func (c *wordCanvas) Push() { c.turned = append(c.turned, 0) }
func (c *wordCanvas) Pop()  { c.turned = c.turned[:len(c.turned)-1] }
func (c *wordCanvas) Rotate(rad float64) {
	if len(c.turned) > 0 {
		c.turned[len(c.turned)-1] += rad
	}
}

func (c *wordCanvas) FillString(f font.Face, at vg.Point, text string) {
	c.words = append(c.words, text)
	turn := 0.0
	for _, t := range c.turned {
		turn += t
	}
	sin, cos := math.Sincos(turn)
	place := func(dx vg.Length) (x, y vg.Length) {
		px, py := float64(at.X+dx), float64(at.Y)
		return vg.Length(px*cos - py*sin), vg.Length(px*sin + py*cos)
	}
	for _, dx := range []vg.Length{0, f.Width(text)} {
		x, y := place(dx)
		if x < -0.5 || x > c.w+0.5 || y < 0 || y > c.h {
			c.outside = append(c.outside, text)
			return
		}
	}
}

func (c *wordCanvas) Stroke(p vg.Path) { c.lines = append(c.lines, p) }

func (c *wordCanvas) SetLineWidth(vg.Length)              {}
func (c *wordCanvas) SetLineDash([]vg.Length, vg.Length)  {}
func (c *wordCanvas) SetColor(color.Color)                {}
func (c *wordCanvas) Translate(vg.Point)                  {}
func (c *wordCanvas) Scale(x, y float64)                  {}
func (c *wordCanvas) Fill(vg.Path)                        {}
func (c *wordCanvas) DrawImage(vg.Rectangle, image.Image) {}
