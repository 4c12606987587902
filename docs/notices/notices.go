package main

import (
	"bytes"
	"cmp"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

const file = "THIRD_PARTY_NOTICES"

// platforms are those of released binaries.
var platforms = []string{"linux/amd64", "linux/arm64", "darwin/amd64", "darwin/arm64", "windows/amd64", "windows/arm64"}

// module is one that is linked, and the folders of its linked packages.
type module struct {
	path, version, dir string
	packages           map[string]bool
}

func (m *module) title() string { return m.path + " " + m.version }

// linked finds the modules of the command on the platforms.
func linked(platforms []string) ([]*module, error) {
	modules := map[string]*module{}
	for _, platform := range platforms {
		system, architecture, _ := strings.Cut(platform, "/")
		cmd := exec.Command("go", "list", "-deps", "-f", "{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}\t{{$.Dir}}{{end}}{{end}}", "tell/cmd/tell")
		cmd.Env = append(os.Environ(), "GOOS="+system, "GOARCH="+architecture, "CGO_ENABLED=0")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		out, err := cmd.Output()
		if err != nil {
			return nil, fmt.Errorf("what %s links: %w: %s", platform, err, stderr.String())
		}
		for line := range strings.Lines(string(out)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 4 {
				continue
			}
			m := modules[f[0]]
			if m == nil {
				m = &module{f[0], f[1], f[2], map[string]bool{}}
				modules[f[0]] = m
			}
			m.packages[f[3]] = true
		}
	}
	return slices.SortedFunc(maps.Values(modules), func(a, b *module) int { return cmp.Compare(a.path, b.path) }), nil
}

var (
	licenceFile   = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|patents|third[-_ ]party)`)
	licenceFolder = regexp.MustCompile(`(?i)^(licen[cs]es|third[-_ ]party[-_ ]licen[cs]es)$`)
)

// licences are the paths of the licences of a module: those in its root, and those
// that lie in linked packages and above.
func (m *module) licences() ([]string, error) {
	folders := map[string]bool{m.dir: true}
	for dir := range m.packages {
		for ; len(dir) > len(m.dir); dir = filepath.Dir(dir) {
			folders[dir] = true
		}
	}
	var paths []string
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			path := filepath.Join(dir, e.Name())
			switch {
			case e.IsDir() && licenceFolder.MatchString(e.Name()):
				more, err := filepath.Glob(filepath.Join(path, "*"))
				if err != nil {
					return nil, err
				}
				paths = append(paths, more...)
			case !e.IsDir() && licenceFile.MatchString(e.Name()) && filepath.Ext(e.Name()) != ".go":
				paths = append(paths, path)
			}
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s: no licence in %s", m.path, m.dir)
	}
	return paths, nil
}

// text is what stands in the notices about a module.
func (m *module) text() (string, error) {
	paths, err := m.licences()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		name, err := filepath.Rel(m.dir, path)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%s\n%s\n%s\n\n%s\n\n", strings.Repeat("=", 78), m.title()+": "+filepath.ToSlash(name), strings.Repeat("=", 78), plain(content))
	}
	return b.String(), nil
}

// plain is text without what depends on the editor.
func plain(content []byte) string {
	var lines []string
	for line := range strings.Lines(strings.ToValidUTF8(string(content), "?")) {
		lines = append(lines, strings.TrimRight(line, " \t\r\n\f"))
	}
	return strings.Trim(strings.Join(lines, "\n"), "\n")
}

// notices is the whole file.
func notices(platforms []string) (string, error) {
	modules, err := linked(platforms)
	if err != nil {
		return "", err
	}
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", err
	}
	modules = append([]*module{{"The Go standard library and runtime", "", strings.TrimSpace(string(root)), nil}}, modules...)
	modules[0].version = "(go.dev)"
	var b strings.Builder
	b.WriteString("What is linked into tell beside its own code, and under which licences.\nMade by: go generate ./docs\n\n")
	for _, m := range modules {
		fmt.Fprintf(&b, "  %s\n", m.title())
	}
	b.WriteString("\n")
	for _, m := range modules {
		text, err := m.text()
		if err != nil {
			return "", err
		}
		b.WriteString(text)
	}
	return strings.TrimRight(b.String(), "\n") + "\n", nil
}
