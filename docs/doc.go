// Package docs has the tests that hold the documentation to the code.
package docs

//go:generate go run ./notices
