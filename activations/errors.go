package activations

import (
	"fmt"
	"strings"
)

// FormatError says what is wrong with a file and where.
type FormatError struct {
	File     string
	Part     string // the header, column, tensor, line or row concerned
	Offset   int64  // byte in the file, or -1 where no single byte is to blame
	Found    string
	Expected string
}

func (e *FormatError) Error() string {
	var b strings.Builder
	b.WriteString(e.File)
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
