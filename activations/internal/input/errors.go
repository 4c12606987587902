package input

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"tell/activations/internal/objects"
)

// FormatError says what is wrong with a file and where.
type FormatError struct {
	File     string
	Line     int    // from 1, or 0 where the file has no lines
	Part     string // the header, column, tensor, key or row concerned
	Offset   int64  // byte in the file, or -1 where no single byte is to blame
	Found    string
	Expected string
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
	if e.Line > 0 {
		fmt.Fprintf(&b, ":%d", e.Line)
	}
	if e.Part != "" {
		b.WriteString(": ")
		b.WriteString(e.Part)
	}
	if e.Offset >= 0 {
		fmt.Fprintf(&b, " at byte %d", e.Offset)
	}
	b.WriteString(": found ")
	b.WriteString(e.Found)
	if e.Expected != "" {
		b.WriteString(", expected ")
		b.WriteString(e.Expected)
	}
	return Printable(b.String())
}

// Printable is text as a terminal can show it: what is no character to see, such
// as an escape code, a line feed or a byte that is not UTF-8, is written as in Go.
// What in a URL may be a credential is left out.
func Printable(text string) string {
	text = objects.Name(text)
	if utf8.ValidString(text) && !strings.ContainsFunc(text, hidden) {
		return text
	}
	var b strings.Builder
	for i, r := range text {
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(text[i:], string(utf8.RuneError)):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case hidden(r):
			b.WriteString(strings.Trim(strconv.QuoteRuneToASCII(r), "'"))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func hidden(r rune) bool { return !unicode.IsGraphic(r) }

// Plainly is a system error that names its file once, without the call that
// it came from.
func Plainly(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", Printable(at.Path), at.Err)
	}
	return err
}

// InWords is what a decoder has found, which may say only EOF.
func InWords(err error) string {
	const short = "EOF"
	text, cut := strings.CutSuffix(err.Error(), short)
	if !cut {
		return text
	}
	return strings.TrimSuffix(text, "unexpected ") + "an early end"
}

// Shorten cuts a text that would fill a message.
func Shorten(text string) string {
	const most = 60
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}
