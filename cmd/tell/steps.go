package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"tell/report"
	"tell/result"
)

// reportArgs are the arguments of the verbs that go on from a report.
type reportArgs struct {
	Dir  string `arg:"" name:"dir" help:"A directory that tell fit or tell run has written."`
	JSON bool   `help:"Print the names of the files as JSON."`
}

// openReport holds the directory of a report.
func openReport(dir string) (*directory, error) {
	d, err := openDirectory(dir, false)
	if errors.Is(err, fs.ErrNotExist) {
		err = missing(dir, &fs.PathError{Op: "open", Path: filepath.Join(dir, result.ResultsFile), Err: fs.ErrNotExist})
	}
	return d, err
}

// readResults reads results.json of a report, all of whose files must be of one
// run.
func readResults(dir string) (*result.Result, error) {
	r, err := result.ReadJSON(filepath.Join(dir, result.ResultsFile))
	if err != nil {
		return nil, missing(dir, err)
	}
	return r, checkRuns(dir, r)
}

// checkRuns refuses a file of a report that is of another run than the results.
func checkRuns(dir string, r *result.Result) error {
	check := func(names []string, runOf func(string) (string, error)) error {
		for _, name := range names {
			path := filepath.Join(dir, name)
			run, err := runOf(path)
			switch {
			case errors.Is(err, fs.ErrNotExist):
			case err != nil:
				return err
			case run != r.Run():
				return &hintedError{
					fmt.Errorf("%s: found %s, expected %s, as %s has", path, runName(run), runName(r.Run()), result.ResultsFile),
					"the directory holds files of several runs; make the report anew with tell run, or remove what does not belong to it",
				}
			}
		}
		return nil
	}
	if err := check(result.Files(), result.RunOf); err != nil {
		return err
	}
	return check(report.Files(), report.RunOf)
}

func runName(run string) string {
	if run == "" {
		return "no run named"
	}
	return "run " + run
}

// readReport reads the results and the scores of a report.
func readReport(dir string) (*result.Result, []result.Score, error) {
	r, err := readResults(dir)
	if err != nil {
		return nil, nil, err
	}
	scores, err := result.ReadScores(filepath.Join(dir, result.ScoresParquet))
	if n := len(result.Means(scores)); err == nil && n != r.Data.Used {
		return nil, nil, fmt.Errorf("%s: found %s of scores, expected %d, as %s says", filepath.Join(dir, result.ScoresParquet), count(n, "row", "rows"), r.Data.Used, result.ResultsFile)
	}
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

// reportFiles are the names of all files of a report.
func reportFiles() []string { return append(result.Files(), report.Files()...) }

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
