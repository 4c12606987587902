package report

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"os"
	"path/filepath"
)

// What stands around the name of the run in a page, an SVG and a PNG.
const (
	pageRun = `<meta name="tell:run" content="`
	svgRun  = "<!-- tell:run "
	pngRun  = "tEXttell:run\x00"
)

// RunOf returns the run that one of [Files] names, "" where it names none.
func RunOf(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	before, after := pageRun, `">`
	switch filepath.Ext(path) {
	case ".svg":
		before, after = svgRun, " -->"
	case ".png":
		return runOfPNG(data), nil
	}
	_, rest, found := bytes.Cut(data, []byte(before))
	run, _, closed := bytes.Cut(rest, []byte(after))
	if !found || !closed {
		return "", nil
	}
	return string(run), nil
}

// svgOfRun names the run in a comment before the drawing.
func svgOfRun(svg []byte, run string) []byte {
	if run == "" {
		return svg
	}
	comment := svgRun + run + " -->\n<svg "
	return bytes.Replace(svg, []byte("<svg "), []byte(comment), 1)
}

// pngHead is how long the signature of a PNG and its first chunk are.
const pngHead = 8 + 12 + 13

// pngOfRun names the run in a chunk of text behind the first.
func pngOfRun(png []byte, run string) []byte {
	if run == "" {
		return png
	}
	chunk := append([]byte(pngRun), run...)
	out := append([]byte(nil), png[:pngHead]...)
	out = binary.BigEndian.AppendUint32(out, uint32(len(chunk)-4))
	out = append(out, chunk...)
	out = binary.BigEndian.AppendUint32(out, crc32.ChecksumIEEE(chunk))
	return append(out, png[pngHead:]...)
}

func runOfPNG(png []byte) string {
	if len(png) < pngHead+4 {
		return ""
	}
	length, rest := int(binary.BigEndian.Uint32(png[pngHead:])), png[pngHead+4:]
	text, ok := bytes.CutPrefix(rest, []byte(pngRun))
	if n := length + 4 - len(pngRun); ok && n >= 0 && n <= len(text) {
		return string(text[:n])
	}
	return ""
}
