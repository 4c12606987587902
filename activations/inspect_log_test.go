package activations

import (
	"archive/zip"
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

// inspectLog is an archive of members, name and content in turn, packed by a method.
func inspectLog(t *testing.T, method uint16, members ...string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	z.RegisterCompressor(zstd.ZipMethodWinZip, zstd.ZipCompressor())
	for i := 0; i < len(members); i += 2 {
		w, err := z.CreateHeader(&zip.FileHeader{Name: members[i], Method: method})
		if err == nil {
			_, err = w.Write([]byte(members[i+1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A log of Inspect is a zip archive, as npz is, and no dump.
func TestInspectLogIsNoDump(t *testing.T) {
	for _, first := range []string{"header.json", "_journal/start.json", "samples/1_epoch_1.json"} {
		path := writeFile(t, "log.eval", inspectLog(t, zip.Store, first, "{}"))
		d, err := Open(Spec{Paths: []string{path}})
		if err == nil {
			d.Close()
		}
		checkFormatError(t, err, "an eval log of Inspect")
	}
}

// Samples come by epoch and id, whatever their order in the archive, without their
// transcripts; the last of a name counts.
func TestInspectLog(t *testing.T) {
	sample := func(id string, epoch int, value string) string {
		return fmt.Sprintf(`{"id": %s, "epoch": %d, "input": [{"role": "system", "content": "Be brief."}, {"role": "user", "content": [{"type": "text", "text": "Is it \"so\"?"}, {"type": "image", "image": "x"}]}],
"target": ["yes", "ja"], "scores": {"match": {"value": "%s", "answer": "<yes>"}}, "metadata": {"x": NaN}, "messages": [1], "events": [{}], "total_time": %d.5}`, id, epoch, value, epoch)
	}
	for _, method := range []uint16{zip.Store, zip.Deflate, zstd.ZipMethodWinZip} {
		path := writeFile(t, "log.eval", inspectLog(t, method,
			"header.json", "{}", "samples/10_epoch_1.json", sample("10", 1, "C"), "samples/2_epoch_2.json", sample("2", 2, "I"),
			"samples/2_epoch_1.json", sample("2", 1, "C"), "samples/10_epoch_2.json", sample("10", 2, "C"), "samples/2_epoch_1.json", sample("2", 1, "I"), "summaries.json", "[]"))
		e, err := ReadExamples(path)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for i := range e.Len() {
			row := []string{}
			for _, name := range []string{"id", "epoch", "input", "target", "scores.match.value", "scores.match.answer", "total_time"} {
				c, ok := e.Column(name)
				if !ok {
					t.Fatalf("found no column %s among %s", name, e.Names())
				}
				row = append(row, c.String(i))
			}
			got = append(got, strings.Join(row, "|"))
		}
		input := "system:\nBe brief.\n\nuser:\nIs it \"so\"?"
		want := []string{
			"2|1|" + input + "|yes, ja|I|<yes>|1.5", "10|1|" + input + "|yes, ja|C|<yes>|1.5",
			"2|2|" + input + "|yes, ja|I|<yes>|2.5", "10|2|" + input + "|yes, ja|C|<yes>|2.5",
		}
		if strings.Join(got, ";") != strings.Join(want, ";") {
			t.Errorf("method %d: found %q, want %q", method, got, want)
		}
		for _, name := range []string{"messages", "events"} {
			if _, ok := e.Column(name); ok {
				t.Errorf("found column %s, want none", name)
			}
		}
		if where := e.Where(2); !strings.HasSuffix(where, "log.eval: row 2") {
			t.Errorf("row 2 is at %q", where)
		}
	}
}

func TestInspectLogRefused(t *testing.T) {
	bomb := `{"id": 1, "epoch": 1, "input": "` + strings.Repeat("a", 8<<20) + `"}`
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"no samples":    {inspectLog(t, zip.Store, "header.json", "{}"), "without samples"},
		"no object":     {inspectLog(t, zip.Store, "samples/1.json", "[1]"), `member "samples/1.json"`},
		"cut short":     {inspectLog(t, zip.Store, "samples/1.json", `{"id": 1, "input": "a`), `member "samples/1.json"`},
		"no id":         {inspectLog(t, zip.Store, "samples/1.json", `{"epoch": 1}`), "id"},
		"id of another": {inspectLog(t, zip.Store, "samples/1.json", `{"id": [1]}`), `found id "[1]"`},
		"epoch":         {inspectLog(t, zip.Store, "samples/1.json", `{"id": 1, "epoch": "a"}`), "epoch"},
		"kinds":         {inspectLog(t, zip.Store, "samples/1.json", `{"id": 1, "error": true}`, "samples/2.json", `{"id": 2, "error": "a"}`), `member "samples/2.json", key "error"`},
		"too large":     {inspectLog(t, zstd.ZipMethodWinZip, "samples/1.json", bomb), "found more than"},
	} {
		_, err := ReadExamples(writeFile(t, "log.eval", test.data))
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: found %v, want %q", name, err, test.want)
		}
	}
	// Ids of both kinds are names.
	e, err := ReadExamples(writeFile(t, "log.eval", inspectLog(t, zip.Store, "samples/1.json", `{"id": 1}`, "samples/2.json", `{"id": "a"}`)))
	if err != nil {
		t.Fatal(err)
	}
	if c, ok := e.Column("id"); !ok || c.Kind != String || c.String(0)+c.String(1) != "1a" {
		t.Errorf("found ids %v", c)
	}
}

// The log that Inspect wrote gives the rows that Inspect reads from it.
func TestInspectLogOfInspect(t *testing.T) {
	log, err := ReadExamples("../testdata/inspect/log.eval")
	if err != nil {
		t.Fatal(err)
	}
	want, err := ReadExamples("../testdata/inspect/samples.json")
	if err != nil {
		t.Fatal(err)
	}
	if log.Len() != 24 || want.Len() != 24 {
		t.Fatalf("found %d rows, want %d", log.Len(), want.Len())
	}
	for name, theirs := range map[string]string{
		"id": "id", "epoch": "epoch", "output.completion": "completion", "scores.includes.value": "includes", "scores.match.value": "match", "metadata.n": "n",
	} {
		a, ok := log.Column(name)
		b, _ := want.Column(theirs)
		if !ok {
			t.Errorf("found no column %s among %s", name, log.Names())
			continue
		}
		for i := range log.Len() {
			if a.String(i) != b.String(i) {
				t.Errorf("%s of row %d: found %q, want %q", name, i, a.String(i), b.String(i))
			}
		}
	}
	if c, _ := log.Column("input"); c.String(11) != "system:\nBe brief.\n\nuser:\nIs 12 \"large\"?" {
		t.Errorf("found input %q", c.String(11))
	}
}
