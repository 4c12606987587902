package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tell/report"
	"tell/study"
)

// reportArgs are the arguments of the verbs that go on from a report.
type reportArgs struct {
	Dir  string `arg:"" name:"dir" help:"A directory that tell fit or tell run has written."`
	JSON bool   `help:"Print the names of the files as JSON."`
}

// readResults reads results.json of a report.
func readResults(dir string) (*study.Result, error) {
	r, err := report.ReadResults(filepath.Join(dir, report.ResultsFile))
	return r, missing(dir, err)
}

// readReport reads results.json and scores.csv of a report.
func readReport(dir string) (*study.Result, []study.Score, error) {
	r, err := readResults(dir)
	if err != nil {
		return nil, nil, err
	}
	scores, err := report.ReadScores(filepath.Join(dir, report.ScoresFile))
	return r, scores, missing(dir, err)
}

// missing says which step makes a file that is not there.
func missing(dir string, err error) error {
	var path *fs.PathError
	if !errors.As(err, &path) || !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return &hintedError{
		fmt.Errorf("%s: there is no such file", path.Path),
		fmt.Sprintf("tell fit STUDY.yaml -o %s writes it", dir),
	}
}

// present lists which of the names are files of dir.
func present(dir string, names []string) ([]string, error) {
	found := []string{}
	for _, name := range names {
		switch _, err := os.Stat(filepath.Join(dir, name)); {
		case err == nil:
			found = append(found, name)
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		}
	}
	return found, nil
}

// written says which files a step has made.
type written struct {
	Directory string   `json:"directory"`
	Files     []string `json:"files"`
}

func (w written) text() string {
	var b strings.Builder
	for _, name := range w.Files {
		fmt.Fprintln(&b, filepath.Join(w.Directory, name))
	}
	return b.String()
}
