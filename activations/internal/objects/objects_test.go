package objects

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"

	"pgregory.net/rapid"
)

func openAt(t *testing.T, s *server, c *Client) (*Object, error) {
	t.Helper()
	o, err := c.Open(s.URL + "/dump.npy?X-Amz-Signature=SECRET")
	if o != nil {
		t.Cleanup(func() { o.Close() })
	}
	secretive(t, err)
	return o, err
}

// Faults of a network are mended: what is read is what the file has.
func TestFaultsThatPass(t *testing.T) {
	for name, faults := range map[string][]fault{
		"none":                {},
		"cut":                 {cut, nil, cut, cut, cut, cut},
		"cut at once":         {cut},
		"slow":                {nil, slow, cut, nil, silent},
		"busy":                {status(503), nil, status(429), status(500), cut, status(502), status(408)},
		"many, none in a row": {nil, cut, status(500), cut, status(500), cut, status(500), cut, status(500)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, 3*testBlock+100, faults...)
			o, err := openAt(t, s, NewClient(quick, testBlock))
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(io.NewSectionReader(o, 0, o.Size))
			if err != nil || !bytes.Equal(got, s.body) {
				t.Errorf("found %d bytes, %v, expected the %d of the file", len(got), err, len(s.body))
			}
			if o.Identity() != "one" {
				t.Errorf("found the identity %q", o.Identity())
			}
		})
	}
}

// Faults that do not pass are told, and never give bytes of another state.
func TestFaultsThatStay(t *testing.T) {
	again := func(f fault) []fault { return []fault{nil, f, f, f, f, f} }
	for name, test := range map[string]struct {
		faults  []fault
		message string
		is      error
	}{
		"403":                 {[]fault{status(403)}, "found 403 Forbidden (Because), expected the object", fs.ErrPermission},
		"404":                 {[]fault{status(404)}, "found 404 Not Found (Because), expected the object", fs.ErrNotExist},
		"gone later":          {again(status(404)), "found 404", fs.ErrNotExist},
		"refused later":       {again(status(403)), "found 403", fs.ErrPermission},
		"always busy":         {again(status(503)), "found 503 Service Unavailable (Because), expected the object, in each of 4 tries", nil},
		"always silent":       {again(silent), "found no byte in 100ms, expected some, in each of 4 tries", nil},
		"changed, 412":        {[]fault{nil, overwritten}, "has changed since", ErrChanged},
		"changed, other ETag": {[]fault{nil, changed}, "has changed since", ErrChanged},
		"changed, longer":     {[]fault{nil, longer}, "has changed since", ErrChanged},
		"no ranges":           {[]fault{whole}, "the server has no ranges, copy the file", errNoRanges},
		"no ranges later":     {[]fault{nil, whole}, "the server has no ranges, copy the file", errNoRanges},
		"other bytes":         {[]fault{nil, shifted}, "the server does not keep to ranges", nil},
		"no range":            {[]fault{rangeIs("")}, `found Content-Range "", expected bytes FIRST-LAST/SIZE`, nil},
		"range without size":  {[]fault{rangeIs("bytes 0-0/*")}, `found Content-Range "bytes 0-0/*"`, nil},
		"range past the end":  {[]fault{rangeIs("bytes 0-9/5")}, `found Content-Range "bytes 0-9/5"`, nil},
		"range not from 0":    {[]fault{rangeIs("bytes 5-9/99")}, "found bytes 5 to", nil},
		"encoded":             {[]fault{encoded}, `found Content-Encoding "gzip"`, nil},
		"a page":              {[]fault{status(304)}, "found 304", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, 3*testBlock, test.faults...)
			o, err := openAt(t, s, NewClient(quick, testBlock))
			if err == nil {
				_, err = o.ReadAt(make([]byte, 10), 2*testBlock)
			}
			secretive(t, err)
			if err == nil || !strings.Contains(err.Error(), test.message) || test.is != nil && !errors.Is(err, test.is) {
				t.Errorf("found %v, expected %q", err, test.message)
			}
		})
	}
}

func TestNoServer(t *testing.T) {
	s := serve(t, 10)
	s.Close()
	_, err := openAt(t, s, NewClient(quick, testBlock))
	if err == nil || !strings.Contains(err.Error(), "refused, in each of 4 tries") {
		t.Errorf("found %v", err)
	}
}

// An error is not kept: what failed once can be read later.
func TestReadAfterFailure(t *testing.T) {
	s := serve(t, 3*testBlock, nil, status(403))
	o, err := openAt(t, s, NewClient(quick, testBlock))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 10)
	if _, err := o.ReadAt(b, 2*testBlock); err == nil {
		t.Error("403 went unseen")
	}
	if _, err := o.ReadAt(b, 2*testBlock); err != nil || !bytes.Equal(b, s.body[2*testBlock:][:10]) {
		t.Errorf("found %v, %v", b, err)
	}
	o.Close()
	if _, err := o.ReadAt(b, 0); err == nil {
		t.Error("a closed object was read")
	}
}

