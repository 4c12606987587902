package run_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tell/compare"
	"tell/folds"
	"tell/probe"
	"tell/result"
	"tell/run"
	"tell/target"
)

// answers are made-up answers of the given numbers of positions, whose states say
// more of the label from position 2 on.
type answers struct {
	label  []int
	states [][][]float64 // row, position, width
}

func makeAnswers(lengths []int) *answers {
	rng := rand.New(rand.NewPCG(3, 5))
	a := &answers{}
	for i, n := range lengths {
		y := i * 7 % 2
		a.label = append(a.label, y)
		var along [][]float64
		for p := range n {
			x := []float64{rng.NormFloat64(), rng.NormFloat64(), rng.NormFloat64()}
			x[1] += float64(y) * float64(min(p, 2))
			along = append(along, x)
		}
		a.states = append(a.states, along)
	}
	return a
}

// study writes a file for each answer and loads a study of them.
func (a *answers) study(t *testing.T, lines string) string {
	t.Helper()
	dir := t.TempDir()
	var table strings.Builder
	for i, along := range a.states {
		n := len(along)
		header := fmt.Sprintf(`{"hidden_states":{"dtype":"F64","shape":[%d,1,3],"data_offsets":[0,%d]},"token_ids":{"dtype":"U8","shape":[%d],"data_offsets":[%d,%d]}}`, n, 24*n, n, 24*n, 25*n)
		b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
		b = append(b, header...)
		for _, x := range along {
			for _, v := range x {
				b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
			}
		}
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("r-%d.safetensors", i)), append(b, make([]byte, n)...), 0o644); err != nil {
			t.Fatal(err)
		}
		stated := "null"
		if i%4 > 0 {
			stated = fmt.Sprint(n - 1)
		}
		fmt.Fprintf(&table, `{"id":"r-%d","y":%d,"stated":%s,"words":%s}`+"\n", i, a.label[i], stated, `["a"`+strings.Repeat(`,"b"`, n-1)+"]")
	}
	if err := os.WriteFile(filepath.Join(dir, "x.jsonl"), []byte(table.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf(`
activations: {path: '%s/*.safetensors', position: all}
examples: %s/x.jsonl
join: {activations: file, examples: id}
id: id
target: y
probe: {folds: 3, inner_folds: 2, C: [0.01, 1]}
controls: {permutations: 0, bootstrap: 100}
%s`, dir, dir, lines)
}

func aurocAt(r *result.Result, position int) result.Row {
	for _, row := range r.Table.In("trajectory") {
		if row.Key == compare.KeyAUROCAt && row.Position == position {
			return row
		}
	}
	return result.Row{}
}

// Where all rows have every position, a position read by a comparison gives what
// the study itself gives there.
func TestTrajectoryOfEvenAnswers(t *testing.T) {
	a := makeAnswers(slices.Repeat([]int{4}, 36))
	of := load(t, a.study(t, "positions: [0]\ncompare: [{trajectory: stated, token_text: words}]"))
	along, _ := runs(t, of, run.Options{})
	plain, _ := runs(t, load(t, a.study(t, "")), run.Options{})
	for position := range 4 {
		got, want := aurocAt(along, position).Estimate, plain.Table.In(result.Curve).At(0, position).Estimate("auroc")
		if got.Value != want.Value || *got.Interval != *want.Interval || got.N != 36 {
			t.Errorf("position %d: found %v, expected %v", position, got, want)
		}
	}
	if n := len(along.Sites); n != 1 {
		t.Errorf("the study has %d sites, expected that of position 0", n)
	}
	if first, last := aurocAt(along, 0).Estimate.Value, aurocAt(along, 3).Estimate.Value; first > 0.7 || last < 0.85 {
		t.Errorf("found AUROC %v and %v at the first and the last position", first, last)
	}
}

// At a position, probes are trained and scored on the rows that have it, in the
// folds of the study, and layers and positions of the study are those that all
// rows have.
func TestTrajectoryOfUnevenAnswers(t *testing.T) {
	lengths := make([]int, 48)
	for i := range lengths {
		lengths[i] = 2 + i/6%4
	}
	lengths[5], lengths[6] = 7, 7
	a := makeAnswers(lengths)
	r, _ := runs(t, load(t, a.study(t, "compare: [{trajectory: stated}]")), run.Options{})
	if n := len(r.Sites); n != 2 || r.Data.Positions != 7 {
		t.Fatalf("found %d sites of %d positions, expected the 2 that all rows have of 7", n, r.Data.Positions)
	}
	var ids []string
	group := make([]int, len(lengths))
	for i := range lengths {
		ids, group[i] = append(ids, fmt.Sprintf("r-%d", i)), i
	}
	stratum, levels := probe.Strata(target.Binary(a.label))
	// The cases come in the order of their files.
	order := make([]int, len(ids))
	for i := range order {
		order[i] = i
	}
	plan, err := folds.New(ids, group, stratum, levels, folds.Settings{Folds: 3, Inner: 2, Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	for position := range 5 {
		var some []string
		var x [][]float64
		var y []int
		for _, i := range order {
			if position < lengths[i] {
				some, x, y = append(some, ids[i]), append(x, a.states[i][position]), append(y, a.label[i])
			}
		}
		sub, err := plan.For(some)
		if err != nil {
			t.Fatal(err)
		}
		o, err := probe.CrossValidate(t.Context(), probe.Slices(x), target.Binary(y), &probe.Settings{Plan: sub, C: []float64{0.01, 1}, Tol: 1e-8})
		if err != nil {
			t.Fatal(err)
		}
		got, want := aurocAt(r, position).Estimate, o.AUROC()
		if math.Abs(got.Value-want.Value) > 1e-12 || got.N != len(some) {
			t.Errorf("position %d: found %v on %d rows, expected %v on %d", position, got.Value, got.N, want.Value, len(some))
		}
	}
	for position := 5; position < 7; position++ {
		row := aurocAt(r, position)
		if row.Estimate.OK() || !strings.Contains(row.Estimate.Reason, fmt.Sprintf("of the 2 rows that have position %d", position)) {
			t.Errorf("position %d: found %v, expected none on 2 rows", position, row.Estimate)
		}
	}
	left := r.Table.In("trajectory").Of(compare.StatedAnswer)
	if n := left.Count(compare.KeyNeverStated); n != 12 {
		t.Errorf("found %d answers that are never stated, expected 12", n)
	}
}

// What rows do at a position that others lack changes nothing elsewhere.
func TestTrajectoryKeepsPositionsApart(t *testing.T) {
	lengths := make([]int, 40)
	for i := range lengths {
		lengths[i] = 2 + i/5%3
	}
	a := makeAnswers(lengths)
	before, _ := runs(t, load(t, a.study(t, "compare: [{trajectory: stated}]")), run.Options{})
	for i := range a.states {
		if lengths[i] > 3 {
			a.states[i][3][1] *= -1
		}
	}
	after, _ := runs(t, load(t, a.study(t, "compare: [{trajectory: stated}]")), run.Options{})
	for position := range 4 {
		x, y := aurocAt(before, position).Estimate.Value, aurocAt(after, position).Estimate.Value
		if (x == y) != (position < 3) {
			t.Errorf("position %d: found AUROC %v before and %v after position 3 was changed", position, x, y)
		}
	}
}

// The text so far is trained with the probes and kept, not when they are joined.
func TestTextSoFarIsAPart(t *testing.T) {
	a := makeAnswers([]int{3, 3, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3})
	s := load(t, a.study(t, "compare: [{trajectory: stated, token_text: words}]"))
	dir := t.TempDir()
	runs(t, s, run.Options{Parts: dir})
	kept, err := filepath.Glob(filepath.Join(dir, "*text-so-far*"))
	if err != nil || len(kept) != 3 || filepath.Base(kept[2]) != "test-words-text-so-far-position-002.safetensors" {
		t.Errorf("found %v, %v, expected a part for each of 3 positions", kept, err)
	}
}

func TestListsOfTheTrajectoryAreComplete(t *testing.T) {
	a := makeAnswers(slices.Repeat([]int{3}, 18))
	path := a.study(t, "compare: [{trajectory: stated, token_text: words}]")
	s := load(t, path)
	table := s.ExamplesPath()
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	short := strings.Replace(string(data), `["a","b","b"]`, `["a","b"]`, 1)
	if err := os.WriteFile(table, []byte(short), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err = run.Run(t.Context(), load(t, path), run.Options{})
	const want = `compare[0].token_text: the list in column words of row "r-0" ends after 2 of its 3 positions`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("found %v, expected %q", err, want)
	}
}

// What is written at a position is read from there on, and not before.
func TestTextSoFarReadsUpToItsPosition(t *testing.T) {
	a := makeAnswers(slices.Repeat([]int{3}, 18))
	path := a.study(t, "compare: [{trajectory: stated, token_text: words}]")
	table := load(t, path).ExamplesPath()
	data, err := os.ReadFile(table)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(data), "\n")
	for i, line := range lines {
		if strings.Contains(line, `"y":1`) {
			lines[i] = strings.Replace(line, `["a","b","b"]`, `["a","c","b"]`, 1)
		}
	}
	if err := os.WriteFile(table, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	r, _ := runs(t, load(t, path), run.Options{})
	for _, row := range r.Table.In("trajectory").Of("text so far") {
		if row.Key == compare.KeyAUROCAt && (row.Estimate.Value == 1) != (row.Position > 0) {
			t.Errorf("position %d: found AUROC %v", row.Position, row.Estimate.Value)
		}
	}
}
