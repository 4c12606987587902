package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A curve is the AUROC of the layers at one position.
type curve struct {
	position int
	name     string
	points   []point
}

type point struct {
	layer float64
	auroc estimate.Estimate
	null  *null
}

func (p point) known() bool   { return p.auroc.OK() }
func (p point) bounded() bool { return p.auroc.OK() && p.auroc.Interval != nil }
func (p point) tested() bool  { return p.null != nil }

// curvesOf gives a curve for each position, in ascending order, or none if no
// site has an AUROC.
func curvesOf(r *result.Result) []curve {
	var curves []curve
	some := false
	sites := slices.SortedStableFunc(slices.Values(sitesOf(r)), func(a, b site) int {
		return cmp.Or(a.Position-b.Position, a.Layer-b.Layer)
	})
	for _, s := range sites {
		if n := len(curves); n == 0 || curves[n-1].position != s.Position {
			curves = append(curves, curve{position: s.Position, name: s.position})
		}
		p := point{float64(s.Layer), s.auroc, s.null}
		some = some || p.auroc.OK()
		c := &curves[len(curves)-1]
		c.points = append(c.points, p)
	}
	if !some {
		return nil
	}
	return curves
}

// widestNull takes at each layer the widest range of shuffled labels over the
// positions.
func widestNull(r *result.Result) curve {
	var c curve
	for _, s := range slices.SortedStableFunc(slices.Values(sitesOf(r)), func(a, b site) int { return a.Layer - b.Layer }) {
		n := len(c.points)
		if n == 0 || c.points[n-1].layer != float64(s.Layer) {
			c.points = append(c.points, point{layer: float64(s.Layer), null: s.null})
			continue
		}
		p := &c.points[n-1]
		switch {
		case s.null == nil:
		case p.null == nil:
			p.null = s.null
		default:
			p.null = &null{mean: min(p.null.mean, s.null.mean), high: max(p.null.high, s.null.high)}
		}
	}
	return c
}

func layerRange(sites []result.Site) (first, last int) {
	first, last = sites[0].Layer, sites[0].Layer
	for _, s := range sites {
		first, last = min(first, s.Layer), max(last, s.Layer)
	}
	return first, last
}

// runs cuts the curve where a point fails keep.
func (c curve) runs(keep func(point) bool) [][]point {
	var runs [][]point
	open := false
	for _, p := range c.points {
		if !keep(p) {
			open = false
			continue
		}
		if !open {
			runs = append(runs, nil)
		}
		open = true
		runs[len(runs)-1] = append(runs[len(runs)-1], p)
	}
	return runs
}

// last returns the last point that passes keep.
func (c curve) last(keep func(point) bool) (point, bool) {
	for _, p := range slices.Backward(c.points) {
		if keep(p) {
			return p, true
		}
	}
	return point{}, false
}

// sentence tells the curve in words at up to six layers.
func (c curve) sentence(named bool) string {
	every := 1 + (len(c.points)-1)/5
	var parts []string
	for i, p := range c.points {
		if i%every == 0 || i == len(c.points)-1 {
			value := "not estimable"
			if p.auroc.OK() {
				value = number(p.auroc.Value, 2)
			}
			parts = append(parts, fmt.Sprintf("%s at layer %g", value, p.layer))
		}
	}
	s := strings.Join(parts, ", ")
	if named {
		return oneLine(c.name, 40) + ": " + s + "."
	}
	return "Values: " + s + "."
}

func strokeAlong(c draw.Canvas, style draw.LineStyle, run []point, x, y func(float64) vg.Length, value func(point) float64) {
	line := make([]vg.Point, len(run))
	for i, p := range run {
		line[i] = vg.Point{X: x(p.layer), Y: y(value(p))}
	}
	if len(line) > 1 {
		c.StrokeLines(style, line)
	}
}

// fillBetween fills the band of a run; a lone point becomes a bar.
func fillBetween(c draw.Canvas, r role, run []point, x, y func(float64) vg.Length, bounds func(point) (low, high float64)) {
	half := vg.Length(0)
	if len(run) == 1 {
		half = 3
	}
	var outline []vg.Point
	for _, p := range run {
		low, _ := bounds(p)
		outline = append(outline, vg.Point{X: x(p.layer) - half, Y: y(low)})
		if half > 0 {
			outline = append(outline, vg.Point{X: x(p.layer) + half, Y: y(low)})
		}
	}
	for _, p := range slices.Backward(run) {
		_, high := bounds(p)
		if half > 0 {
			outline = append(outline, vg.Point{X: x(p.layer) + half, Y: y(high)})
		}
		outline = append(outline, vg.Point{X: x(p.layer) - half, Y: y(high)})
	}
	c.FillPolygon(r.color(), outline)
}
