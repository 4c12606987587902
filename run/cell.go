package run

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"strconv"
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
	// Coordinates is how many columns the probes of a path over their number read,
	// drawn at random or chosen; 0 for the family's own.
	Coordinates int  `json:"coordinates,omitempty"`
	Random      bool `json:"random,omitempty"`
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
	switch {
	case name == "":
		name = fmt.Sprintf("layer-%03d-position-%03d", c.Layer, c.Position)
	case c.readsText():
		name = fmt.Sprintf("text-so-far-position-%03d", c.Position)
	}
	if c.Residual {
		name = "residual-" + name
	}
	for _, of := range [][2]string{{"columns", c.columns()}, {"train", c.Train}, {"test", c.Test}, {"target", c.Target}, {"beside", c.Beside}, {"dump", c.Dump}} {
		if of[1] != "" {
			name = of[0] + "-" + fileName(of[1]) + "-" + name
		}
	}
	return name
}

// columns says on which of the columns the probes of a path are trained.
func (c Cell) columns() string {
	switch {
	case c.Coordinates == 0:
		return ""
	case c.Random:
		return fmt.Sprintf("random-%d", c.Coordinates)
	}
	return strconv.Itoa(c.Coordinates)
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
	s := fmt.Sprintf("layer %d, position %d", c.Layer, c.Position)
	switch {
	case c.readsText():
		s = fmt.Sprintf("baseline %s, position %d", c.Control, c.Position)
	case c.Control != "":
		s = "baseline " + c.Control
	}
	if c.Residual {
		s = "residualised, " + s
	}
	for _, of := range [][2]string{{"columns", c.columns()}, {"trained on", c.Train}, {"along", c.Test}, {"target", c.Target}, {"beside", c.Beside}, {"dump", c.Dump}} {
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
