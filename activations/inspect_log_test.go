package activations

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// inspectLog is an archive with one member.
func inspectLog(t *testing.T, member string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create(member)
	if err == nil {
		_, err = w.Write([]byte("{}"))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// A log of Inspect is a zip archive, as npz is, and no table.
func TestInspectLog(t *testing.T) {
	for _, first := range []string{"header.json", "_journal/start.json", "samples/1_epoch_1.json"} {
		path := writeFile(t, "log.eval", inspectLog(t, first))
		d, err := Open(Spec{Paths: []string{path}})
		if err == nil {
			d.Close()
		}
		_, tableErr := ReadExamples(path)
		for _, err := range []error{err, tableErr} {
			checkFormatError(t, err, "an eval log of Inspect")
			if !strings.Contains(err.Error(), "samples_df('FILE.eval').to_parquet('FILE.parquet')") {
				t.Errorf("%s: found error %v, expected the line that converts it", first, err)
			}
		}
	}
}
