package study

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/activations"
)

// paddedStudy is a study of a dump with 5 rows, 3 layers, up to 6 positions and
// width 4 that count up in eighths. Its examples stand in another order.
func paddedStudy(t *testing.T, position string) (*Study, *activations.Dump) {
	t.Helper()
	dump, err := filepath.Abs("../testdata/formats/padded_right.arrow")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("examples.jsonl", `{"row": 3, "prompt_tokens": 3, "read": -1, "y": 1, "tokens": [0, 1, 1, 0, 0, 0]}
{"row": 6, "prompt_tokens": 2, "read": 1, "y": 0, "tokens": [1, 0, 1, 0, 1, 0]}
{"row": 5, "prompt_tokens": null, "read": 0, "y": 0, "tokens": null}
{"row": 4, "prompt_tokens": 1, "read": 0, "y": 1, "tokens": [1, 0, 0, 0, 0, 0]}
{"row": 2, "prompt_tokens": 2, "read": 0, "y": 0, "tokens": [1, 1, 0, 0, 0, 0]}
`)
	header := fmt.Sprintf("%-117s\n", "{'descr': '|b1', 'fortran_order': False, 'shape': (5, 6), }")
	write("tokens.npy", "\x93NUMPY\x01\x00"+string([]byte{byte(len(header)), 0})+header+
		"\x01\x01\x00\x00\x00\x00"+"\x00\x01\x01\x00\x00\x00"+"\x00\x00\x01\x01\x00\x00"+"\x00\x00\x00\x00\x00\x00"+"\x01\x00\x00\x01\x01\x00")
	s, err := Load(write("study.yaml", "activations:\n  path: "+dump+"\n  "+position+"\n"+
		"examples: examples.jsonl\njoin: {activations: n_tokens, examples: row}\nrows: row != 5\ntarget: y\n"))
	if err != nil {
		t.Fatal(err)
	}
	return s, openDump(t, s)
}

func TestPositionsFromExamples(t *testing.T) {
	for _, test := range []struct {
		keys string
		at   map[int]int // position of every row of the dump that is used
	}{
		{"position: first", map[int]int{0: 0, 1: 0, 2: 0, 4: 0}},
		{"position: last\n  length: n_tokens", map[int]int{0: 1, 1: 2, 2: 3, 4: 5}},
		{"position: last\n  length: prompt_tokens", map[int]int{0: 1, 1: 2, 2: 0, 4: 1}},
		{"position: read\n  length: prompt_tokens", map[int]int{0: 0, 1: 2, 2: 0, 4: 1}},
		{"position: read\n  length: n_tokens", map[int]int{0: 0, 1: 2, 2: 0, 4: 1}},
		{"position: last\n  mask: tokens", map[int]int{0: 1, 1: 2, 2: 0, 4: 4}},
		{"position: \"-2:\"\n  mask: tokens.npy", map[int]int{0: 0, 1: 1, 2: 2, 4: 3}},
	} {
		s, d := paddedStudy(t, test.keys)
		c, err := s.Cases(d)
		if err != nil {
			t.Fatalf("%s: %v", test.keys, err)
		}
		got := make([]float64, 4)
		for _, row := range c.Rows {
			if err := c.Dump.ReadFloat64(got, 2, 0, row, row+1); err != nil {
				t.Fatalf("%s: %v", test.keys, err)
			}
			want := float64(((row*3+2)*6+test.at[row])*4) / 8
			if got[0] != want {
				t.Errorf("%s: row %d reads %v, expected %v", test.keys, row, got[0], want)
			}
		}
	}
}

func TestPositionsThatExamplesLack(t *testing.T) {
	s, d := paddedStudy(t, "position: reed\n  length: n_tokens")
	if _, err := s.Cases(d); err == nil || !strings.Contains(err.Error(), `no column "reed"`) || !strings.Contains(err.Error(), `"prompt_tokens"`) ||
		!strings.Contains(err.Error(), "padded_right.arrow: expected one of") {
		t.Errorf("a column that is nowhere: %v", err)
	}
	s, d = paddedStudy(t, "position: last\n  length: prompt_tokens")
	s.Rows = ""
	if _, err := s.Cases(d); err == nil || !strings.Contains(err.Error(), "examples.jsonl:3") || !strings.Contains(err.Error(), "null") {
		t.Errorf("a length of null: %v", err)
	}
	if _, err := parse("s.yaml", []byte("activations: {path: a.npy, length: n}\ntarget: y\n")); err == nil || !strings.Contains(err.Error(), "activations.position") {
		t.Errorf("a length without a position: %v", err)
	}
}

// The mask is a column of lists in a table that lies apart from the states.
func TestMaskOfLists(t *testing.T) {
	formats, err := filepath.Abs("../testdata/formats")
	if err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"masked.parquet", "masked.arrow"} {
		s, err := parse(filepath.Join(formats, "study.yaml"), []byte("activations: {path: masked.npz, tensor: states, position: last, mask: small}\n"+
			"examples: "+table+"\ntarget: number > 3\n"))
		if err != nil {
			t.Fatal(err)
		}
		d := openDump(t, s)
		c, err := s.Cases(d)
		if err != nil {
			t.Fatalf("%s: %v", table, err)
		}
		got := make([]float64, 4)
		for row := range 5 {
			if err := c.Dump.ReadFloat64(got, 2, 0, row, row+1); err != nil || got[0] != float64(((row*3+2)*6+row+1)*4)/8 {
				t.Errorf("%s: row %d reads %v, %v", table, row, got[0], err)
			}
		}
	}
}

// Two studies on one open dump read what each asks for, whichever came last.
func TestStudiesShareADump(t *testing.T) {
	first, d := paddedStudy(t, "position: read\n  length: n_tokens")
	second := *first
	second.Examples = filepath.Join(t.TempDir(), "others.jsonl")
	if err := os.WriteFile(second.Examples, []byte(`{"row": 2, "read": 1, "y": 0}
{"row": 4, "read": 0, "y": 1}
{"row": 3, "read": 0, "y": 1}
{"row": 6, "read": 5, "y": 0}
`), 0o666); err != nil {
		t.Fatal(err)
	}
	second.Rows = ""
	a, err := first.Cases(d)
	if err != nil {
		t.Fatal(err)
	}
	b, err := second.Cases(d)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		cases *Cases
		at    map[int]int
	}{
		{"first", a, map[int]int{0: 0, 1: 2, 2: 0, 4: 1}},
		{"second", b, map[int]int{0: 1, 1: 0, 2: 0, 4: 5}},
	} {
		got := make([]float64, 4)
		for _, row := range c.cases.Rows {
			if err := c.cases.Dump.ReadFloat64(got, 2, 0, row, row+1); err != nil {
				t.Fatalf("%s study: %v", c.name, err)
			}
			if want := float64(((row*3+2)*6+c.at[row])*4) / 8; got[0] != want {
				t.Errorf("%s study: row %d reads %v, expected %v", c.name, row, got[0], want)
			}
		}
	}
}
