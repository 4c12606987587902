package objects

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// quick is patience for tests.
var quick = Patience{First: time.Millisecond, Longest: 5 * time.Millisecond, Tries: 4, Silence: 100 * time.Millisecond}

const testBlock = 1 << 10

// server has one file, and faults that it shows one after the other, each to one
// request, before it behaves.
type server struct {
	*httptest.Server
	mu     sync.Mutex
	body   []byte
	tag    string
	faults []fault
	ranges []string // asked for
}

type fault func(s *server, w http.ResponseWriter, r *http.Request)

func serve(t *testing.T, size int, faults ...fault) *server {
	t.Helper()
	s := &server{body: make([]byte, size), tag: `"one"`, faults: faults}
	random := rand.New(rand.NewPCG(1, uint64(size)))
	for i := range s.body {
		s.body[i] = byte(random.Uint32())
	}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ranges = append(s.ranges, r.Header.Get("Range"))
	if len(s.faults) > 0 {
		next := s.faults[0]
		s.faults = s.faults[1:]
		if next != nil {
			next(s, w, r)
			return
		}
	}
	s.answer(w, r)
}

// answer is what a server does that has ranges.
func (s *server) answer(w http.ResponseWriter, r *http.Request) {
	from, to := asksFor(r)
	if s.tag != "" {
		w.Header().Set("ETag", s.tag)
	}
	if match := r.Header.Get("If-Match"); match != "" && match != s.tag {
		w.WriteHeader(http.StatusPreconditionFailed)
		return
	}
	if from >= len(s.body) {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes */%d", len(s.body)))
		w.WriteHeader(http.StatusRequestedRangeNotSatisfiable)
		return
	}
	to = min(to, len(s.body)-1)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(s.body)))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(s.body[from : to+1])
}

func asksFor(r *http.Request) (from, to int) {
	fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-%d", &from, &to)
	return from, to
}

func status(code int) fault {
	return func(_ *server, w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		fmt.Fprint(w, "<Error><Code>Because</Code><StringToSign>SECRET</StringToSign></Error>")
	}
}

// cut sends a part of what was asked for, and closes the connection.
func cut(s *server, w http.ResponseWriter, r *http.Request) {
	from, to := asksFor(r)
	to = min(to, len(s.body)-1)
	w.Header().Set("ETag", s.tag)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(s.body)))
	w.Header().Set("Content-Length", strconv.Itoa(to+1-from))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(s.body[from : (from+to)/2])
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

// slow sends a part of what was asked for and then nothing.
func slow(s *server, w http.ResponseWriter, r *http.Request) {
	from, to := asksFor(r)
	to = min(to, len(s.body)-1)
	w.Header().Set("ETag", s.tag)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, to, len(s.body)))
	w.Header().Set("Content-Length", strconv.Itoa(to+1-from))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(s.body[from : from+10])
	w.(http.Flusher).Flush()
	<-r.Context().Done()
}

// silent says nothing at all.
func silent(_ *server, _ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// changed is a server without If-Match whose file was written again.
func changed(s *server, w http.ResponseWriter, r *http.Request) {
	s.tag = `"two"`
	r.Header.Del("If-Match")
	s.answer(w, r)
}

// overwritten is one with If-Match.
func overwritten(s *server, w http.ResponseWriter, r *http.Request) {
	s.tag = `"two"`
	s.answer(w, r)
}

// longer has the same ETag and other bytes.
func longer(s *server, w http.ResponseWriter, r *http.Request) {
	s.body = append(s.body, 1)
	s.answer(w, r)
}

// whole is a server that has no ranges.
func whole(s *server, w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("ETag", s.tag)
	w.Header().Set("Content-Length", strconv.Itoa(len(s.body)))
	w.Write(s.body)
}

// shifted answers with other bytes than those that were asked for.
func shifted(s *server, w http.ResponseWriter, r *http.Request) {
	from, to := asksFor(r)
	to = min(to, len(s.body)-1)
	w.Header().Set("ETag", s.tag)
	w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from-1, to-1, len(s.body)))
	w.WriteHeader(http.StatusPartialContent)
	w.Write(s.body[from-1 : to])
}

func rangeIs(text string) fault {
	return func(s *server, w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("ETag", s.tag)
		w.Header().Set("Content-Range", text)
		w.WriteHeader(http.StatusPartialContent)
		w.Write(s.body[:1])
	}
}

func encoded(s *server, w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Encoding", "gzip")
	s.answer(w, r)
}

// secretive reports text that an error must not have.
func secretive(t *testing.T, err error) {
	t.Helper()
	if err != nil && strings.Contains(err.Error(), "SECRET") {
		t.Errorf("the error tells a secret: %v", err)
	}
}
