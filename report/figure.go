package report

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"

	"tell/result"
)

// Widths of a figure: across the text of a paper, and on a phone.
const (
	wide   = 6.5 * vg.Inch
	narrow = 3.75 * vg.Inch
)

// resolution of the PNG files in dots per inch.
const resolution = 200

// A figure is one picture of a result. Its name is that of its files.
type figure struct {
	name string
	draw func(r *result.Result) *drawing // nil if there is nothing to show
}

// A drawing is a figure made for one result.
type drawing struct {
	size  func(width vg.Length) (w, h vg.Length) // w at most width
	paint func(c draw.Canvas)
	alt   string // what the picture shows, for those who cannot see it
}

// figures lists every figure.
var figures = []figure{
	{"finding", drawFinding},
	{"layers", drawLayers},
	{"positions", drawPositions},
	{"traces", drawTraces},
	{"few-columns", drawFewColumns},
	{"gap", drawGap},
	{"base-rate", drawBaseRate},
	{"calibration", drawCalibration},
	{"roc", drawROC},
	{"learning", drawLearning},
	{"effort", drawEffort},
	{"disagreement", drawDisagreement},
	{"conditions", drawConditions},
	{"dumps", drawDumps},
	{"doses", drawDoses},
	{"transfer", drawTransfer},
	{"targets", drawTargets},
	{"layer-pairs", drawLayerPairs},
	{"trajectory", drawTrajectory},
	{"candidates", drawCandidates},
}

// files are the names of the figure's files.
func (f figure) files() (svg, png string) { return f.name + ".svg", f.name + ".png" }

// FigureFiles are the names of the files of all figures; a result need not have
// them all.
func FigureFiles() []string {
	var names []string
	for _, f := range figures {
		svg, png := f.files()
		names = append(names, svg, png)
	}
	return names
}

// WriteFigures writes each figure of the result to dir as SVG and PNG. The
// files of a figure that the result does not have are removed if an earlier
// result left them there.
func WriteFigures(dir string, r *result.Result) error {
	for _, f := range figures {
		svg, png := f.files()
		svgPath, pngPath := filepath.Join(dir, svg), filepath.Join(dir, png)
		d := f.draw(r)
		if d == nil {
			for _, path := range []string{svgPath, pngPath} {
				if err := os.Remove(path); err != nil && !os.IsNotExist(err) {
					return fmt.Errorf("report: %w", err)
				}
			}
			continue
		}
		if err := writeFile(svgPath, func(w io.Writer) error { _, err := w.Write(svgOfRun(d.svg(wide), r.Run())); return err }); err != nil {
			return err
		}
		if err := writeFile(pngPath, func(w io.Writer) error {
			var png bytes.Buffer
			if err := d.png(&png, wide); err != nil {
				return err
			}
			_, err := w.Write(pngOfRun(png.Bytes(), r.Run()))
			return err
		}); err != nil {
			return err
		}
	}
	return nil
}

// svg returns the drawing as a complete document, in the light
// palette on white.
func (d *drawing) svg(width vg.Length) []byte { return d.on(width).document() }

func (d *drawing) on(width vg.Length) *svgCanvas {
	c := &svgCanvas{Canvas: vgsvg.New(d.size(width))}
	d.paintOn(c)
	return c
}

func (c *svgCanvas) document() []byte {
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		panic(err) // a bytes.Buffer never fails
	}
	return withFallbackFonts(c.finish(b.Bytes()))
}

func (d *drawing) png(w io.Writer, width vg.Length) error {
	c := vgimg.NewWith(vgimg.UseWH(d.size(width)), vgimg.UseDPI(resolution))
	d.paintOn(c)
	_, err := vgimg.PngCanvas{Canvas: c}.WriteTo(w)
	return err
}

func (d *drawing) paintOn(v vg.CanvasSizer) {
	c := draw.New(v)
	c.SetColor(paper.color())
	c.Fill(c.Rectangle.Path())
	d.paint(c)
}
