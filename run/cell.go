package run

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strings"
)

// Cell is what is trained and scored once.
type Cell struct {
	// Target, Train, Test and Dump name what the cell predicts, the rows that
	// it is trained and tested on, and the dump. Empty ones are the study's
	// only one.
	Target string `json:"target,omitempty"`
	Train  string `json:"train,omitempty"`
	Test   string `json:"test,omitempty"`
	Dump   string `json:"dump,omitempty"`
	// Beside names a second target, whose directions are set beside those of
	// Target.
	Beside string `json:"beside,omitempty"`
	// Residual is true of a probe on states without what the study regresses out of
	// them.
	Residual bool `json:"residual,omitempty"`
	// Control names a predictor that needs no hidden states; empty for a probe,
	// which then has a layer and a position.
	Control  string `json:"control,omitempty"`
	Layer    int    `json:"layer"`
	Position int    `json:"position"`
	Family   string `json:"family"`
}

// Name is the name of the cell's part.
func (c Cell) Name() string {
	name := c.Control
	if name == "" {
		name = fmt.Sprintf("layer-%03d-position-%03d", c.Layer, c.Position)
	}
	if c.Residual {
		name = "residual-" + name
	}
	for _, of := range [][2]string{{"train", c.Train}, {"test", c.Test}, {"target", c.Target}, {"beside", c.Beside}, {"dump", c.Dump}} {
		if of[1] != "" {
			name = of[0] + "-" + fileName(of[1]) + "-" + name
		}
	}
	return name
}

// fileName is a name that every file system takes, the same for no two names.
func fileName(name string) string {
	escaped := url.QueryEscape(name)
	if escaped == name && len(name) <= maxFileName {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return fmt.Sprintf("%.*s-%x", maxFileName, strings.ReplaceAll(escaped, "%", "_"), sum[:6])
}

const maxFileName = 40

func (c Cell) String() string {
	if c.Control != "" {
		return "baseline " + c.Control
	}
	s := fmt.Sprintf("layer %d, position %d", c.Layer, c.Position)
	if c.Residual {
		s = "residualised, " + s
	}
	for _, of := range [][2]string{{"trained on", c.Train}, {"along", c.Test}, {"target", c.Target}, {"beside", c.Beside}, {"dump", c.Dump}} {
		if of[1] != "" {
			s = of[0] + " " + of[1] + ", " + s
		}
	}
	return s
}

// isSite reports whether the cell is one of the study itself: its own target, on
// all rows of its own dump.
func (c Cell) isSite() bool { return c.isOwn() }

// share is every n-th cell, from the i-th, counted from 1.
func (p *plan) share(i, n int) []Cell {
	var cells []Cell
	for k, c := range p.cells {
		if k%n == i-1 {
			cells = append(cells, c)
		}
	}
	return cells
}
