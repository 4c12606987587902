// Tell compares what a language model's hidden states hold with what the
// model does.
//
// Usage:
//
//	tell run STUDY.yaml [-o DIR]
//	tell inspect DUMP...
//	tell convert DUMP... -o FILE
//	tell fit STUDY.yaml [-o DIR] [--part I/N]
//	tell merge STUDY.yaml [-o DIR]
//	tell gap DIR
//	tell gap TABLE --label COLUMN --behaviour COLUMN --score COLUMN
//	tell plot DIR
//	tell report DIR
//	tell explain [NAME...]
//	tell version
//
// Run trains linear probes on every layer and token position of a dump of
// hidden states, measures the action-commitment gap between what they decode
// and how the model behaved on the same rows, and writes a directory:
//
//	report.html                   the report, one page that needs no network
//	results.csv, results.parquet  a row for each estimate
//	results.json                  the same, with definitions and provenance
//	scores.csv, scores.parquet    a row for each row id and repeat: fold, score, label
//	*.svg, *.png                  the figures
//	parts/                        what each layer and position gave
//
// Fit, gap, plot and report are its steps, each from the files of the step
// before; together they write the same bytes. Gap also measures scores of your
// own, from any table that has a label, a behaviour and a probe's score.
//
// A run that was stopped goes on from its parts. Fit --part makes a share of
// them, on any of several machines, and merge makes of all of them what run
// would have written.
//
// Inspect says what is in a dump or in a table of examples, and with --scan
// looks at every number. Convert writes a dump as npy, Arrow or safetensors.
// Explain says what a name in the results means.
//
// docs/study.md describes the study file, docs/results.md the results. "tell
// VERB --help" explains a verb and its flags.
//
// # Output
//
// What was asked for is printed on stdout, as JSON with --json. Progress goes
// to stderr, as bars on a terminal and as one line for each stage elsewhere;
// --quiet turns it off. The files of a directory appear together when all of
// them are written, but for its parts, each of which appears when it is done. An
// interrupted or failed command leaves the other files as they were. A directory
// that holds other files and no results.json is refused without --force.
//
// The exit code is 0, or 1 if the command failed or was interrupted, or 2 if
// the command line was wrong.
package main
