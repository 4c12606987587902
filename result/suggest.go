package result

import (
	"strings"

	"github.com/agnivade/levenshtein"
)

// Suggest gives the name that [Explain] knows and that is nearest to one that it
// does not, or nothing where none is near.
func Suggest(name string) string {
	name = strings.ToLower(name)
	best, distance := "", len(name)/3+2
	for _, k := range explained() {
		if d := levenshtein.ComputeDistance(name, strings.ToLower(k.Name)); d < distance {
			best, distance = k.Name, d
		}
	}
	return best
}
