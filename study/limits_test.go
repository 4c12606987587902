package study

import (
	"fmt"
	"os"
	"runtime/metrics"
	"strings"
	"testing"
)

// allocated is how many bytes the process has ever allocated.
func allocated() uint64 {
	sample := []metrics.Sample{{Name: "/gc/heap/allocs:bytes"}}
	metrics.Read(sample)
	return sample[0].Value.Uint64()
}

// What a few bytes of YAML can stand for is not taken for memory.
func TestStudiesThatUnfold(t *testing.T) {
	bomb, err := os.ReadFile("../testdata/cases/yaml_alias_bomb7.yaml")
	if err != nil {
		t.Fatal(err)
	}
	deep := smallest + "nuisance: "
	for name, test := range map[string]struct{ yaml, want string }{
		"aliases":  {string(bomb), `study.yaml:10: found aliases that stand for more than 262144 values`},
		"brackets": {deep + strings.Repeat("[", 100_000) + strings.Repeat("]", 100_000), `study.yaml:3: found lists or mappings in more than 32 levels`},
		"open":     {deep + strings.Repeat("[", 100_000), `study.yaml:3: found lists or mappings in more than 32 levels`},
		"braces":   {deep + strings.Repeat("{a: ", 50_000), `study.yaml:3: found lists or mappings in more than 32 levels`},
		"dashes":   {deep + "\n  " + strings.Repeat("- ", 50_000) + "x", `study.yaml:4: found lists or mappings in more than 32 levels`},
		"keys":     {deep + "\n  " + strings.Repeat("? ", 50_000) + "x", `study.yaml:4: found lists or mappings in more than 32 levels`},
		"tags":     {deep + strings.Repeat("!!seq ", 50_000) + "x", `study.yaml:3: found lists or mappings in more than 32 levels`},
		"many":     {deep + "[" + strings.Repeat("x,", 500_000) + "x]", `study.yaml: found more than 262144 keys, values and brackets`},
		"size":     {deep + strings.Repeat("#", maxStudyBytes), `study.yaml: found more than 4194304 bytes, expected a study`},
	} {
		before := allocated()
		_, err := parse("study.yaml", []byte(test.yaml))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %.200v, want %s", name, err, test.want)
		}
		if n := allocated() - before; n > 384<<20 {
			t.Errorf("%s: %d MB for %d bytes", name, n>>20, len(test.yaml))
		}
	}
}

// Aliases that stand for little, and lists as long as a dump has files, are as
// good as ever.
func TestStudiesThatUnfoldALittle(t *testing.T) {
	s, err := parse("study.yaml", []byte("activations: {path: a}\ntarget: &y y\nnuisance: [*y, x]\ngroup: *y\n"))
	if err != nil || s.Group != "y" || s.Nuisance[0] != "y" {
		t.Errorf("%+v, %v", s, err)
	}
	var paths []string
	for i := range 20_000 {
		paths = append(paths, fmt.Sprintf("shards/hs_%d.safetensors", i))
	}
	s, err = parse("study.yaml", []byte("activations: {path: ["+strings.Join(paths, ", ")+"]}\ntarget: y\n"))
	if err != nil || len(s.Activations.Path) != len(paths) {
		t.Errorf("%v", err)
	}
}

