package activations

import (
	"encoding/xml"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"tell/activations/internal/objects"
)

// bucket serves a folder as an S3 bucket of the name test.
func bucket(t *testing.T, dir string, block int64) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		key := strings.TrimPrefix(r.URL.Path, "/test/")
		if key == "" {
			listBucket(w, dir, r.FormValue("prefix"))
			return
		}
		path := filepath.Join(dir, filepath.FromSlash(key))
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			w.Header().Set("ETag", fmt.Sprintf(`"%d-%d"`, info.Size(), info.ModTime().UnixNano()))
			http.ServeFile(w, r, path)
			return
		}
		w.WriteHeader(http.StatusNotFound)
	}))
	t.Cleanup(s.Close)
	t.Setenv("AWS_ENDPOINT_URL_S3", s.URL)
	t.Setenv("AWS_ACCESS_KEY_ID", "KEY")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "SECRET")
	patience := objects.Patience{First: time.Millisecond, Longest: time.Millisecond, Tries: 3, Silence: time.Minute}
	client, before := objects.NewClient(patience, block), objects.Default
	client.SetLimit(0)
	objects.Default = func() *objects.Client { return client }
	t.Cleanup(func() { objects.Default = before })
}

func listBucket(w http.ResponseWriter, dir, prefix string) {
	type object struct{ Key string }
	var list struct {
		XMLName  xml.Name `xml:"ListBucketResult"`
		Contents []object
	}
	filepath.Walk(dir, func(path string, info os.FileInfo, err error) error {
		key, _ := filepath.Rel(dir, path)
		if key = filepath.ToSlash(key); err == nil && info.Mode().IsRegular() && strings.HasPrefix(key, prefix) {
			list.Contents = append(list.Contents, object{key})
		}
		return err
	})
	xml.NewEncoder(w).Encode(list)
}

// A dump of any format is the same dump in a bucket, by blocks that are kept and
// by requests for what is far apart.
func TestFormatsInBuckets(t *testing.T) {
	dir := formatsFile("")
	for _, block := range []int64{1 << 10, 1 << 20} {
		bucket(t, dir, block)
		for _, test := range conforming {
			t.Run(fmt.Sprintf("%s/%s in blocks of %d", test.format, filepath.Base(test.paths), block), func(t *testing.T) {
				test.spec.Paths = []string{formatsFile(test.paths)}
				want := open(t, test.spec)
				remote := "s3://test/" + test.paths
				if info, err := os.Stat(formatsFile(test.paths)); err == nil && info.IsDir() {
					remote += "/"
				}
				test.spec.Paths = []string{remote}
				got := open(t, test.spec)
				if got.Format() != want.Format() || got.Shape() != want.Shape() || got.Model() != want.Model() {
					t.Fatalf("found %s %v, expected %s %v", got.Format(), got.Shape(), want.Format(), want.Shape())
				}
				if !reflect.DeepEqual(wholeDump(t, got), wholeDump(t, want)) {
					t.Error("found other numbers than on disk")
				}
				for i, f := range got.Files() {
					on := want.Files()[i]
					if f.Size != on.Size || f.ETag == "" || filepath.Base(f.Path) != filepath.Base(on.Path) || !IsRemote(f.Path) {
						t.Errorf("found the file %+v, expected that of %+v", f, on)
					}
				}
				ours, err := got.Examples()
				if err != nil {
					t.Fatal(err)
				}
				theirs, err := want.Examples()
				if err != nil {
					t.Fatal(err)
				}
				if (ours == nil) != (theirs == nil) || ours != nil && (!reflect.DeepEqual(ours.Names(), theirs.Names()) || ours.Len() != theirs.Len()) {
					t.Error("found other columns than on disk")
				}
			})
		}
	}
}

// The rows of a layer lie far apart in a dump by rows that cannot be kept.
func TestFarApartInBucket(t *testing.T) {
	const rows, layers, width = 70, 40, 2048
	dir := t.TempDir()
	numbers := make([]byte, rows*layers*width*2)
	for i := range numbers {
		numbers[i] = byte(i * i >> 7 & 0x3b)
	}
	if err := os.WriteFile(filepath.Join(dir, "x.bin"), numbers, 0o666); err != nil {
		t.Fatal(err)
	}
	bucket(t, dir, 64<<10)
	spec := Spec{Shape: []int{rows, layers, width}, DType: F16}
	read := func(path string) []float32 {
		spec.Paths = []string{path}
		d := open(t, spec)
		got := make([]float32, rows*width)
		if err := d.ReadFloat32(got, 7, 0, 0, rows); err != nil {
			t.Fatal(err)
		}
		return got
	}
	if want := read(filepath.Join(dir, "x.bin")); !reflect.DeepEqual(read("s3://test/x.bin"), want) {
		t.Error("found other numbers than on disk")
	}
	if requests, bytes := objects.Default().Traffic(); requests != 2+rows || bytes != 64<<10+rows*width*2 {
		t.Errorf("found %d requests for %d bytes, expected one for the start, one for a note beside it and one a row", requests, bytes)
	}
}

func TestTablesInBuckets(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.csv"), []byte("id,label\nx,1\ny,0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	bucket(t, dir, 1<<10)
	e, err := ReadExamples("s3://test/a.csv")
	if err != nil || e.Len() != 2 {
		t.Errorf("found %v, %v", e, err)
	}
	if _, err := ReadExamples("s3://test/b.csv"); err == nil || err.Error() != "s3://test/b.csv: found 404 Not Found, expected the object" {
		t.Errorf("found %v", err)
	}
	if _, err := Open(Spec{Paths: []string{"s3://test/b*.npy"}}); err == nil || !strings.Contains(err.Error(), "s3://test/b*.npy: found no object there") {
		t.Errorf("found %v", err)
	}
	state, err := Stat("s3://test/a.csv")
	if err != nil || state.Size != 17 || state.ETag == "" {
		t.Errorf("found %+v, %v", state, err)
	}
}

// No text of tell shows what a presigned URL has in its query.
func TestPresignedURLs(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RawQuery != "sig=SECRET" {
			w.WriteHeader(403)
			return
		}
		w.Header().Set("ETag", `"x"`)
		http.ServeContent(w, r, "", time.Time{}, strings.NewReader("id,label\nx,1\n"))
	}))
	defer s.Close()
	url := s.URL + "/a.csv?sig=SECRET"
	e, err := ReadExamples(url)
	if err != nil || e.Len() != 1 {
		t.Fatalf("found %v, %v", e, err)
	}
	if where := e.Where(0); strings.Contains(where, "SECRET") {
		t.Errorf("found %s", where)
	}
	_, err = Open(Spec{Paths: []string{url}})
	if err == nil || strings.Contains(err.Error(), "SECRET") || !strings.Contains(err.Error(), "/a.csv: ") {
		t.Errorf("found %v", err)
	}
	if !HasSecret(url) || HasSecret(s.URL+"/a.csv") || HasSecret("a.csv?b") {
		t.Error("found secrets where there are none, or none where there are")
	}
}
