package main

import (
	"context"
	"io"

	mangokong "github.com/alecthomas/mango-kong"
	"github.com/muesli/roff"
)

// manVerb is "tell man".
type manVerb struct{}

// Help implements kong.HelpProvider.
func (manVerb) Help() string {
	return "    tell man > ~/.local/share/man/man1/tell.1"
}

// Run implements verb.
func (*manVerb) Run(_ context.Context, c *console) error {
	app := newParser(io.Discard, io.Discard, func() {}).Model
	app.Help = "what a language model knows against what it does\n" + about
	for _, verb := range app.Children {
		verb.Detail = "" // which would stand before the verb's own line; --help has it
	}
	_, err := io.WriteString(c.stdout, mangokong.NewManPage(1, app).Build(roff.NewDocument()))
	return err
}
