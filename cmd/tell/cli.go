package main

import (
	"context"
	"io"
	"slices"

	"github.com/alecthomas/kong"
)

// grammar is the command line: a field for every verb.
type grammar struct {
	Run     runVerb     `cmd:"" help:"Do everything that a study asks for and write the report."`
	Inspect inspectVerb `cmd:"" help:"Show what is in a dump of hidden states or a table of examples."`
	Init    initVerb    `cmd:"" help:"Draft a study of a dump and its table of examples."`
	Convert convertVerb `cmd:"" help:"Write a dump as npy, Arrow or safetensors."`
	Fit     fitVerb     `cmd:"" help:"Train the probes and the baselines: the first step of run, or a share of it."`
	Merge   mergeVerb   `cmd:"" help:"Make the report of the parts that fit --part has written."`
	Slurm   slurmVerb   `cmd:"" help:"Print a script for Slurm: an array of fit --part, and then merge."`
	Gap     gapVerb     `cmd:"" help:"Measure the action-commitment gap: the second step of run, or on scores of your own."`
	Plot    plotVerb    `cmd:"" help:"Draw the figures: the third step of run."`
	Report  reportVerb  `cmd:"" help:"Write report.html: the last step of run."`
	Table   tableVerb   `cmd:"" help:"Print a table for a paper, in Markdown or LaTeX."`
	Export  exportVerb  `cmd:"" help:"Write the trained probes for scikit-learn, PyTorch, repeng or llama.cpp."`
	Apply   applyVerb   `cmd:"" help:"Score the rows of another dump with trained probes."`
	Explain explainVerb `cmd:"" help:"Say what a name in the results means."`
	Schema  schemaVerb  `cmd:"" help:"Print the JSON Schema of a study file or of results.json."`
	Version versionVerb `cmd:"" help:"Print the version."`

	Completion completionVerb `cmd:"" help:"Print what makes a shell complete verbs and flags."`
	Man        manVerb        `cmd:"" help:"Print the manual page."`
}

const about = `tell compares what a language model's hidden states hold with what the model does.

It trains linear probes on every layer and token position of a dump of hidden states, and compares what they decode with how the model behaved on the same rows. A study file (YAML) says where the hidden states and the examples are, what the probe predicts, and which behaviour counts as acting on it.

Begin with a look at your data, write the study file, and run it:

    tell inspect hidden_states.npy
    tell inspect examples.jsonl
    tell run study.yaml`

// verb is what a command line asks for.
type verb interface {
	Run(context.Context, *console) error
}

// parse reads the command line. A request for help is answered at once.
func parse(args []string, stdout, stderr io.Writer) (v verb, helped bool, err error) {
	parser := newParser(stdout, stderr, func() { helped = true })
	c, err := parser.Parse(asKnown(args))
	if helped || err != nil {
		return nil, helped, err
	}
	return c.Selected().Target.Addr().Interface().(verb), false, nil
}

// asKnown takes what people type by habit: tell help, tell help run, tell
// --version.
func asKnown(args []string) []string {
	switch {
	case len(args) == 1 && (args[0] == "--version" || args[0] == "-V"):
		return []string{"version"}
	case len(args) > 0 && args[0] == "help":
		return append(slices.Clone(args[1:]), "--help")
	}
	return args
}

// newParser makes a parser of the command line. It calls helped when it has
// answered a request for help.
func newParser(stdout, stderr io.Writer, helped func()) *kong.Kong {
	return kong.Must(&grammar{},
		kong.Name("tell"), kong.Description(about),
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { helped() }),
		kong.PostBuild(func(k *kong.Kong) error {
			k.Model.HelpFlag.Help = "Explain the command."
			return nil
		}),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true, WrapUpperBound: 100}),
	)
}
