package study

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"pgregory.net/rapid"

	"tell/activations"
	"tell/gap"
	"tell/target"
)

// npy is a file of rows x 2 layers x 2 wide, all zero but the row's number.
func npy(rows int) string {
	header := fmt.Sprintf("{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 2, 2), }", rows)
	header += strings.Repeat(" ", 63-(10+len(header))%64) + "\n"
	b := append([]byte("\x93NUMPY\x01\x00"), byte(len(header)), byte(len(header)>>8))
	b = append(b, header...)
	for i := range rows {
		for range 4 {
			b = binary.LittleEndian.AppendUint32(b, uint32(i)<<23)
		}
	}
	return string(b)
}

// arrowIDs is an Arrow file with a column id and states of width 1.
func arrowIDs(t testing.TB, ids ...string) string {
	t.Helper()
	pool := memory.NewGoAllocator()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "id", Type: arrow.BinaryTypes.String},
		{Name: "states", Type: arrow.FixedSizeListOf(1, arrow.PrimitiveTypes.Float32)},
	}, nil)
	names := array.NewStringBuilder(pool)
	states := array.NewFixedSizeListBuilder(pool, 1, arrow.PrimitiveTypes.Float32)
	for i, id := range ids {
		names.Append(id)
		states.Append(true)
		states.ValueBuilder().(*array.Float32Builder).Append(float32(i))
	}
	batch := array.NewRecordBatch(schema, []arrow.Array{names.NewArray(), states.NewArray()}, int64(len(ids)))
	path := filepath.Join(t.TempDir(), "ids.arrow")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := ipc.NewFileWriter(f, ipc.WithSchema(schema))
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Write(batch); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// openDump opens the activations of a study until the test ends.
func openDump(t testing.TB, s *Study) *activations.Dump {
	t.Helper()
	d, err := activations.Open(s.Spec())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { d.Close() })
	return d
}

// casesOf runs a study over files that it writes. The folder is cut out of the
// error.
func casesOf(t testing.TB, study string, files map[string]string) (*Study, *Cases, error) {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	s, err := parse(filepath.Join(dir, "study.yaml"), []byte(study))
	if err != nil {
		t.Fatal(err)
	}
	d := openDump(t, s)
	c, err := s.Cases(d)
	if err != nil {
		err = fmt.Errorf("%s", strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), ""))
	}
	return s, c, err
}

const casesTable = `{"id": "a", "y": 0, "city": "Rome", "tone": "calm", "n": 3, "x": 0.5, "said": "no", "agrees": 1, "right": 0, "answer": 2}
{"id": "b", "y": 1, "city": "Rome", "tone": "calm", "n": 4, "x": 1.5, "said": null, "agrees": 0, "right": 1, "answer": null}
{"id": "c", "y": -1, "city": null, "tone": null, "n": 3, "x": null, "said": "?", "agrees": null, "right": null, "answer": 1}
{"id": "d", "y": 1, "city": "Oslo", "tone": null, "n": 5, "x": 2, "said": "hm", "agrees": 0, "right": 0, "answer": 3}
`

const casesStudy = `activations: {path: states.npy}
examples: examples.jsonl
target: y
`

// labels is the target of a study that gives its labels no names.
func labels(y ...int) target.Column {
	c := target.Binary(y)
	c.Levels = []string{"y = 0", "y = 1"}
	return c
}

