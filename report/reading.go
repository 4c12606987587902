package report

import (
	"fmt"
	"strconv"
	"strings"

	"tell/result"
)

// layersRead names the layers of the dump, and the embeddings where they are
// known.
func layersRead(read result.Reading) string {
	s := nameList(read.Layers)
	if e := read.Embeddings; e != nil && read.LayerName(*e) != "" {
		s += fmt.Sprintf("; %s is the output of the embeddings", oneLine(read.LayerName(*e), 60))
	}
	return s
}

// positionRead says which of a row's positions were read, or that they were
// pooled.
func positionRead(read result.Reading) string {
	var s string
	low, _, ranged := strings.Cut(read.Position, ":")
	number, err := strconv.Atoi(low)
	switch {
	case read.Position == "" && len(read.Positions) == 0:
		return ""
	case read.Position == "" && len(read.Positions) == 1:
		s = "the only one that is stored"
		if name := read.Positions[0]; !isWhole(strings.TrimPrefix(name, "position ")) {
			s += ": " + oneLine(name, 60)
		}
	case read.Position == "":
		s = "all that are stored"
	case read.Position == "all":
		s = "all of each row"
	case read.Position == "first" || read.Position == "last":
		s = "the " + read.Position
	case read.Position == "mean":
		s = "the mean over all"
	case err != nil:
		s = "the one that the column " + oneLine(read.Position, 60) + " names"
	case ranged:
		s = "the range " + minus(read.Position)
	case number < 0:
		s = minus(low) + ", counted from the end"
	default:
		s = low + ", counted from 0"
	}
	if len(read.Positions) > 1 {
		s += " (" + nameList(read.Positions) + ")"
	}
	return s
}

// countedBy says by which length or mask the positions of a row count.
func countedBy(read result.Reading) string {
	switch {
	case read.Mask != "":
		return "those in the mask " + oneLine(read.Mask, 120)
	case read.Length != "":
		return "as many as " + oneLine(read.Length, 120) + " says"
	}
	return ""
}

// nameList prints names, and whole numbers in a row as a range.
func nameList(names []string) string {
	const most = 12
	if n := len(names); n > 2 && inRow(names) {
		return minus(names[0]) + " to " + minus(names[n-1])
	}
	shown := make([]string, len(names))
	for i, name := range names {
		shown[i] = oneLine(name, 60)
		if isWhole(name) {
			shown[i] = minus(name)
		}
	}
	if n := len(shown); n > most {
		shown = append(shown[:most-1], "…", shown[n-1])
	}
	return strings.Join(shown, ", ")
}

func inRow(names []string) bool {
	first, err := strconv.Atoi(names[0])
	for i, name := range names {
		if err != nil || name != strconv.Itoa(first+i) {
			return false
		}
	}
	return true
}

func isWhole(name string) bool {
	_, err := strconv.Atoi(name)
	return err == nil
}
