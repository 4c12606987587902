package objects

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/oauth2"
)

// store answers for a path of the server.
type store map[string]http.HandlerFunc

func start(t *testing.T, of store) (url string) {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := of[r.URL.EscapedPath()]
		if h == nil {
			t.Errorf("found a request for %s", r.URL.EscapedPath())
			w.WriteHeader(404)
			return
		}
		h(w, r)
	}))
	t.Cleanup(s.Close)
	return s.URL
}

func file(text string) http.HandlerFunc {
	s := &server{body: []byte(text), tag: `"` + text + `"`}
	return s.answer
}

func readAll(t *testing.T, c *Client, name string) string {
	t.Helper()
	o, err := c.Open(name)
	if err != nil {
		t.Error(err)
		return ""
	}
	defer o.Close()
	b := make([]byte, o.Size)
	if _, err := o.ReadAt(b, 0); err != nil {
		t.Error(err)
	}
	return string(b)
}

func glob(t *testing.T, c *Client, pattern string, want ...string) {
	t.Helper()
	got, err := c.Glob(pattern)
	if slices.Sort(got); err != nil || !slices.Equal(got, want) {
		t.Errorf("%s: found %v, %v, expected %v", pattern, got, err, want)
	}
}

// atHome makes a home without anything that says who asks.
func atHome(t *testing.T) string {
	home := t.TempDir()
	for _, name := range []string{"AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3",
		"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN", "HF_TOKEN_PATH", "HF_HOME", "HF_ENDPOINT", "XDG_CACHE_HOME", "GOOGLE_APPLICATION_CREDENTIALS", "STORAGE_EMULATOR_HOST"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(home, ".aws", "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(home, ".aws", "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	return home
}

func keep(t *testing.T, home, name, text string) {
	t.Helper()
	path := filepath.Join(home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestS3(t *testing.T) {
	home := atHome(t)
	keep(t, home, ".aws/credentials", "[default]\naws_access_key_id = KEY\naws_secret_access_key = SECRET\n")
	keep(t, home, ".aws/config", "[default]\nregion = eu-west-1\n")
	signed := func(region string, then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			who := r.Header.Get("Authorization")
			if !strings.Contains(who, "Credential=KEY/") {
				t.Errorf("found Authorization %q, expected it signed with KEY", who)
			}
			if !strings.Contains(who, "/"+region+"/s3/") {
				w.Header().Set("X-Amz-Bucket-Region", region)
				w.WriteHeader(http.StatusMovedPermanently)
				return
			}
			then(w, r)
		}
	}
	pages := func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		if q.Get("list-type") != "2" || q.Get("prefix") != "d/" {
			t.Errorf("found the query %v", q)
		}
		if q.Get("continuation-token") == "" {
			fmt.Fprint(w, `<ListBucketResult><Contents><Key>d/</Key></Contents><Contents><Key>d/a 1+.npy</Key></Contents><Contents><Key>d/_SUCCESS</Key></Contents><NextContinuationToken>+/=</NextContinuationToken></ListBucketResult>`)
			return
		}
		if q.Get("continuation-token") != "+/=" {
			t.Errorf("found the token %q", q.Get("continuation-token"))
		}
		fmt.Fprint(w, `<ListBucketResult><Contents><Key>d/b.npy</Key></Contents><Contents><Key>d/e/c.npy</Key></Contents></ListBucketResult>`)
	}
	t.Setenv("AWS_ENDPOINT_URL_S3", start(t, store{
		"/bucket/d/a%201%2B.npy": signed("eu-west-1", file("one")),
		"/moved/x.npy":           signed("us-west-2", file("two")),
		"/bucket/":               signed("eu-west-1", pages),
	}))
	c := NewClient(quick, testBlock)
	if got := readAll(t, c, "s3://bucket/d/a 1+.npy"); got != "one" {
		t.Errorf("found %q", got)
	}
	if got := readAll(t, c, "s3://moved/x.npy"); got != "two" {
		t.Errorf("found %q", got)
	}
	glob(t, c, "s3://bucket/d/*.npy", "s3://bucket/d/a 1+.npy", "s3://bucket/d/b.npy")
	glob(t, c, "s3://bucket/d/", "s3://bucket/d/a 1+.npy", "s3://bucket/d/b.npy")
	if _, err := c.Glob("s3://bucket/d/*.pt"); err == nil || !strings.Contains(err.Error(), "found no object") {
		t.Errorf("found %v", err)
	}
}

// Without credentials requests are not signed, and the refusal says so.
func TestS3WithoutCredentials(t *testing.T) {
	atHome(t)
	t.Setenv("AWS_ENDPOINT_URL", start(t, store{
		"/open/x": func(w http.ResponseWriter, r *http.Request) {
			if who := r.Header.Get("Authorization"); who != "" {
				t.Errorf("found Authorization %q, expected none", who)
			}
			file("public")(w, r)
		},
		"/closed/x": func(w http.ResponseWriter, r *http.Request) { status(403)(nil, w, r) },
	}))
	c := NewClient(quick, testBlock)
	if got := readAll(t, c, "s3://open/x"); got != "public" {
		t.Errorf("found %q", got)
	}
	if _, err := c.Open("s3://closed/x"); err == nil || !strings.Contains(err.Error(), "s3://closed/x: found 403 Forbidden (Because), expected the object: no credentials of AWS were found") {
		t.Errorf("found %v", err)
	}
}

func TestS3Addresses(t *testing.T) {
	atHome(t)
	t.Setenv("AWS_REGION", "eu-north-1")
	for name, want := range map[string]string{
		"s3://b/k/x y.npy": "https://b.s3.eu-north-1.amazonaws.com/k/x%20y.npy",
		"s3://b.c/k":       "https://s3.eu-north-1.amazonaws.com/b.c/k",
	} {
		l, err := at(name)
		if err != nil {
			t.Fatal(err)
		}
		s := &s3{}
		u := s.address(&l)
		if u.String() != want || bucketOf(u, false) != l.bucket {
			t.Errorf("found %s in %s, expected %s in %s", u, bucketOf(u, false), want, l.bucket)
		}
	}
}

func TestGS(t *testing.T) {
	atHome(t)
	asked := func(then http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if who := r.Header.Get("Authorization"); who != "Bearer SECRET" {
				t.Errorf("found Authorization %q", who)
			}
			then(w, r)
		}
	}
	t.Setenv("STORAGE_EMULATOR_HOST", strings.TrimPrefix(start(t, store{
		"/bucket/d/x%20y.npy": asked(file("one")),
		"/storage/v1/b/bucket/o": asked(func(w http.ResponseWriter, r *http.Request) {
			if r.FormValue("pageToken") == "" {
				fmt.Fprint(w, `{"items": [{"name": "d/x y.npy"}], "nextPageToken": "t"}`)
				return
			}
			fmt.Fprint(w, `{"items": [{"name": "d/z.npy"}, {"name": "d/z.json"}]}`)
		}),
	}), "http://"))
	c := NewClient(quick, testBlock)
	s := c.services["gs"].(*gs)
	s.load()
	s.anonymous, s.tokens = nil, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: "SECRET"})
	if got := readAll(t, c, "gs://bucket/d/x y.npy"); got != "one" {
		t.Errorf("found %q", got)
	}
	glob(t, c, "gs://bucket/d/*.npy", "gs://bucket/d/x y.npy", "gs://bucket/d/z.npy")
}

