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

	"tell/internal/atomicfile"
)

// A directory is that of a report, held by this process. A new report is
// written into a stage inside it. One rename turns the stage into pendingFolder,
// and from then on the new report counts: its files move to their places, and
// where a process is killed before they all have, the next one goes on.
type directory struct {
	path   string
	study  string   // that the report is of, empty where it is not known
	made   []string // directories that were made for it, the deepest first
	lock   *os.File
	locked bool
}

const (
	// stagePrefix begins the name of a stage. The host and the process follow.
	stagePrefix = ".tell-"
	// pendingFolder holds a whole report whose files move to their places.
	pendingFolder = ".tell-pending"
	// goneFile lists, in pendingFolder, the files of the report before that the
	// new one does not have.
	goneFile = ".tell-gone"
	// studyFile holds the path from the directory to its study file.
	studyFile = ".tell-study"
)

var errBusy = errors.New("another tell is at work in this directory")

// openDirectory holds a directory that is there, and finishes what a process
// that was killed has left in it.
func openDirectory(path string, shared bool) (*directory, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	d := &directory{path: path, lock: f}
	if d.locked, err = lock(f, shared); err != nil {
		f.Close()
		return nil, &hintedError{fmt.Errorf("%s: %w", path, err), "wait until it ends, or name another directory"}
	}
	if !shared {
		if err := errors.Join(d.settle(), d.removeStages()); err != nil {
			return nil, errors.Join(err, d.close())
		}
	}
	return d, nil
}

// close lets the directory go, and removes it if nothing came into it that was
// made for it.
func (d *directory) close() (err error) {
	if len(d.made) > 0 {
		entries, _ := os.ReadDir(d.path)
		if len(entries) == 1 && entries[0].Name() == studyFile {
			err = os.Remove(filepath.Join(d.path, studyFile))
		}
	}
	return errors.Join(err, removeEmpty(d.made), d.lock.Close())
}

// makeDirectories makes a directory and those above it, and lists what it made,
// the deepest first.
func makeDirectories(path string) (made []string, err error) {
	for at := path; ; at = filepath.Dir(at) {
		if _, err := os.Stat(at); err == nil || at == filepath.Dir(at) {
			break
		}
		made = append(made, at)
	}
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, errors.Join(err, removeEmpty(made))
	}
	return made, nil
}

// removeEmpty removes those of the directories that are empty.
func removeEmpty(dirs []string) error {
	for _, dir := range dirs {
		entries, err := os.ReadDir(dir)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue
		case err != nil:
			return err
		case len(entries) > 0:
			return nil
		}
		if err := os.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}

// checkWritable reports whether a stage can be made.
func (d *directory) checkWritable() error {
	stage, err := d.newStage()
	if err == nil {
		err = os.Remove(stage)
	}
	if err != nil {
		return atomicfile.Unwritten(d.path, err)
	}
	return nil
}

// checkStudy refuses the report or the parts of another study file. The same one
// may have been edited, or moved under its name.
func (d *directory) checkStudy() error {
	text, err := os.ReadFile(filepath.Join(d.path, studyFile))
	if errors.Is(err, fs.ErrNotExist) {
		return d.claim()
	}
	if err != nil {
		return err
	}
	path := strings.TrimSuffix(string(text), "\n")
	if !filepath.IsAbs(path) {
		path = filepath.Join(d.path, path)
	}
	now, err := os.Stat(d.study)
	if err != nil {
		return err
	}
	before, err := os.Stat(path)
	if err == nil && os.SameFile(before, now) || err != nil && filepath.Base(path) == filepath.Base(d.study) {
		return nil
	}
	return &hintedError{
		fmt.Errorf("%s: found the report or parts of %s, expected those of %s or none", d.path, strconv.Quote(path), strconv.Quote(d.study)),
		"name another directory with -o, or give --force to replace them",
	}
}

// claim puts studyFile in place before there is a report: at once, since processes
// may share the directory.
func (d *directory) claim() error {
	stage, err := d.newStage()
	if err != nil {
		return err
	}
	if err = d.writeStudy(stage); err == nil {
		err = os.Rename(filepath.Join(stage, studyFile), filepath.Join(d.path, studyFile))
	}
	return errors.Join(err, os.RemoveAll(stage))
}

