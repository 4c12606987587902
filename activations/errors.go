package activations

import "tell/activations/internal/input"

// FormatError says what is wrong with a file and where: its File, the Line from 1,
// or 0 where the file has no lines; the Part, which is the header, column, tensor,
// key or row concerned; the Offset of the byte, or -1 where no single byte is to
// blame; what was Found, and what was Expected.
type FormatError = input.FormatError

// Printable is text as a terminal can show it: what is no character to see, such
// as an escape code, a line feed or a byte that is not UTF-8, is written as in Go.
func Printable(text string) string { return input.Printable(text) }
