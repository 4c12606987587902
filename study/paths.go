package study

import (
	"fmt"
	"maps"
	"slices"

	"tell/activations"
)

// checkPaths refuses URLs that may have a credential in them: the text of the study
// goes into the results.
func (s *Study) checkPaths() error {
	check := func(key string, a Activations, examples string) error {
		paths := append(slices.Clone(a.Path), a.Mask, examples)
		for i, path := range paths {
			if !activations.HasSecret(path) {
				continue
			}
			at := key + ".path"
			switch i {
			case len(paths) - 1:
				at = "examples"
			case len(paths) - 2:
				at = key + ".mask"
			}
			return s.ErrorAt(at, "found a URL with a query or a password, which the results would show, expected %s alone: s3://, gs:// and hf:// take credentials from the environment", activations.Printable(path))
		}
		return nil
	}
	if err := check("activations", s.Activations, s.Examples); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(s.Dumps)) {
		if err := check(fmt.Sprintf("dumps.%s", name), s.Dumps[name].Activations, s.Dumps[name].Examples); err != nil {
			return err
		}
	}
	return nil
}
