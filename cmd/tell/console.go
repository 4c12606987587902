package main

import (
	"encoding/json"
	"io"
	"os"

	"golang.org/x/term"
)

// console is where a verb prints: what was asked for on stdout, progress on
// stderr.
type console struct {
	stdout, stderr io.Writer
}

// print writes text in one piece.
func (c *console) print(text string) error {
	_, err := io.WriteString(c.stdout, text)
	return err
}

// printJSON writes one indented value.
func (c *console) printJSON(v any) error {
	enc := json.NewEncoder(c.stdout)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}

// answer prints v as JSON, or else the text.
func (c *console) answer(asJSON bool, v any, text func() string) error {
	if asJSON {
		return c.printJSON(v)
	}
	return c.print(text())
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
