package report

import (
	"sync"

	"tell/estimate"
	"tell/gap"
	"tell/metric"
)

// titleOf names a key of the table in words.
func titleOf(key string) string {
	if m, ok := metric.Named(key); ok {
		return m.Title
	}
	if it, ok := gapKeys()[key]; ok {
		return it.Title
	}
	return key
}

// definitionOf says what a key of the table stands for, or nothing.
func definitionOf(key string) string {
	if m, ok := metric.Named(key); ok {
		return m.Definition
	}
	return gapKeys()[key].Definition
}

// gapKeys are the estimates of the gap. Package gap tells their words with the
// measured numbers alone, so that a gap of one row is measured for them.
var gapKeys = sync.OnceValue(func() map[string]gap.Item {
	keys := map[string]gap.Item{}
	one := gap.Data{Label: []int{0}, Behaviour: []int{0}, Prediction: []int{0}, Score: []float64{0}}
	g, err := gap.Measure(one, gap.Settings{Bootstrap: estimate.Bootstrap{Draws: 1, Level: 0.5}})
	if err != nil {
		return keys
	}
	for _, it := range g.Items {
		keys[it.Key] = it
	}
	return keys
})
