package run_test

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tell/run"
	"tell/study"
)

// A dump and its table whose rows are moved together give every number to the
// last bit: cases are put in the order of groups and ids before anything is
// computed.
func TestNumbersDoNotFollowTheOrderOfRows(t *testing.T) {
	for name, change := range map[string]func(string) string{
		"as they are":    func(s string) string { return s },
		"without groups": func(s string) string { return strings.Replace(s, "group: group", "", 1) },
		"without ids":    func(s string) string { return strings.Replace(s, "id: id", "", 1) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const rows = 7 * 24
			as, moved := make([]int, rows), rand.New(rand.NewPCG(3, 3)).Perm(rows)
			for i := range as {
				as[i] = i
			}
			if name == "without ids" {
				// Rows without an id are known by their number: only whole groups can move.
				for i := range moved {
					moved[i] = (i + 7*11) % rows
				}
			}
			one, scores := runs(t, capitalsInOrder(t, as, change), run.Options{})
			two, others := runs(t, capitalsInOrder(t, moved, change), run.Options{})
			for i, row := range one.Table {
				a, b := asJSON(t, row), asJSON(t, two.Table[i])
				if a != b {
					t.Fatalf("row %d of the table: %s\nand, with the rows in another order, %s", i, a, b)
				}
			}
			if len(one.Table) != len(two.Table) || len(scores) != len(others) {
				t.Fatalf("%d and %d estimates, %d and %d scores", len(one.Table), len(two.Table), len(scores), len(others))
			}
			for i, s := range scores {
				if name == "without ids" {
					others[i].ID = s.ID
				} else if as[s.Row] != moved[others[i].Row] {
					t.Fatalf("score %d is of row %d and of row %d of the other dump", i, s.Row, others[i].Row)
				}
				others[i].Row, others[i].Run = s.Row, s.Run // the inputs are other files
				if a, b := fmt.Sprintf("%+v", s), fmt.Sprintf("%+v", others[i]); a != b {
					t.Fatalf("score %d: %s\nand %s", i, a, b)
				}
			}
			if name != "without ids" { // its warnings name rows
				if a, b := asJSON(t, one.Warnings), asJSON(t, two.Warnings); a != b {
					t.Errorf("warnings %s\nand %s", a, b)
				}
			}
		})
	}
}

func asJSON(t *testing.T, x any) string {
	t.Helper()
	raw, err := json.Marshal(x)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// capitalsInOrder is the study of the capitals on some rows of its files, written
// in the given order.
func capitalsInOrder(t *testing.T, rows []int, change func(string) string) *study.Study {
	t.Helper()
	from, to := filepath.Join("..", "testdata", "capitals"), t.TempDir()
	read := func(name string) []byte {
		raw, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	write := func(name string, raw []byte) {
		if err := os.WriteFile(filepath.Join(to, name), raw, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"hidden_states.npy", "peer.npy"} {
		raw := read(name)
		start := 10 + int(binary.LittleEndian.Uint16(raw[8:]))
		size := (len(raw) - start) / 672
		out := bytes.Replace(raw[:start:start], []byte("(672,"), fmt.Appendf(nil, "(%d,", len(rows)), 1)
		for _, i := range rows {
			out = append(out, raw[start+i*size:start+(i+1)*size]...)
		}
		write(name, out)
	}
	lines := bytes.SplitAfter(read("examples.jsonl"), []byte("\n"))
	var table []byte
	for _, i := range rows {
		table = append(table, lines[i]...)
	}
	write("examples.jsonl", table)
	text := change(string(read("study.yaml")))
	for _, c := range [][2]string{{"permutations: 200", "permutations: 4"}, {"bootstrap: 2000", "bootstrap: 100"}, {"{logspace: [-4, 4, 10]}", "[0.01, 1]"}} {
		text = strings.Replace(text, c[0], c[1], 1)
	}
	write("study.yaml", []byte(text+"\nlayers: [6, 18]\n"))
	s, err := study.Load(filepath.Join(to, "study.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}