// Small files of servers without ranges, without a tag, and empty ones.
func TestSmall(t *testing.T) {
	s := serve(t, 100, whole)
	s.tag = ""
	o, err := openAt(t, s, NewClient(quick, testBlock))
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 60)
	if n, err := o.ReadAt(b, 50); n != 50 || err != io.EOF || !bytes.Equal(b[:n], s.body[50:]) {
		t.Errorf("found %d bytes, %v", n, err)
	}
	if !strings.HasPrefix(o.Identity(), "sha256 ") {
		t.Errorf("found the identity %q, expected a hash", o.Identity())
	}

	empty := serve(t, 0)
	if o, err := openAt(t, empty, NewClient(quick, testBlock)); err != nil || o.Size != 0 {
		t.Errorf("found %v, %v, expected an empty file", o, err)
	}

	untagged := serve(t, 100)
	untagged.tag = ""
	if _, err := openAt(t, untagged, NewClient(quick, testBlock)); err == nil || !strings.Contains(err.Error(), "neither ETag nor Last-Modified") {
		t.Errorf("found %v", err)
	}
}

// Whatever is read, in whatever order and by however many, is what the file has;
// and no more is kept than may be.
func TestReadAnywhere(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		size := rapid.IntRange(1, 30*testBlock).Draw(r, "size")
		s := serve(t, size)
		defer s.Close()
		c := NewClient(quick, testBlock)
		limit := c.SetLimit(rapid.Int64Range(0, 40*testBlock).Draw(r, "limit"))
		o, err := c.Open(s.URL)
		if err != nil {
			r.Fatal(err)
		}
		seed := rapid.Uint64().Draw(r, "seed")
		var wait sync.WaitGroup
		for i := range uint64(4) {
			wait.Go(func() {
				random := rand.New(rand.NewPCG(seed, i))
				for range 20 {
					from := random.IntN(size)
					b := make([]byte, random.IntN(4*testBlock))
					read := o.ReadAt
					if random.IntN(3) == 0 {
						read = o.ReadAlone
					}
					n, err := read(b, int64(from))
					want := s.body[from:min(size, from+len(b))]
					if n != len(want) || !bytes.Equal(b[:n], want) || (n < len(b)) != (err == io.EOF) {
						r.Errorf("bytes from %d: found %d, %v, expected %d of %d", from, n, err, len(want), len(b))
					}
				}
			})
		}
		wait.Wait()
		if c.cache.used > limit || c.cache.coming != 0 {
			r.Errorf("%d bytes are kept, %d on their way, expected at most %d", c.cache.used, c.cache.coming, limit)
		}
		o.Close()
		if c.cache.used != 0 || c.cache.open != 0 || len(c.cache.blocks) != 0 || c.cache.recent.Len() != 0 {
			r.Errorf("%d bytes of a closed object are kept", c.cache.used)
		}
	})
}

// A file that can be kept is fetched once, in blocks. Of one that cannot, bytes far
// apart are fetched alone.
func TestRequests(t *testing.T) {
	for name, test := range map[string]struct {
		blocks, limit   int64
		requests, bytes int64
	}{
		"kept":     {8, 8, 8, 8 * testBlock},
		"not kept": {8, 7, 1 + 3*8, testBlock + 3*8*10},
	} {
		t.Run(name, func(t *testing.T) {
			s := serve(t, int(test.blocks)*testBlock)
			c := NewClient(quick, testBlock)
			c.SetLimit(test.limit * testBlock)
			o, err := openAt(t, s, c)
			if err != nil {
				t.Fatal(err)
			}
			for layer := range int64(3) {
				for row := range int64(8) {
					if _, err := o.ReadAlone(make([]byte, 10), row*testBlock+layer*20); err != nil {
						t.Fatal(err)
					}
				}
			}
			if requests, bytes := c.Traffic(); requests != test.requests || bytes != test.bytes {
				t.Errorf("found %d requests for %d bytes, expected %d for %d", requests, bytes, test.requests, test.bytes)
			}
		})
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"https://u:SECRET@h/a/b.npy?X=SECRET#f":              "https://h/a/b.npy",
		"https://h/a?X=SECRET: found it, https://g/b?SECRET": "https://h/a found it, https://g/b",
		"s3://bucket/what?.npy":                              "s3://bucket/what?.npy",
		"/disk/what?.npy":                                    "/disk/what?.npy",
		"see https://h/a":                                    "see https://h/a",
		`Get "https://h/a?SECRET": EOF`:                      `Get "https://h/a": EOF`,
	} {
		if got := Name(name); got != want {
			t.Errorf("%s: found %q, expected %q", name, got, want)
		}
	}
	for name, bad := range map[string]bool{
		"s3://": true, "s3://b": true, "s3://b/k/": true, "hf://a/b": true, "hf://datasets/a/b": true, "hf://a//c": true, "https://": true, "s3://./a": true,
	} {
		if _, err := NewClient(quick, testBlock).Open(name); (err == nil) == bad || !strings.HasPrefix(err.Error(), name+": found") {
			t.Errorf("%s: found %v", name, err)
		}
	}
	if got := Join(Dir("s3://b/x/y.npy"), "z/w.npy"); got != "s3://b/x/z/w.npy" {
		t.Errorf("found %s", got)
	}
}
