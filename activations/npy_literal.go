package activations

import (
	"fmt"
	"strconv"
	"strings"

	"tell/activations/internal/input"
)

// parse reads the Python dictionary of an npy header: exactly the keys descr,
// fortran_order and shape, in any order.
func (h *npyHeader) parse(f *input.File, text string) error {
	p := literal{text: text}
	seen := map[string]bool{}
	fail := func(expected string) error {
		found := "the end of the header"
		if rest := p.text[p.at:]; rest != "" {
			found = strconv.Quote(rest[:min(len(rest), 20)])
		}
		return f.Errorf("npy header", h.start+int64(p.at), found, "%s", expected)
	}
	if !p.take("{") {
		return fail("{")
	}
	for !p.take("}") {
		if len(seen) > 0 && !p.take(",") {
			return fail(", or }")
		}
		if p.take("}") {
			break
		}
		key, ok := p.str()
		if !ok || !p.take(":") {
			return fail("a quoted key and a colon")
		}
		if seen[key] {
			return fail("each key once, but " + key + " came before")
		}
		seen[key] = true
		switch key {
		case "descr":
			if h.descr, ok = p.str(); !ok {
				return fail("a plain number type such as '<f2' for descr")
			}
		case "fortran_order":
			h.fortran = p.take("True")
			if !h.fortran && !p.take("False") {
				return fail("True or False for fortran_order")
			}
		case "shape":
			if h.shape, ok = p.tuple(); !ok {
				return fail("a tuple of sizes for shape")
			}
		default:
			return fail(fmt.Sprintf("the keys descr, fortran_order and shape, not %q", key))
		}
	}
	if len(seen) != 3 {
		return fail("the keys descr, fortran_order and shape")
	}
	if p.space(); p.at != len(p.text) {
		return fail("nothing after the closing brace")
	}
	return nil
}

// literal reads the few Python literals that an npy header holds.
type literal struct {
	text string
	at   int
}

func (p *literal) space() {
	rest := strings.TrimLeft(p.text[p.at:], " \t\r\n\x00")
	p.at = len(p.text) - len(rest)
}

func (p *literal) take(token string) bool {
	p.space()
	if !strings.HasPrefix(p.text[p.at:], token) {
		return false
	}
	p.at += len(token)
	return true
}

func (p *literal) str() (string, bool) {
	p.space()
	rest := p.text[p.at:]
	if rest == "" || rest[0] != '\'' && rest[0] != '"' {
		return "", false
	}
	end := strings.IndexByte(rest[1:], rest[0])
	if end < 0 || strings.IndexByte(rest[1:1+end], '\\') >= 0 {
		return "", false
	}
	p.at += end + 2
	return rest[1 : 1+end], true
}

// maxRank is the number of axes that NumPy 1 can have at most.
const maxRank = 32

func (p *literal) tuple() ([]int, bool) {
	if !p.take("(") {
		return nil, false
	}
	var sizes []int
	for !p.take(")") {
		if len(sizes) > 0 && !p.take(",") {
			return nil, false
		}
		if p.take(")") {
			break
		}
		p.space()
		rest := p.text[p.at:]
		digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
		n, err := strconv.Atoi(rest[:digits])
		if err != nil || len(sizes) == maxRank {
			return nil, false
		}
		p.at += digits
		p.take("L") // Python 2 wrote long integers so
		sizes = append(sizes, n)
	}
	return sizes, true
}
