package docs

import (
	"os"
	"strings"
	"testing"

	"tell/report"
)

// command.md names every figure that a run can write.
func TestFiguresOfARun(t *testing.T) {
	text, err := os.ReadFile("command.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range report.FigureFiles() {
		name, _, _ = strings.Cut(name, ".")
		if !strings.Contains(string(text), "`"+name+"`,") {
			t.Errorf("command.md has no figure %q", name)
		}
	}
}
