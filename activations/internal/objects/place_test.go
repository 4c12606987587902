package objects

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// patient is quick but for a busy machine.
var patient = Patience{First: quick.First, Longest: quick.Longest, Tries: quick.Tries, Silence: time.Minute}

// The hub is asked once where a file lies, and again when the signed address is
// refused, fails, or leads to another file. Its token stays with it.
func TestHFPlace(t *testing.T) {
	commit := strings.Repeat("c0", 20)
	const blocks = 12
	body := strings.Repeat("x", blocks*testBlock)
	for name, test := range map[string]struct {
		bad []fault // from the fifth request for the file on
		hub int64   // requests to it
	}{
		"holds":         {nil, 1},
		"expired":       {[]fault{status(http.StatusForbidden)}, 2},
		"gone":          {[]fault{status(http.StatusGone)}, 2},
		"busy":          {[]fault{status(http.StatusServiceUnavailable)}, 2},
		"cut":           {[]fault{cut}, 1},
		"another file":  {[]fault{changed}, 2},
		"no connection": {[]fault{hangUp, hangUp}, 2}, // the first of them is tried again by net/http
	} {
		t.Run(name, func(t *testing.T) {
			atHome(t)
			t.Setenv("HF_TOKEN", "SECRET")
			stored := &server{body: []byte(body), tag: `"stored"`, faults: append([]fault{nil, nil, nil, nil}, test.bad...)}
			elsewhere := start(t, store{"/blob": func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "" {
					t.Error("the place was told the token")
				}
				stored.ServeHTTP(w, r)
				stored.tag = `"stored"`
			}})
			var hub atomic.Int64
			resolve := func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Authorization") != "Bearer SECRET" {
					t.Error("the hub was not told the token")
				}
				w.Header().Set("X-Repo-Commit", commit)
				w.Header().Set("X-Linked-Etag", `"linked"`)
				http.Redirect(w, r, fmt.Sprintf("%s/blob?sig=%d", elsewhere, hub.Add(1)), http.StatusFound)
			}
			t.Setenv("HF_ENDPOINT", start(t, store{"/o/n/resolve/main/x": resolve, "/o/n/resolve/" + commit + "/x": resolve}))
			if got := readAll(t, NewClient(patient, testBlock), "hf://o/n/x"); got != body {
				t.Errorf("found %d other bytes, expected those of the file", len(got))
			}
			if got := hub.Load(); got != test.hub {
				t.Errorf("the hub was asked %d times, expected %d", got, test.hub)
			}
		})
	}
}

// When many fetch at once and the address is refused to all of them, each reads on.
func TestHFPlaceAtOnce(t *testing.T) {
	atHome(t)
	var answers, hub atomic.Int64
	served := file(strings.Repeat("x", 40*testBlock))
	elsewhere := start(t, store{"/blob": func(w http.ResponseWriter, r *http.Request) {
		if answers.Add(1) > 10 && r.FormValue("sig") == "1" {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		served(w, r)
	}})
	t.Setenv("HF_ENDPOINT", start(t, store{"/o/n/resolve/main/x": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Linked-Etag", `"linked"`)
		http.Redirect(w, r, fmt.Sprintf("%s/blob?sig=%d", elsewhere, hub.Add(1)), http.StatusFound)
	}}))
	o, err := NewClient(patient, testBlock).Open("hf://o/n/x")
	if err != nil {
		t.Fatal(err)
	}
	defer o.Close()
	var wait sync.WaitGroup
	for i := range int64(40) {
		wait.Go(func() {
			if n, err := o.ReadAt(make([]byte, testBlock), i*testBlock); n != testBlock || err != nil {
				t.Errorf("block %d: found %d bytes, %v", i, n, err)
			}
		})
	}
	wait.Wait()
	if n := hub.Load(); n < 2 || n > maxFetches+1 {
		t.Errorf("the hub was asked %d times, expected it once and once for each of at most %d that read", n, maxFetches)
	}
}

func hangUp(*server, http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }

// An interrupt ends what waits: for the next try, as long as the store said, for an
// answer, and for a list.
func TestWithin(t *testing.T) {
	atHome(t)
	for name, test := range map[string]struct {
		path string
		bad  fault
	}{
		"the next try": {"x.npy", status(503)},
		"Retry-After": {"x.npy", func(s *server, w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Retry-After", "3000")
			status(503)(s, w, r)
		}},
		"an answer": {"x.npy", silent},
		"bytes":     {"x.npy", slow},
		"a list":    {"", status(503)},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, 100)
			ctx, interrupt := context.WithCancel(context.Background())
			s.faults = []fault{func(s *server, w http.ResponseWriter, r *http.Request) {
				time.AfterFunc(20*time.Millisecond, interrupt)
				test.bad(s, w, r)
			}}
			t.Setenv("AWS_ENDPOINT_URL", s.URL)
			c := NewClient(Patience{First: time.Hour, Longest: time.Hour, Tries: 7, Silence: time.Hour}, testBlock)
			c.Within(ctx)
			var err error
			if test.path == "" {
				_, err = c.Glob("s3://bucket/")
			} else {
				_, err = c.Open("s3://bucket/" + test.path)
			}
			if !errors.Is(err, context.Canceled) {
				t.Errorf("found %v, expected the interrupt", err)
			}
		})
	}
}

// A store that is silent when it is asked for a list is not waited for longer than for
// bytes.
func TestSilentList(t *testing.T) {
	atHome(t)
	s := serve(t, 100, silent, silent, silent, silent)
	t.Setenv("AWS_ENDPOINT_URL", s.URL)
	if _, err := NewClient(quick, testBlock).Glob("s3://bucket/"); err == nil || !strings.Contains(err.Error(), "found no byte in 100ms, expected some, in each of 4 tries") {
		t.Errorf("found %v", err)
	}
}
