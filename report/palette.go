package report

import (
	"fmt"
	"image/color"
	"strings"
)

// A role is a colour named by its meaning. Figures are drawn in the light
// values; on the page each becomes a CSS variable that also has a dark value.
// No two roles share a light value, so a drawn colour tells its role.
type role struct {
	name        string
	light, dark uint32 // 0xRRGGBB
}

// The hues are those of Okabe and Ito, "Color Universal Design" (2008), which
// colour-blind readers can tell apart.
var (
	paper      = role{"paper", 0xFFFFFF, 0x15181C}
	ink        = role{"ink", 0x1B1F24, 0xE6E8EB}
	muted      = role{"muted", 0x59616B, 0xA3ABB5}
	grid       = role{"grid", 0xE2E5E9, 0x2C3239}
	axis       = role{"axis", 0x8B939D, 0x69717B}
	probeHue   = role{"probe", 0x0072B2, 0x62BAF0}
	probeBand  = role{"probe-band", 0xCDE3F1, 0x1A3B50}
	textHue    = role{"text-only", 0xE69F00, 0xF2B632}
	embedHue   = role{"embedding", 0x009E73, 0x35C99E}
	nuisHue    = role{"nuisance", 0xCC79A7, 0xE297C1}
	actionHue  = role{"behaviour", 0xD55E00, 0xF58A3C}
	shuffled   = role{"shuffled", 0x7F8791, 0x8C949E}
	nullBand   = role{"null-band", 0xEDEFF2, 0x24292F}
	belowHalf  = role{"heat-below", 0xF6E3C5, 0x4A3514}
	heatRoles  = heatScale()
	otherRoles = []role{paper, ink, muted, grid, axis, probeHue, probeBand, textHue, embedHue, nuisHue, actionHue, shuffled, nullBand, belowHalf}
)

// heatSteps is how many classes of equal width lie between an AUROC of 0.5
// and one of 1.
const heatSteps = 10

// heatScale runs from near the paper to the darkest blue (in the dark, to the
// lightest), so that strong values always contrast with the background.
func heatScale() []role {
	scale := make([]role, heatSteps)
	for i := range scale {
		t := float64(i) / (heatSteps - 1)
		scale[i] = role{
			name:  fmt.Sprintf("heat-%d", i),
			light: mix(t, 0xF1F6FA, 0x5FA8D3, 0x023858),
			dark:  mix(t, 0x1C2731, 0x27668F, 0xD6EFFF),
		}
	}
	return scale
}

// mix interpolates between three colours, t from 0 to 1.
func mix(t float64, a, b, c uint32) uint32 {
	t *= 2
	if t > 1 {
		a, b, t = b, c, t-1
	}
	var out uint32
	for shift := 0; shift < 24; shift += 8 {
		x, y := float64(a>>shift&0xFF), float64(b>>shift&0xFF)
		out |= uint32(x+t*(y-x)+0.5) << shift
	}
	return out
}

func palette() []role { return append(otherRoles[:len(otherRoles):len(otherRoles)], heatRoles...) }

func (r role) color() color.Color {
	return color.NRGBA{R: uint8(r.light >> 16), G: uint8(r.light >> 8), B: uint8(r.light), A: 0xFF}
}

func (r role) variable() string { return "--fig-" + r.name }

// variables declares every role for a style sheet, light or dark.
func variables(dark bool) string {
	var b strings.Builder
	for _, r := range palette() {
		value := r.light
		if dark {
			value = r.dark
		}
		fmt.Fprintf(&b, "%s:#%06X;", r.variable(), value)
	}
	return b.String()
}
