package run

import (
	"path/filepath"
	"runtime"

	"tell/internal/kernel"
	"tell/result"
)

// provenance records what made the numbers: every input by its hash, the
// versions, the seed, and what the terms mean.
func (m *merging) provenance() {
	m.result.Definitions = result.Definitions(m.cases.Target.Kind)
	m.result.Provenance = result.Provenance{
		Tell: Version, Go: runtime.Version(),
		Platform: runtime.GOOS + "/" + runtime.GOARCH, Instructions: kernel.Instructions(),
		Command: "tell run " + filepath.Base(m.Path),
		Study:   m.studyFile, Text: string(m.Source), Files: m.inputs,
		Plan: m.hash, Seed: m.Seed,
	}
}
