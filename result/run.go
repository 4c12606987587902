package result

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tell/activations"
)

// runDigits is how much of a plan's hash names its run.
const runDigits = 16

// Run identifies the run that a result is of: the beginning of the hash of its
// plan. Runs of one study on the same inputs share it. It is empty where there
// is no plan, or something else in its place.
func (r *Result) Run() string {
	run := r.Provenance.Plan
	run = run[:min(len(run), runDigits)]
	if strings.Trim(run, "0123456789abcdef") != "" {
		return ""
	}
	return run
}

// RunOf returns the run that one of [Files] names, "" where it names none. It
// reads no more of the file than that takes.
func RunOf(path string) (string, error) {
	switch filepath.Ext(path) {
	case ".csv":
		return runOfCSV(path)
	case ".parquet":
		return runOfParquet(path)
	}
	r, err := ReadJSON(path)
	if err != nil {
		return "", err
	}
	return r.Run(), nil
}

func runOfCSV(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	in := csv.NewReader(f)
	header, err := in.Read()
	if errors.Is(err, io.EOF) {
		return "", nil
	}
	var first []string
	if err == nil {
		first, err = in.Read()
	}
	switch k := slices.Index(header, runName); {
	case errors.Is(err, io.EOF):
		return "", nil
	case err != nil:
		return "", fmt.Errorf("%s: %w", path, err)
	case k >= 0:
		return first[k], nil
	}
	return "", nil
}

func runOfParquet(path string) (string, error) {
	table, err := activations.ReadExamples(path)
	if err != nil {
		return "", err
	}
	c, ok := table.Column(runName)
	if !ok || table.Len() == 0 || c.IsNull(0) {
		return "", nil
	}
	return c.String(0), nil
}