func TestCases(t *testing.T) {
	_, c, err := casesOf(t, casesStudy+`rows: y >= 0
group: city
condition: tone
strata: [n]
text: said
said: said
decision: {acts_as_0: agrees, acts_as_1: right and not agrees}
nuisance: [n, x, len(id), tone]
answer_position: answer
id: id
`, map[string]string{"states.npy": npy(4), "examples.jsonl": casesTable})
	if err != nil {
		t.Fatal(err)
	}
	want := &Cases{
		Dump:       c.Dump,
		Rows:       []int{3, 0, 1},
		ID:         []string{"d", "a", "b"},
		Target:     labels(1, 0, 1),
		Behaviour:  []int{gap.Neither, 0, 1},
		Group:      []int{0, 1, 1},
		GroupNames: []string{"Oslo", "Rome"},
		Grouped:    true,
		Condition:  []string{"(none)", "calm", "calm"},
		Strata:     []gap.Stratum{{Name: "n", Value: []string{"5", "3", "4"}}},
		Text:       []string{"hm", "no", ""},
		Said:       []string{"hm", "no", ""},
		Nuisance: []Nuisance{
			{Name: "n", Levels: []string{"5", "3", "4"}},
			{Name: "x", Numeric: []float64{2, 0.5, 1.5}},
			{Name: "len(id)", Levels: []string{"1", "1", "1"}},
			{Name: "tone", Levels: []string{"(none)", "calm", "calm"}},
		},
		AnswerPosition: []int{3, 2, -1},
		Examples:       4,
	}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

func TestCasesWithoutColumns(t *testing.T) {
	_, c, err := casesOf(t, casesStudy+"rows: y >= 0\n", map[string]string{"states.npy": npy(4), "examples.jsonl": casesTable})
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"0", "1", "3"}
	want := &Cases{Dump: c.Dump, Rows: []int{0, 1, 3}, ID: names, Target: labels(0, 1, 1), Group: []int{0, 1, 2}, GroupNames: names, Examples: 4}
	if !reflect.DeepEqual(c, want) {
		t.Errorf("got  %+v\nwant %+v", c, want)
	}
}

// Formats of the table of examples, and labels in words of every kind.
func TestCasesTables(t *testing.T) {
	for name, table := range map[string]string{
		"examples.csv":   "y,g\n1,a\n0,b\n",
		"examples.tsv":   "y\tg\ntrue\ta\nfalse\tb\n",
		"examples.jsonl": "{\"y\": 1.0, \"g\": \"a\"}\n{\"y\": 0.0, \"g\": \"b\"}\n",
	} {
		_, c, err := casesOf(t, "activations: {path: states.npy}\nexamples: "+name+"\ntarget: y\ngroup: g\n",
			map[string]string{"states.npy": npy(2), name: table})
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !slices.Equal(c.Target.Ints(), []int{1, 0}) || !slices.Equal(c.GroupNames, []string{"a", "b"}) {
			t.Errorf("%s: %+v", name, c)
		}
	}
}

