package report

import (
	"fmt"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"

	"tell/estimate"
	"tell/result"
)

// A layerPairMap shows the AUROC of the probe of every layer on every layer.
type layerPairMap struct {
	head     headline
	layers   []int
	position string // what is shown of several
	auroc    [][]estimate.Estimate
}

func drawLayerPairs(r *result.Result) *drawing {
	p := layerPairsOf(r)
	if p == nil {
		return nil
	}
	m := &layerPairMap{head: p.head, layers: p.layers, auroc: p.auroc, position: p.position}
	return &drawing{size: m.size, paint: m.paint, alt: m.alt()}
}

const (
	layerPairsTop    = 46
	layerPairsBottom = 34
	layerPairsLeft   = 36
)

func (m *layerPairMap) cell(w vg.Length) vg.Length {
	return min(30, (min(w, 5*vg.Inch)-layerPairsLeft-8)/vg.Length(len(m.layers)))
}

func (m *layerPairMap) size(w vg.Length) (vg.Length, vg.Length) {
	return w, layerPairsTop + layerPairsBottom + m.cell(w)*vg.Length(len(m.layers))
}

func (m *layerPairMap) paint(c draw.Canvas) {
	heading := capital(m.head.short) + " of the probe of one layer on the states of another"
	if onPhone(c) {
		heading = capital(m.head.short) + ", layer by layer"
	}
	if m.position != "" {
		heading += ", " + oneLine(m.position, 20)
	}
	c.FillText(textStyle(ink, plainType, draw.XLeft, draw.YTop), vg.Point{X: c.Min.X + 2, Y: c.Max.Y - 3}, heading)
	complete := true
	cell, n := m.cell(c.Size().X), len(m.layers)
	left, bottom := c.Min.X+layerPairsLeft, c.Min.Y+layerPairsBottom
	for a := range n {
		for b := range n {
			complete = complete && m.auroc[a][b].OK()
			x, y := left+cell*vg.Length(b), bottom+cell*vg.Length(a)
			box := vg.Rectangle{Min: vg.Point{X: x, Y: y}, Max: vg.Point{X: x + cell, Y: y + cell}}
			fillCell(c, m.auroc[a][b], m.head.chance, box)
			hintBox(c, box, fmt.Sprintf("%d on %d: %s", m.layers[a], m.layers[b], valueOf(m.auroc[a][b])))
		}
	}
	heatKey(c, m.head.chance, complete)
	layersAcross(c, m.layers, left, bottom-8, cell)
	up := textStyle(muted, smallType, draw.XRight, draw.YCenter)
	every := 1 + int(18/cell)
	for k, layer := range m.layers {
		if k%every == 0 {
			fillTextMiddle(c, up, vg.Point{X: left - 4, Y: bottom + cell*(vg.Length(k)+0.5)}, fmt.Sprint(layer))
		}
	}
	size := cell * vg.Length(n)
	label := textStyle(ink, plainType, draw.XCenter, draw.YBottom)
	x := max(left+size/2, c.Min.X+2+label.Width("tested on layer")/2)
	c.FillText(label, vg.Point{X: x, Y: c.Min.Y + 3}, "tested on layer")
	label = textStyle(ink, plainType, draw.XCenter, draw.YTop)
	label.Rotation = quarterTurn
	c.FillText(label, vg.Point{X: c.Min.X + 2, Y: max(bottom+size/2, c.Min.Y+2+label.Width("trained")/2)}, "trained")
}

func (m *layerPairMap) alt() string {
	return fmt.Sprintf("Heat map of %s: probes of %s by the layers that they are tested on. results.csv holds the same values.", m.head.short, count(len(m.layers), "layer", "layers"))
}