func (d *directory) writeStudy(folder string) error {
	path, err := d.studyPath()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, studyFile), []byte(path+"\n"), 0o644)
}

// studyPath is what studyFile holds.
func (d *directory) studyPath() (string, error) {
	dir, err := resolved(d.path)
	if err != nil {
		return "", err
	}
	study, err := resolved(d.study)
	if err != nil {
		return "", err
	}
	if rel, err := filepath.Rel(dir, study); err == nil {
		return rel, nil
	}
	return study, nil
}

// resolved is the absolute path without symbolic links.
func resolved(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.EvalSymlinks(path)
}

// newStage makes a directory inside the one that is held.
func (d *directory) newStage() (string, error) {
	return os.MkdirTemp(d.path, fmt.Sprintf("%s%d-*", stagesOfHost(), os.Getpid()))
}

func stagesOfHost() string {
	host, err := os.Hostname()
	if err != nil {
		host = "unknown"
	}
	return stagePrefix + strings.ReplaceAll(host, "-", "_") + "-"
}

// removeStages removes the stages of processes that were killed. Where the
// directory cannot be locked, only those of this host can be known.
func (d *directory) removeStages() error {
	entries, err := os.ReadDir(d.path)
	for _, e := range entries {
		name := e.Name()
		if !e.IsDir() || name == pendingFolder || !strings.HasPrefix(name, stagePrefix) {
			continue
		}
		rest, ours := strings.CutPrefix(name, stagesOfHost())
		pid, _, _ := strings.Cut(rest, "-")
		n, malformed := strconv.Atoi(pid)
		if d.locked || ours && malformed == nil && !alive(n) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(d.path, name)))
		}
	}
	return err
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

// publish lets write fill a stage and then puts its files in place at once:
// all or, if it fails or ctx ends before, none. Of the files in replaces, those
// that were not written again are removed, since they belong to an earlier
// result.
func (d *directory) publish(ctx context.Context, replaces []string, write func(dir string) error) (err error) {
	stage, err := d.newStage()
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
	if d.study != "" {
		if err := d.writeStudy(fresh); err != nil {
			return err
		}
	}
	var gone strings.Builder
	for _, name := range replaces {
		if _, err := os.Stat(filepath.Join(fresh, name)); errors.Is(err, fs.ErrNotExist) {
			fmt.Fprintln(&gone, name)
		}
	}
	if err := os.WriteFile(filepath.Join(fresh, goneFile), []byte(gone.String()), 0o644); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := os.Rename(fresh, filepath.Join(d.path, pendingFolder)); err != nil {
		return err
	}
	return d.settle()
}

// settle moves a whole report that waits in pendingFolder to its place. It may
// have been begun before.
func (d *directory) settle() error {
	pending := filepath.Join(d.path, pendingFolder)
	entries, err := os.ReadDir(pending)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = d.place(pending, entries)
	}
	if err != nil {
		return fmt.Errorf("%s: a new report is whole in %s, and not all of its files are in their places: %w", d.path, pendingFolder, err)
	}
	return nil
}

func (d *directory) place(pending string, entries []fs.DirEntry) error {
	if len(entries) == 0 {
		return os.Remove(pending)
	}
	known := append(reportFiles(), studyFile, goneFile)
	for _, e := range entries {
		if name := e.Name(); !e.Type().IsRegular() || !slices.Contains(known, name) {
			return fmt.Errorf("found %q, expected files of a report", name)
		}
	}
	data, err := os.ReadFile(filepath.Join(pending, goneFile))
	if err != nil {
		return err
	}
	gone := strings.Fields(string(data))
	for _, name := range gone {
		if !slices.Contains(known, name) {
			return fmt.Errorf("%s: found %q, expected names of files of a report", goneFile, name)
		}
	}
	for _, name := range gone {
		if err := os.Remove(filepath.Join(d.path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	for _, e := range entries {
		if name := e.Name(); name != goneFile {
			if err := os.Rename(filepath.Join(pending, name), filepath.Join(d.path, name)); err != nil {
				return err
			}
		}
	}
	// The list goes last: as long as it is there, there is something to do.
	if err := os.Remove(filepath.Join(pending, goneFile)); err != nil {
		return err
	}
	return os.Remove(pending)
}
