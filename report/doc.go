// Package report shows what a study found: the figures as SVG and PNG, and one
// HTML page that holds them all with the numbers in words and tables.
//
// Everything here is a function of a [result.Result] and its scores. The same
// result gives the same bytes, and every file appears whole or not at all.
package report
