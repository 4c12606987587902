// Package schema holds the JSON Schema of a study file and of results.json, for
// editors that complete and check YAML, and for programs that read results.
package schema

import _ "embed"

//go:generate go run ./generate

// Study is the schema of a study file.
//
//go:embed study.json
var Study string

// Results is the schema of results.json.
//
//go:embed results.json
var Results string
