package activations

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
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
	return b.String()
}

// plainly is a system error that names its file once, without the call that
// it came from.
func plainly(err error) error {
	if at, ok := errors.AsType[*fs.PathError](err); ok {
		return fmt.Errorf("%s: %w", at.Path, at.Err)
	}
	return err
}

// inWords is what a decoder has found, which may say only EOF.
func inWords(err error) string {
	const short = "EOF"
	text, cut := strings.CutSuffix(err.Error(), short)
	if !cut {
		return text
	}
	return strings.TrimSuffix(text, "unexpected ") + "an early end"
}