// An expression takes no more memory than its limit, whatever it makes.
func TestExpressionsThatUnfold(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", expressionTable)
	over := "takes more than 67108864 bytes of memory"
	for source, want := range map[string]string{
		"len(repeat(repeat('x', 100000), 96000))":                      over,
		"len(repeat('xxxxxxxxxx', 9000000))":                           over,
		"len(replace(repeat('a', 90000), 'a', repeat('b', 90000)))":    over,
		"len(replace(repeat('a', 90000), '', repeat('b', 90000)))":     over,
		"len(join(map(1..90000, repeat('a', 1000)), 'b'))":             over,
		"let t = repeat('a', 90000); len(join(map(1..90000, t), 'b'))": over,
		"let t = repeat('a', 90000); len(toJSON(map(1..90000, t)))":    over,
		"let t = repeat('a', 90000); len(string(map(1..90000, t)))":    over,
		"let t = repeat('a', 90000); len(map(1..90000, upper(t)))":     over,
		"len(reduce(1..60, #acc + #acc, 'ab'))":                        over,
		"len(reduce(1..60, #acc + #acc, maybe ?? said))":               over,
		"len(reduce(1..60, concat(#acc, #acc), [1, 2]))":               over,
		"let r = map(1..90000, 1); len(map(1..9000, reverse(r)))":      over,
		"let t = repeat('a', 90000); len(map(1..9000, split(t, '')))":  over,
		"len(1..10000000)": "memory budget exceeded",
		strings.Repeat("(", 20_000) + "y" + strings.Repeat(")", 20_000):                "found an expression of 40001 bytes, expected at most 16384",
		"len(map(1..3000, map(1..3000, [#])))":                                         "memory budget exceeded",
		"let a = said + said; let b = a + a; let c = b + b; c == '" + "yes" + "' or y": "",
	} {
		before := allocated()
		x, err := compile(source, e)
		if err == nil {
			_, err = x.value(0)
		}
		switch {
		case want == "" && err != nil, want != "" && (err == nil || !strings.Contains(err.Error(), want)):
			t.Errorf("%.80s: %.200v, want %q", source, err, want)
		}
		if n := allocated() - before; n > 4*maxExpressionMemory {
			t.Errorf("%.80s: %d MB", source, n>>20)
		}
	}
}

// The functions that are bounded do what they did.
func TestBoundedFunctions(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", expressionTable)
	for source, want := range map[string]string{
		"upper(said)": "YES", "said | lower() | upper()": "YES", "said + '!'": "yes!", "said + said": "yesyes", "y + 1": "2", "half + y": "1.5",
		"len(split('a b c', ' '))": "3", "join(split('a b c', ' '), '-')": "a-b-c", "replace(said, 'e', 'o')": "yos", "repeat('ab', 2)": "abab",
		"string(y) + said": "1yes", "toJSON([1, 2])": "[\n  1,\n  2\n]", "sort([3, 1, 2])[0]": "1", "first(reverse([1, 2]))": "2", "len(uniq([1, 1]))": "1",
		"len(concat([1], [2]))": "2", "len(flatten([[1], [2, 3]]))": "3", "len(keys({a: 1}))": "1", "fromJSON('[1]')[0]": "1", "toBase64('a')": "YQ==",
		"join(map(split('b a', ' '), upper(#)), '+')": "B+A", "(maybe ?? 'no') + 't'": "not",
	} {
		x, err := compile(source, e)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if v, err := x.value(0); fmt.Sprint(v) != want {
			t.Errorf("%s: %v, %v, want %s", source, v, err, want)
		}
	}
	for source, want := range map[string]string{
		"said + 1": "mismatched types string and int", "upper(y)": "cannot use int as argument (type string)", "repeat(said)": "not enough arguments",
	} {
		if _, err := compile(source, e); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}

// Columns may be called as functions are.
func TestColumnsNamedAsFunctions(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", `{"split": "train", "values": 2, "upper": "a", "sort": true}`+"\n")
	for source, want := range map[string]string{
		"split == 'train'": "true", "values + 1": "3", "upper + 'b'": "ab", "sort and split in ['train']": "true", "lower(upper)": "a", "len(split) + values": "7",
	} {
		x, err := compile(source, e)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		if v, err := x.value(0); fmt.Sprint(v) != want {
			t.Errorf("%s: %v, %v, want %s", source, v, err, want)
		}
	}
}

// A dump that is given for a study is named.
func TestDumpAsStudy(t *testing.T) {
	for name, want := range map[string]string{
		"v1_f2.npy": "(npy)", "fixed_f16.arrow": "(arrow-file)", "one_f16.safetensors": "(safetensors)", "states.h5": "(hdf5)", "one_f2.npz": "(npz)",
	} {
		_, err := Load("../testdata/formats/" + name)
		if err == nil || !strings.Contains(err.Error(), "found a dump "+want+", expected a study; to look at it: tell inspect ../testdata/formats/"+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAssignmentInExpression(t *testing.T) {
	e := examplesOf(t, "examples.jsonl", expressionTable)
	if _, err := compile("y = 1", e); err == nil || !strings.Contains(err.Error(), "compare with ==") {
		t.Error(err)
	}
	nameless := examplesOf(t, "examples.csv", ",group\n1,a\n")
	if _, err := compile("labels", nameless); err == nil || !strings.Contains(err.Error(), `expected one of "", group`) {
		t.Error(err)
	}
}
