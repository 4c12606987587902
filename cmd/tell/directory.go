package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

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
	Force  bool   `help:"Write to DIR even if it holds other files and no report. They stay where they are."`
}

// directory is where the report of a study goes. It is refused here, before
// any work, if nothing can be written there or if it holds other things.
func (f outputFlags) directory(study string) (string, error) {
	dir := f.Output
	if dir == "" {
		base := filepath.Base(study)
		dir = base[:len(base)-len(filepath.Ext(base))] + "-report"
	}
	if err := checkDirectory(dir, f.Force); err != nil {
		return "", err
	}
	probe, err := newStage(dir)
	if err != nil {
		return "", fmt.Errorf("%s: cannot be written: %w", dir, err)
	}
	return dir, os.Remove(probe)
}

func checkDirectory(dir string, force bool) error {
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
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
// before its end: parts, perhaps a stage, and those files of the report that
// were already in their place.
func stopped(entries []fs.DirEntry) bool {
	parts := false
	for _, e := range entries {
		name := e.Name()
		parts = parts || name == partsFolder
		if name != partsFolder && !strings.HasPrefix(name, stagePrefix) && !slices.Contains(reportFiles(), name) {
			return false
		}
	}
	return parts
}

// stagePrefix begins the name of a directory in which a report is made before
// it is moved to its place. The host and the process follow.
const stagePrefix = ".tell-"

// newStage makes a directory near dir, and removes those that processes of this
// host have left which were killed.
func newStage(dir string) (string, error) {
	near := nearest(dir)
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	mine := stagePrefix + strings.ReplaceAll(host, "-", "_") + "-"
	entries, err := os.ReadDir(near)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		rest, ours := strings.CutPrefix(e.Name(), mine)
		pid, _, _ := strings.Cut(rest, "-")
		if n, err := strconv.Atoi(pid); ours && err == nil && !alive(n) {
			if err := os.RemoveAll(filepath.Join(near, e.Name())); err != nil {
				return "", err
			}
		}
	}
	return os.MkdirTemp(near, fmt.Sprintf("%s%d-*", mine, os.Getpid()))
}

// alive reports whether a process of this host runs, or may run.
func alive(pid int) bool {
	p, err := os.FindProcess(pid)
	if err != nil {
		return false
	}
	err = p.Signal(syscall.Signal(0))
	return err == nil || errors.Is(err, os.ErrPermission)
}

// nearest is the closest directory above path, or path itself, that exists.
func nearest(path string) string {
	for {
		if _, err := os.Stat(path); err == nil || path == filepath.Dir(path) {
			return path
		}
		path = filepath.Dir(path)
	}
}

// publish lets write fill a directory and then moves all its files to dir at
// once: whole or, if it fails or ctx ends before, not at all. Of the files in
// replaces, those that were not written again are removed from dir, since they
// belong to an earlier result.
func publish(ctx context.Context, dir string, replaces []string, write func(dir string) error) (err error) {
	stage, err := newStage(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(stage)) }()
	fresh := filepath.Join(stage, "report")
	if err := os.Mkdir(fresh, 0o777); err != nil {
		return err
	}
	if err := write(fresh); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		if err := os.MkdirAll(filepath.Dir(dir), 0o777); err != nil {
			return err
		}
		return os.Rename(fresh, dir)
	}
	return replace(dir, fresh, replaces)
}

// replace moves the files of fresh over those of dir.
func replace(dir, fresh string, replaces []string) error {
	for _, name := range replaces {
		if _, err := os.Stat(filepath.Join(fresh, name)); err == nil {
			continue
		}
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	entries, err := os.ReadDir(fresh)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := os.Rename(filepath.Join(fresh, e.Name()), filepath.Join(dir, e.Name())); err != nil {
			return err
		}
	}
	return nil
}
