// Tell compares what a language model's hidden states hold with what the
// model does.
//
// Usage:
//
//	tell run STUDY.yaml [-o DIR]
//	tell inspect DUMP...
//	tell convert DUMP... -o FILE
//	tell fit STUDY.yaml [-o DIR]
//	tell gap DIR
//	tell gap TABLE --label COLUMN --behaviour COLUMN --score COLUMN
//	tell plot DIR
//	tell report DIR
//	tell version
//
// Run trains linear probes on every layer and token position of a dump of
// hidden states, measures the action-commitment gap between what they decode
// and how the model behaved on the same rows, and writes a directory:
//
//	report.html   the report, one page that needs no network
//	results.json  every number, with its interval, n and warnings
//	scores.csv    a row for each example: fold, chosen layer, score, label, behaviour
//	layers.csv    a row for each layer and position
//	*.svg, *.png  the figures
//
// Fit, gap, plot and report are its steps, each from the files of the step
// before; together they write the same bytes. Gap also measures scores of your
// own, from any table that has a label, a behaviour and a probe's score.
//
// Inspect says what is in a dump or in a table of examples, and with --scan
// looks at every number. Convert writes a dump as npy, Arrow or safetensors.
//
// The study file is described by the package tell/study. "tell VERB --help"
// explains a verb and its flags.
//
// # Output
//
// What was asked for is printed on stdout, as JSON with --json. Progress goes
// to stderr, as bars on a terminal and as one line for each stage elsewhere;
// --quiet turns it off. The files of a directory appear together when all of
// them are written. An interrupted or failed command leaves a directory as it
// was. A directory that holds other files and no results.json is refused
// without --force.
//
// The exit code is 0, or 1 if the command failed or was interrupted, or 2 if
// the command line was wrong.
package main
