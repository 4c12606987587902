package activations

import "fmt"

// manySites is how many layers and positions any file may have.
const manySites = 1 << 16

// checkSites refuses a dump of more layers and positions than its files have
// bytes: each of them takes a name, a probe and a row of the report.
func checkSites(path string, shape Shape, files []File) error {
	limit := int64(manySites)
	size := int64(0)
	for _, f := range files {
		size += f.Size
	}
	limit = max(limit, size)
	if n, ok := product([]int{shape.Layers, shape.Positions}, 1); ok && n <= limit {
		return nil
	}
	return &FormatError{File: path, Part: "shape", Offset: -1, Found: fmt.Sprintf("%s x %s", counted(shape.Layers, "layer"), counted(shape.Positions, "position")),
		Expected: fmt.Sprintf("at most %d together for %d bytes; choose a position, or name the axes", limit, size)}
}