// The hub answers with another place, which must not see the token; a branch that
// moves on does not change what is read.
func TestHF(t *testing.T) {
	home := atHome(t)
	keep(t, home, ".cache/huggingface/token", "SECRET\n")
	commit := strings.Repeat("c0", 20)
	elsewhere := start(t, store{"/blob": func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "" || r.Header.Get("Referer") != "" || r.Header.Get("If-Match") != "" {
			t.Errorf("the other place was told %v", r.Header)
		}
		if r.URL.RawQuery != "sig=SECRET" {
			t.Errorf("found the query %q", r.URL.RawQuery)
		}
		file(strings.Repeat("one", testBlock))(w, r)
	}})
	resolve := func(w http.ResponseWriter, r *http.Request) {
		if who := r.Header.Get("Authorization"); who != "Bearer SECRET" {
			t.Errorf("found Authorization %q", who)
		}
		w.Header().Set("X-Repo-Commit", commit)
		w.Header().Set("X-Linked-Etag", `"5ha"`)
		http.Redirect(w, r, elsewhere+"/blob?sig=SECRET", http.StatusFound)
	}
	once := 0
	var here string
	of := store{
		"/datasets/o/n/resolve/main/d/x.npy": func(w http.ResponseWriter, r *http.Request) {
			if once++; once > 1 {
				t.Error("the branch was asked for again, expected its commit")
			}
			resolve(w, r)
		},
		"/datasets/o/n/resolve/" + commit + "/d/x.npy": resolve,
		"/o/n/resolve/refs%2Fpr%2F1/d/x.npy":           resolve,
		"/o/n/resolve/" + commit + "/d/closed":         resolve,
		"/o/n/resolve/main/closed":                     func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(401) },
		"/api/datasets/o/n/tree/main/d": func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Query().Get("cursor") == "" {
				w.Header().Set("Link", `<`+here+`/api/datasets/o/n/tree/main/d?cursor=2>; rel="next"`)
				fmt.Fprint(w, `[{"type": "directory", "path": "d/e"}, {"type": "file", "path": "d/x.npy"}]`)
				return
			}
			fmt.Fprint(w, `[{"type": "file", "path": "d/y.npy"}]`)
		},
	}
	here = start(t, of)
	t.Setenv("HF_ENDPOINT", here)
	c := NewClient(quick, testBlock)
	o, err := c.Open("hf://datasets/o/n/d/x.npy")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	b := make([]byte, o.Size)
	if _, err := o.ReadAt(b, 0); err != nil || string(b) != strings.Repeat("one", testBlock) {
		t.Errorf("found %d bytes, %v", len(b), err)
	}
	if o.Identity() != "5ha" {
		t.Errorf("found the identity %q", o.Identity())
	}
	if o, err := c.Open("hf://o/n@refs%2Fpr%2F1/d/x.npy"); err != nil {
		t.Error(err)
	} else {
		o.Close()
	}
	glob(t, c, "hf://datasets/o/n/d/*.npy", "hf://datasets/o/n/d/x.npy", "hf://datasets/o/n/d/y.npy")
	_, err = c.Open("hf://o/n/closed")
	if secretive(t, err); err == nil || !strings.Contains(err.Error(), "found 401 Unauthorized") {
		t.Errorf("found %v", err)
	}
}
