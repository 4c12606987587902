package main

import (
	"os"
	"runtime"
	"strings"
	"testing"
)

// The notices have every module that is linked here, in the version that is linked,
// with all its licences.
func TestNotices(t *testing.T) {
	b, err := os.ReadFile("../../" + file)
	if err != nil {
		t.Fatal(err)
	}
	modules, err := linked([]string{runtime.GOOS + "/" + runtime.GOARCH})
	if err != nil {
		t.Fatal(err)
	}
	if len(modules) < 20 {
		t.Fatalf("found %d linked modules, expected more", len(modules))
	}
	for _, m := range modules {
		text, err := m.text()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(b), "\n  "+m.title()+"\n") || !strings.Contains(string(b), strings.TrimSpace(text)) {
			t.Errorf("%s is not in %s as it is linked; run: go generate ./docs", m.title(), file)
		}
	}
	if !strings.Contains(string(b), "The Go standard library and runtime") {
		t.Error("no licence of Go")
	}
}

// A module without a licence cannot be given away.
func TestNoLicence(t *testing.T) {
	m := &module{path: "x", dir: t.TempDir()}
	if _, err := m.text(); err == nil || !strings.Contains(err.Error(), "no licence") {
		t.Errorf("found %v", err)
	}
}
