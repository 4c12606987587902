package probe_test

import (
	"testing"

	"tell/probe"
	"tell/target"
)

// BenchmarkProcedure sets the interval of the procedure beside what it adds to:
// nested cross-validation and as many permutations.
func BenchmarkProcedure(b *testing.B) {
	x, y, group := planted(&testing.T{}, 480, 100, 0.2, 1)
	s := &probe.Settings{Plan: plan(&testing.T{}, y, group, 1)}
	label := target.Binary(y)
	for name, do := range map[string]func() error{
		"procedure": func() error {
			_, err := probe.Procedure(b.Context(), x, label, s, 0.01, 100, 1)
			return err
		},
		"permutations": func() error {
			_, err := probe.Permutations(b.Context(), x, label, s, 0.01, 100)
			return err
		},
		"cross-validation": func() error {
			_, err := probe.CrossValidate(b.Context(), x, label, s)
			return err
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if err := do(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
