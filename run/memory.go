package run

import (
	"slices"

	"tell/activations"
)

// shareMemory gives a quarter of the memory to what is kept of inputs in stores,
// where there are any, and the rest to cells in training.
func (p *plan) shareMemory() error {
	if p.Memory > 0 && slices.ContainsFunc(p.read, func(f inputFile) bool { return f.ETag != "" }) {
		p.Memory = max(1, p.Memory-activations.LimitCache(p.Memory/4))
	}
	return nil
}
