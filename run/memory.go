package run

import (
	"runtime/debug"
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

// collectSooner lets garbage grow to a quarter of what is held, not to as much,
// while sites of much memory are in training, and returns what ends this. Their
// memory is few large vectors, which take the collector no time; in small studies it
// would run all the time.
func (p *plan) collectSooner() (end func()) {
	const much, quarter = 128 << 20, 25
	if int64(p.cellsAtOnce())*p.siteBytes(p.resident()) < much {
		return func() {}
	}
	before := debug.SetGCPercent(quarter)
	return func() { debug.SetGCPercent(before) }
}
