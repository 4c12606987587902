package report

import (
	"math"
	"testing"
)

func TestRolesAreTellableApart(t *testing.T) {
	light, names := map[uint32]string{}, map[string]bool{}
	for _, r := range palette() {
		if other, ok := light[r.light]; ok {
			t.Errorf("%s and %s share the light value #%06X", r.name, other, r.light)
		}
		if names[r.name] {
			t.Errorf("two roles are called %s", r.name)
		}
		light[r.light], names[r.name] = r.name, true
	}
}

// Words must reach the contrast of 4.5 that WCAG 2.2 (1.4.3) asks for.
func TestWordsAreReadable(t *testing.T) {
	for _, r := range []role{ink, muted} {
		for name, ratio := range map[string]float64{"light": contrast(r.light, paper.light), "dark": contrast(r.dark, paper.dark)} {
			if ratio < 4.5 {
				t.Errorf("%s on paper, %s: contrast %.2f, expected at least 4.5", r.name, name, ratio)
			}
		}
	}
}

// Lines must reach the contrast of 3 that WCAG 2.2 (1.4.11) asks for, except
// the hues that a label with a number and a dash of its own accompany.
func TestLinesStandOut(t *testing.T) {
	for _, r := range []role{probeHue, embedHue, actionHue, shuffled, axis} {
		for name, ratio := range map[string]float64{"light": contrast(r.light, paper.light), "dark": contrast(r.dark, paper.dark)} {
			if ratio < 3 {
				t.Errorf("%s on paper, %s: contrast %.2f, expected at least 3", r.name, name, ratio)
			}
		}
	}
}

func contrast(a, b uint32) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(rgb uint32) float64 {
	linear := func(shift int) float64 {
		v := float64(rgb>>shift&0xFF) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}
