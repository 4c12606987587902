package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"tell/activations"
)

// Exit codes.
const (
	succeeded = 0
	failed    = 1
	misused   = 2
)

func main() {
	os.Exit(tell(os.Args[1:], os.Stdout, os.Stderr))
}

// tell runs the command and returns its exit code. The first interrupt stops
// it through the context; a second one kills the process.
func tell(args []string, stdout, stderr io.Writer) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	activations.Within(ctx)

	if len(args) == 0 {
		parse([]string{"--help"}, stderr, stderr)
		return misused
	}
	verb, helped, err := parse(args, stdout, stderr)
	if helped {
		return succeeded
	}
	if err == nil {
		err = verb.Run(ctx, &console{stdout: stdout, stderr: stderr})
	}
	return explain(ctx, stderr, err)
}

// explain prints what went wrong and returns the exit code.
func explain(ctx context.Context, stderr io.Writer, err error) int {
	var usage *kong.ParseError
	var hinted *hintedError
	var kept *keptError
	switch {
	case err == nil:
		return succeeded
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "tell: %v\n", err)
		printUsage(stderr, usage.Context)
		return misused
	case ctx.Err() != nil && errors.As(err, &kept):
		fmt.Fprintf(stderr, "tell: interrupted; %s kept in %s, and the same command goes on from there\n", count(kept.parts, "part is", "parts are"), kept.folder)
		return failed
	case ctx.Err() != nil:
		fmt.Fprintln(stderr, "tell: interrupted, nothing was written")
		return failed
	}
	fmt.Fprintf(stderr, "tell: %v\n", err)
	switch {
	case errors.As(err, &hinted):
		fmt.Fprintf(stderr, "hint: %s\n", hinted.hint)
	case errors.Is(err, syscall.ENOSPC) && errors.As(err, &kept):
		fmt.Fprintf(stderr, "hint: %s kept in %s: make room, and the same command goes on from there\n", count(kept.parts, "part is", "parts are"), kept.folder)
	}
	return failed
}

// hintedError is an error with a hint about how to fix it.
type hintedError struct {
	error
	hint string
}

func (e *hintedError) Unwrap() error { return e.error }

func printUsage(w io.Writer, c *kong.Context) {
	path := "tell"
	if verb := c.Selected(); verb != nil {
		fmt.Fprintf(w, "usage: tell %s\n", verb.Summary())
		path += " " + verb.Path()
	} else {
		fmt.Fprintf(w, "usage: tell%s\n", c.Model.Summary())
	}
	fmt.Fprintf(w, "%q explains it\n", path+" --help")
}
