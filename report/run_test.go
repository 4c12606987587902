package report

import (
	"errors"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRunOf(t *testing.T) {
	r, scores := capitals(t)
	for _, run := range []string{"", "0123456789abcdef"} {
		r.Provenance.Plan = run
		dir := t.TempDir()
		if err := Write(dir, r, scores); err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, name := range Files() {
			path := filepath.Join(dir, name)
			got, err := RunOf(path)
			if errors.Is(err, fs.ErrNotExist) {
				continue // a figure that this result does not have
			}
			if got != run || err != nil {
				t.Errorf("%s: found run %q, %v, expected %q", name, got, err, run)
			}
			if found++; !strings.HasSuffix(name, ".png") {
				continue
			}
			f, err := os.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := png.Decode(f); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			f.Close()
		}
		if found < 5 {
			t.Errorf("found %d files, expected the page and the figures", found)
		}
	}
}

func TestRunOfDamagedPNG(t *testing.T) {
	head := string(make([]byte, pngHead))
	for _, data := range []string{"", head, head + "\xff\xff\xff\xff" + pngRun, head + "\x00\x00\x00\x00" + pngRun, head + "\x00\x00\x00\x20" + pngRun + "ab"} {
		if got := runOfPNG([]byte(data)); got != "" {
			t.Errorf("found run %q, expected none", got)
		}
	}
}
