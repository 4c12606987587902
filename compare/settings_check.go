package compare

import "fmt"

// check refuses settings that nothing can be estimated with.
func (s Settings) check() error {
	if s.Permutations < 0 {
		return fmt.Errorf("found %d permutations, expected 0 or more", s.Permutations)
	}
	return s.Bootstrap.Check()
}
