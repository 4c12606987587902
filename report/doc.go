// Package report writes what a study found: the numbers as JSON and CSV, the
// figures as SVG and PNG, and one HTML page that holds them all.
//
// Everything here is a function of a [study.Result] and its scores. The same
// result gives the same bytes, and every file appears whole or not at all.
package report
