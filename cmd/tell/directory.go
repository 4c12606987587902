package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"tell/internal/atomicfile"
	"tell/result"
)

// partsFolder is where a report keeps the parts that it was made of.
const partsFolder = "parts"

// keptError is a run that stopped before its end and left parts.
type keptError struct {
	error
	folder string
	parts  int
}

func (e *keptError) Unwrap() error { return e.error }

// keeping says which parts an error leaves, if it leaves some.
func keeping(dir string, err error) error {
	folder := filepath.Join(dir, partsFolder)
	entries, unread := os.ReadDir(folder)
	n := 0
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") {
			n++
		}
	}
	if unread != nil || n == 0 {
		return err
	}
	return &keptError{err, folder, n}
}

// outputFlags say where a report goes.
type outputFlags struct {
	Output string `short:"o" placeholder:"DIR" help:"Directory of the report. Default: ./NAME-report for the study file NAME.yaml."`
	Force  bool   `help:"Write to DIR even if it holds other files and no report, which stay where they are, or the report or parts of another study, which are replaced."`
}

// open makes and holds the directory where the report of a study goes. It is
// refused here, before any work, if nothing can be written there, if it holds
// other things, or if another process works on it. Several processes may share
// it to make parts.
func (f outputFlags) open(study string, shared bool) (*directory, error) {
	dir := f.Output
	if dir == "" {
		base := filepath.Base(study)
		dir = base[:len(base)-len(filepath.Ext(base))] + "-report"
	}
	if err := checkDirectory(dir, f.Force); err != nil {
		return nil, err
	}
	made, err := makeDirectories(dir)
	if err != nil {
		return nil, atomicfile.Unwritten(dir, err)
	}
	d, err := openDirectory(dir, shared)
	if err != nil {
		return nil, errors.Join(err, removeEmpty(made))
	}
	d.made, d.study = made, study
	err = d.checkWritable()
	if err == nil && !f.Force {
		err = d.checkStudy()
	}
	if err != nil {
		return nil, errors.Join(err, d.close())
	}
	return d, nil
}

func checkDirectory(dir string, force bool) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return atomicfile.Unwritten(dir, err)
	case !info.IsDir():
		return fmt.Errorf("%s: found a file, expected a directory", dir)
	case force:
		return nil
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(dir, result.ResultsFile))
	if len(entries) > 0 && err != nil && !stopped(entries) {
		return &hintedError{
			fmt.Errorf("%s: the directory holds files but no %s, so it is not a report that tell wrote", dir, result.ResultsFile),
			"name another directory with -o, or give --force to write there",
		}
	}
	return nil
}

// stopped reports whether a directory holds what a run leaves that was stopped
// before its end: parts or the name of a study, perhaps a stage, and those files of the report that
// were already in their place.
func stopped(entries []fs.DirEntry) bool {
	parts := false
	for _, e := range entries {
		name := e.Name()
		parts = parts || name == partsFolder || name == studyFile
		if name != partsFolder && !strings.HasPrefix(name, stagePrefix) && !slices.Contains(reportFiles(), name) {
			return false
		}
	}
	return parts
}
