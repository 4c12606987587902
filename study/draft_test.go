package study_test

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"tell/activations"
	"tell/study"
)

// draftOf drafts a study of rows that are given as JSON lines, with a dump of as
// many.
func draftOf(t interface {
	Helper()
	Fatal(...any)
}, dir string, rows []map[string]any) (string, error) {
	t.Helper()
	var lines strings.Builder
	for _, row := range rows {
		line, err := json.Marshal(row)
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	header := fmt.Sprintf("%-117s\n", fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2, 1), }", len(rows)))
	dump := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), 0)
	dump = append(append(dump, header...), make([]byte, 8*len(rows))...)
	binary.LittleEndian.PutUint32(dump[len(dump)-4:], 0x3f800000)
	spec := activations.Spec{Paths: []string{filepath.Join(dir, "states: #1.npy")}}
	table := filepath.Join(dir, "rows.jsonl")
	for path, data := range map[string][]byte{spec.Paths[0]: dump, table: []byte(lines.String())} {
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	examples, err := activations.ReadExamples(table)
	if err != nil {
		t.Fatal(err)
	}
	d, err := activations.Open(spec)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	return study.Draft(filepath.Join(dir, "study.yaml"), spec, d, table, examples)
}

// Whatever columns are called and hold, a draft is a study that loads and whose
// cases can be made, with the column of two values as the label.
func TestDraftOfOddColumns(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.OneOf(rapid.SampledFrom([]string{"yes", "a: b", "#c", "it's", `"`, "a.b", "null", "label", "correct", "- x", "ü", "0", "{", "a\nb", "$env"}), rapid.StringN(1, 6, -1)).Draw(t, "name")
		two := rapid.SampledFrom([][]any{{0, 1}, {false, true}, {"no", "yes"}, {"a: '", "#\""}, {0, 1, nil}, {0, 1, -1}, {0.0, 1.0, nil, 2}}).Draw(t, "values")
		var rows []map[string]any
		for i := range 60 {
			row := map[string]any{name: two[i%len(two)], "item 'x'": fmt.Sprint("item: ", i/6), "note": strings.Repeat("ein: # ", 1+i%3)}
			rows = append(rows, row)
		}
		text, err := draftOf(t, dir, rows)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}

func TestDraft(t *testing.T) {
	var rows []map[string]any
	for i := range 60 {
		row := map[string]any{
			"id": fmt.Sprint("r", i), "correct": i % 3 % 2, "user_wrong": i%4 - i%2*2, "city": fmt.Sprint("city ", i/6), "n": i % 13,
			"condition": []string{"calm", "pressed"}[i%2], "prompt": fmt.Sprintf("A question of some length about number %d", i), "generated": fmt.Sprint("It is ", i%20),
		}
		if i%4 == 3 {
			row["user_wrong"] = nil
		} else {
			row["user_wrong"] = []any{0, 1, 0}[i%4]
		}
		rows = append(rows, row)
	}
	text, err := draftOf(t, t.TempDir(), rows)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"/states: #1.npy'  # 60 rows x 2 layers x 1 position x 1 wide\n",
		"rows: 'user_wrong != nil'\ntarget:\n  label: user_wrong  # 0 on 30 rows, 1 on 15\n",
		"  # or label: correct\n",
		"group: city  # 10 groups, 10 of them with both labels",
		"\ncondition: condition\n", "\ntext: prompt\n", "\nsaid: generated\n", "\nid: id\n",
		"#   n, int: 0 to 12, 13 different\n",
		"#   condition, string: calm (30), pressed (30)\n",
		"#   user_wrong, int: 0 (30), 1 (15); null (15)\n",
		"#   prompt, string: 60 different, such as A question of some length about number 0\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("found no %q in\n%s", want, text)
		}
	}
}

// Lists of two values are no label, since a list is not compared with a text.
func TestDraftOfLists(t *testing.T) {
	var rows []map[string]any
	for i := range 60 {
		rows = append(rows, map[string]any{"wrong": i % 2, "tags": []string{[]string{"a", "b"}[i/2%2]}})
	}
	text, err := draftOf(t, t.TempDir(), rows)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(text, `#   tags, list: ["a"] (30), ["b"] (30)`) || strings.Contains(text, "tags ==") || strings.Contains(text, "with two values: tags") {
		t.Errorf("lists of two values in\n%s", text)
	}
}

// Ids of the dump join it with the table, also under another name, and a prompt that
// comes back is the group where no other column is.
func TestDraftJoins(t *testing.T) {
	dump := filepath.Join("..", "testdata", "formats", "list_f32.parquet")
	d, err := activations.Open(activations.Spec{Paths: []string{dump}})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	own, err := d.Examples()
	if err != nil {
		t.Fatal(err)
	}
	ids, _ := own.Column("id")
	for _, name := range []string{"id", "doc"} {
		path := filepath.Join(t.TempDir(), "t.jsonl")
		var lines strings.Builder
		for i := range ids.Len() {
			fmt.Fprintf(&lines, "{%q: %q, \"n\": 1}\n", name, ids.String(ids.Len()-1-i))
		}
		if err := os.WriteFile(path, []byte(lines.String()), 0o666); err != nil {
			t.Fatal(err)
		}
		table, err := activations.ReadExamples(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := study.Fits(d, path, table); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	rows := []map[string]any{}
	for i := range 60 {
		rows = append(rows, map[string]any{"y": i % 2, "prompt": fmt.Sprintf("What is the capital of country number %d, if any?", i/4)})
	}
	text, err := draftOf(t, t.TempDir(), rows)
	if err != nil || !strings.Contains(text, "\ngroup: prompt  # 15 groups, 15 of them with both labels") || !strings.Contains(text, "\ntext: prompt\n") {
		t.Errorf("%v: found\n%s", err, text)
	}
}

func TestDraftRefuses(t *testing.T) {
	var rows []map[string]any
	for i := range 60 {
		rows = append(rows, map[string]any{"n": i, "one": 1})
	}
	if _, err := draftOf(t, t.TempDir(), rows); err == nil || !strings.Contains(err.Error(), `rows.jsonl: found no column with two values on rows enough, expected one that can be a label among "n", "one"`) {
		t.Error(err)
	}
}
