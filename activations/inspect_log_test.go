package activations

import (
	"archive/zip"
	"bytes"
	"strings"
	"testing"
)

// A log of Inspect is a zip archive, as npz is, and no table.
func TestInspectLog(t *testing.T) {
	for _, first := range []string{"header.json", "_journal/start.json", "samples/1_epoch_1.json"} {
		var b bytes.Buffer
		z := zip.NewWriter(&b)
		w, err := z.Create(first)
		if err == nil {
			_, err = w.Write([]byte("{}"))
		}
		if err == nil {
			err = z.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
		path := writeFile(t, "log.eval", b.Bytes())
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