func TestCasesJoinedByID(t *testing.T) {
	const joined = `activations: {path: states.arrow}
examples: examples.jsonl
join: {activations: id, examples: id}
target: y
`
	table := `{"id": "d", "y": 1}
{"id": "a", "y": 0}
{"id": "gone", "y": -1}
{"id": "b", "y": 1}
`
	_, c, err := casesOf(t, joined+"rows: y >= 0\n", map[string]string{"states.arrow": arrowIDs(t, "a", "b", "c", "d", "e"), "examples.jsonl": table})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(c.Rows, []int{0, 1, 3}) || !slices.Equal(c.ID, []string{"a", "b", "d"}) || !slices.Equal(c.Target.Ints(), []int{0, 1, 1}) || c.Unmatched != 2 {
		t.Errorf("got %+v", c)
	}

	// A document comes once for each filter of an evaluation; one filter is used.
	filtered := `{"id": "a", "filter": "strict", "y": 0}
{"id": "b", "filter": "strict", "y": 1}
{"id": "a", "filter": "flexible", "y": 1}
{"id": "b", "filter": "flexible", "y": 1}
`
	_, c, err = casesOf(t, joined+"rows: filter == \"strict\"\n", map[string]string{"states.arrow": arrowIDs(t, "a", "b"), "examples.jsonl": filtered})
	if err != nil || !slices.Equal(c.Rows, []int{0, 1}) || !slices.Equal(c.Target.Ints(), []int{0, 1}) || c.Unmatched != 0 {
		t.Errorf("got %+v, %v", c, err)
	}

	for _, c := range []struct{ name, study, states, table, want string }{
		{"no activations for an id", joined, arrowIDs(t, "a", "b"), table,
			`study.yaml:3: join: 2 of the 4 examples used have no activations: ids "d", "gone"`},
		{"an id twice in the table", joined, arrowIDs(t, "a", "b"), table + `{"id": "a", "y": 1}`,
			`examples.jsonl:5: id: found id "a", which examples.jsonl:2 already has, expected every id once (join.examples, study.yaml:3)`},
		{"an id twice in the activations", joined, arrowIDs(t, "a", "b", "a"), table,
			`study.yaml:3: join.activations: found id "a" in rows 0 and 2 of the activations, expected every id once`},
		{"no id", joined, arrowIDs(t, "a", "b"), table + `{"y": 1}`,
			`examples.jsonl:5: id: found null, expected an id (join.examples, study.yaml:3)`},
		{"no column in the table", strings.Replace(joined, "examples: id", "examples: ident", 1), arrowIDs(t, "a"), table,
			`study.yaml:3: join.examples: the examples have no column "ident", expected one of id, y`},
		{"no column in the activations", strings.Replace(joined, "activations: id", "activations: name", 1), arrowIDs(t, "a"), table,
			`study.yaml:3: join.activations: states.arrow: no column "name" among "id"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := casesOf(t, c.study, map[string]string{"states.arrow": c.states, "examples.jsonl": c.table})
			if err == nil || err.Error() != c.want {
				t.Errorf("got  %v\nwant %s", err, c.want)
			}
		})
	}
}

// A file for every layer is no file for some of the rows.
func TestFilesOfLayers(t *testing.T) {
	files := map[string]string{"examples.jsonl": casesTable}
	for i := range 3 {
		files[fmt.Sprintf("acts_%d.npy", i)] = npy(4)
	}
	_, _, err := casesOf(t, strings.Replace(casesStudy, "states.npy", `"acts_*.npy"`, 1), files)
	const want = "each of the 3 files has as many rows as there are examples, so perhaps each is a layer: put {layer} in place"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("found error %v, expected %q", err, want)
	}
}

// A file for every example is no shard of them.
func TestFilesOfExamples(t *testing.T) {
	files := map[string]string{"examples.jsonl": casesTable}
	for i := range 4 {
		files[fmt.Sprintf("acts_%d.npy", i)] = npy(5 + i)
	}
	_, _, err := casesOf(t, strings.Replace(casesStudy, "states.npy", `"acts_*.npy"`, 1), files)
	const want = "there are as many files, so perhaps each is an example whose rows are positions: axes: [position, layer, width]"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("found error %v, expected %q", err, want)
	}
}

func TestCasesErrors(t *testing.T) {
	for _, c := range []struct{ study, table, want string }{
		{"", casesTable, "examples.jsonl:3: y: found -1, expected label 0 or 1; write for instance `y > 0`, or leave such rows out with `rows` (target.label, study.yaml:3)"},
		{"rows: y != 0", `{"y": 0}` + "\n" + `{"y": null}`, `study.yaml: join: found 2 examples and 4 rows of activations, expected the same number; the axis of layers has 2, so perhaps axes: [layer, row, width]; if they differ on purpose, join them by columns with ids`},
		{"rows: y >= 0 and x", casesTable, "examples.jsonl:1: `y >= 0 and x`: found 0.5, expected true, false, 0 or 1 (rows, study.yaml:4)"},
		{"rows: x > 0", casesTable, "examples.jsonl:3: `x > 0`: invalid operation: <nil> > int; x is null here: test it with `x != nil`, or leave such rows out with `rows: x != nil` (rows, study.yaml:4)"},
		{"rows: y > 5", casesTable, "study.yaml:4: rows: `y > 5` is true for none of the 4 examples"},
		{"rows: y == 1", casesTable, `study.yaml:3: target.label: all 2 rows used have label 1, expected both labels`},
		{"rows: yy == 1", casesTable, `study.yaml:4: rows: the examples have no column "yy", did you mean "y"?`},
		{"rows: y >= 0\ngroup: town", casesTable, `study.yaml:5: group: the examples have no column "town", did you mean "tone"?`},
		{"rows: true\ngroup: city", strings.ReplaceAll(casesTable, "-1", "1"), `examples.jsonl:3: city: found null, expected a group (group, study.yaml:5)`},
		{"rows: y >= 0\nstrata:\n  - n\n  - m", casesTable, `study.yaml:7: strata[1]: the examples have no column "m", did you mean "y"?`},
		{"rows: y >= 0\nid: tone", casesTable, `examples.jsonl:2: tone: found id "calm", which examples.jsonl:1 already has, expected every id once (id, study.yaml:5)`},
		{"rows: y >= 0\ndecision:\n  acts_as_0: agrees\n  acts_as_1: y == 0", casesTable,
			"examples.jsonl:1: both `agrees` and `y == 0` are true, expected at most one of them (decision, study.yaml:5)"},
		{"rows: y >= 0\ndecision:\n  acts_as_0: agrees\n  acts_as_1: said", casesTable,
			"examples.jsonl:1: `said`: found \"no\", expected true, false, 0 or 1 (decision.acts_as_1, study.yaml:7)"},
		{"rows: y >= 0\ndecision:\n  acts_as_0: agreed\n  acts_as_1: right", casesTable,
			`study.yaml:6: decision.acts_as_0: the examples have no column "agreed", did you mean "agrees"?`},
		{"rows: y >= 0\nanswer_position: x", casesTable, `examples.jsonl:1: x: found 0.5, expected a position, counted from 0 (answer_position, study.yaml:5)`},
		{"rows: true\nnuisance: [x]", strings.ReplaceAll(casesTable, "-1", "1"),
			"examples.jsonl:3: x: found null, expected a finite number, as on other rows; x is null here: test it with `x != nil`, or leave such rows out with `rows: x != nil` (nuisance[0], study.yaml:5)"},
	} {
		_, _, err := casesOf(t, casesStudy+c.study+"\n", map[string]string{"states.npy": npy(4), "examples.jsonl": c.table})
		if err == nil || err.Error() != c.want {
			t.Errorf("%s:\ngot  %v\nwant %s", c.study, err, c.want)
		}
	}
	for _, c := range []struct{ study, table, want string }{
		{"activations: {path: states.npy}\ntarget: y\n", "", `study.yaml: examples: missing: npy files hold no table beside the states, expected a file with the examples`},
		{casesStudy, "", `study.yaml:2: examples: examples.jsonl at byte 0: found an empty file, expected a table: JSONL, CSV or TSV`},
	} {
		_, _, err := casesOf(t, c.study, map[string]string{"states.npy": npy(4), "examples.jsonl": c.table})
		if err == nil || err.Error() != c.want {
			t.Errorf("%q:\ngot  %v\nwant %s", c.study, err, c.want)
		}
	}
}

// A join by ids finds for every example the row that carries its id, in
// whatever order the two sides are.
func TestJoinByIDIsAPermutation(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		n := rapid.IntRange(2, 8).Draw(r, "n")
		ids := make([]string, n)
		for i := range ids {
			ids[i] = fmt.Sprint("row ", i)
		}
		order := rapid.Permutation(ids).Draw(r, "order")
		var table strings.Builder
		for i, id := range order {
			fmt.Fprintf(&table, "{\"id\": %q, \"y\": %d, \"text\": %q}\n", id, i%2, id)
		}
		_, c, err := casesOf(t, "activations: {path: states.arrow}\nexamples: examples.jsonl\njoin: {activations: id, examples: id}\ntarget: y\ntext: text\n",
			map[string]string{"states.arrow": arrowIDs(t, ids...), "examples.jsonl": table.String()})
		if err != nil {
			r.Fatal(err)
		}
		for i, row := range c.Rows {
			if row != i || c.ID[i] != ids[i] || c.Text[i] != ids[i] || c.Target.Ints()[i] != slices.Index(order, ids[i])%2 {
				r.Fatalf("case %d is row %d, id %s, text %s", i, row, c.ID[i], c.Text[i])
			}
		}
	})
}

func TestCapitalsCases(t *testing.T) {
	s, err := Load("../testdata/capitals/onesided.yaml")
	if err != nil {
		t.Fatal(err)
	}
	d := openDump(t, s)
	byPosition, err := s.Cases(d)
	if err != nil {
		t.Fatal(err)
	}
	count := make(map[[2]int]int)
	for i, y := range byPosition.Target.Ints() {
		count[[2]int{y, byPosition.Behaviour[i]}]++
	}
	want := map[[2]int]int{{0, 0}: 262, {0, -1}: 26, {1, 0}: 141, {1, 1}: 71, {1, -1}: 76}
	if !reflect.DeepEqual(count, want) {
		t.Errorf("labels and behaviours are %v, expected %v", count, want)
	}
	if len(byPosition.GroupNames) != 96 {
		t.Errorf("%d groups, expected 96", len(byPosition.GroupNames))
	}

	// The same examples, joined by id to the states in the Arrow file, whose
	// columns are the table too.
	s.Activations = Activations{Path: Paths{"layers.arrow"}, Tensor: "layer_*"}
	for _, examples := range []string{"examples.jsonl", ""} {
		s.Examples = examples
		s.Join = Join{}
		if examples != "" {
			s.Join = Join{Activations: "id", Examples: "id"}
		}
		d := openDump(t, s)
		c, err := s.Cases(d)
		if err != nil {
			t.Fatal(err)
		}
		c.Dump = byPosition.Dump
		if !reflect.DeepEqual(c, byPosition) {
			t.Errorf("examples %q: joined by id the cases differ", examples)
		}
	}
}

// In the study with graded behaviour both sides of the decision map occur with
// both labels.
func TestBothSidesOfTheCapitals(t *testing.T) {
	s, err := Load("../testdata/capitals/study.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := s.Cases(openDump(t, s))
	if err != nil {
		t.Fatal(err)
	}
	count := map[[2]int]int{}
	stated := 0
	for i, y := range c.Target.Ints() {
		count[[2]int{y, c.Behaviour[i]}]++
		if !math.IsNaN(c.Graded[i]) && c.Knows[i] >= 0 {
			stated++
		}
	}
	if count[[2]int{0, 0}] == 0 || count[[2]int{0, 1}] == 0 || count[[2]int{1, 0}] == 0 || count[[2]int{1, 1}] == 0 || stated != 576 {
		t.Errorf("labels and behaviours %v, %d rows with graded behaviour and knows", count, stated)
	}
}

// Labels that are all alike, and numbers that are infinite, are refused where they are
// read.
func TestNumbersThatCannotBeUsed(t *testing.T) {
	const table = "id,x,same,s\na,1.5,2.5,0.5\nb,inf,2.5,0.5\nc,2.5,2.5,0.5\nd,3.5,2.5,0.5\n"
	for keys, want := range map[string]string{
		"target: {label: x, kind: number}\n":                                                                "x: found +Inf, expected a finite number (target.label",
		"target: {label: same, kind: number}\n":                                                             "target.label: found the number 2.5 on all 4 rows used, expected different ones",
		"target: {label: s, kind: share}\n":                                                                 "target.label: found the share 0.5 on all 4 rows used, expected different ones",
		"target: {label: 'same + (x > 2 ? 1 : 0)', kind: number}\ndecision: {effort: x}\n":                  "x: found +Inf, expected a finite number, or nil where there is none (decision.effort",
		"target: {label: 'same + (x > 2 ? 1 : 0)', kind: number}\nnuisance: [x]\n":                          "expected a finite number, as on other rows; divide or clip such numbers, or leave such rows out with `rows` (nuisance[0]",
		"target: {label: 'same + (x > 2 ? 1 : 0)', kind: number}\nprobe: {kind: ridge, residualise: [x]}\n": "x: found +Inf, expected a finite number",
	} {
		_, _, err := casesOf(t, "activations: {path: states.npy}\nexamples: examples.csv\n"+keys, map[string]string{"states.npy": npy(4), "examples.csv": table})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", keys, err, want)
		}
	}
}
