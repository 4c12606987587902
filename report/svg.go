package report

import (
	"bytes"
	"fmt"
	"html"
	"math"
	"regexp"
)

var (
	// styleAttribute finds the style of an element. Text cannot hold one: its
	// quotation marks are escaped.
	styleAttribute   = regexp.MustCompile(`style="[^"]*"`)
	viewBoxAttribute = regexp.MustCompile(`viewBox="[^"]*"`)
	// fontOfText is what the style sheet of the page says once for all figures.
	fontOfText = regexp.MustCompile(`font-family:[^;]*;|font-variant:normal;|font-weight:normal;|font-style:normal;`)
	hexColour  = regexp.MustCompile(`#[0-9A-F]{6}`)
)

// roleOf tells the role that a colour of an SVG document was drawn in.
var roleOf = func() map[string]role {
	roles := make(map[string]role)
	for _, r := range palette() {
		roles[fmt.Sprintf("#%06X", r.light)] = r
	}
	return roles
}()

// withFallbackFonts names fonts of the same widths after Liberation Sans.
func withFallbackFonts(svg []byte) []byte {
	return styleAttribute.ReplaceAllFunc(svg, func(style []byte) []byte {
		return bytes.Replace(style, []byte("font-family:Liberation Sans;"), []byte("font-family:'Liberation Sans',Arial,Helvetica,sans-serif;"), 1)
	})
}

// inline makes an SVG document an element of a page: named for screen readers,
// free of a size of its own, its colours variables of the page.
func inline(svg []byte, class, alt string) []byte {
	_, body, _ := bytes.Cut(svg, []byte("<svg "))
	attributes, body, _ := bytes.Cut(body, []byte(">"))
	viewBox := viewBoxAttribute.Find(attributes)
	body = styleAttribute.ReplaceAllFunc(body, func(style []byte) []byte {
		style = fontOfText.ReplaceAll(style, nil)
		return hexColour.ReplaceAllFunc(style, func(hex []byte) []byte {
			if r, ok := roleOf[string(hex)]; ok {
				return []byte("var(" + r.variable() + ")")
			}
			return hex
		})
	})
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg class="%s" role="img" aria-label="%s" %s xmlns="http://www.w3.org/2000/svg">`,
		class, html.EscapeString(oneLine(alt, math.MaxInt)), viewBox)
	b.Write(body)
	return b.Bytes()
}
