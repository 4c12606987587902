package report

import (
	"encoding/json"
	"fmt"
	"io"
	"os"

	"tell/study"
)

// WriteResults writes results.json.
func WriteResults(path string, r *study.Result) error {
	return writeFile(path, func(w io.Writer) error { return encodeResults(w, r) })
}

func encodeResults(w io.Writer, r *study.Result) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(r)
}

// ReadResults reads what [WriteResults] wrote. A file of another schema is an
// error.
func ReadResults(path string) (*study.Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	var head struct {
		Schema string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("report: %s: %w", path, err)
	}
	if head.Schema != study.Schema {
		return nil, fmt.Errorf("report: %s: found schema %q, expected %q", path, head.Schema, study.Schema)
	}
	r := new(study.Result)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("report: %s: %w", path, err)
	}
	return r, nil
}
