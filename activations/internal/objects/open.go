package objects

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Client reads objects.
type Client struct {
	http     *http.Client
	patience Patience
	services map[string]service // by scheme
	cache    *cache
	ctx      context.Context // of all requests

	requests, bytes atomic.Int64
}

// Default is the client of the process.
var Default = sync.OnceValue(func() *Client { return NewClient(usualPatience, usualBlock) })

// NewClient makes a client that reads blocks of so many bytes.
func NewClient(p Patience, block int64) *Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = maxFetches
	c := &Client{patience: p, cache: newCache(block), ctx: context.Background()}
	c.http = &http.Client{Transport: transport, CheckRedirect: redirect}
	bucket := &s3{}
	c.services = map[string]service{"http": web{}, "https": web{}, "s3": bucket, "gs": &gs{}, "hf": &hf{}}
	return c
}

// Within ends all requests when the context ends, also those that wait to be sent
// again. It is called before the first one.
func (c *Client) Within(ctx context.Context) { c.ctx = ctx }

// redirect follows to another place without what says who asks.
func redirect(r *http.Request, via []*http.Request) error {
	before := via[len(via)-1]
	if before.Header.Get("X-Amz-Content-Sha256") != "" {
		return http.ErrUseLastResponse // the signature is of the first place
	}
	if len(via) > 9 || before.URL.Scheme == "https" && r.URL.Scheme != "https" {
		return errors.New("found a redirection that goes on and on, or to a place without TLS, expected the object")
	}
	r.Header.Del("Referer")
	if r.URL.Host != before.URL.Host {
		r.Header.Del("Authorization")
	}
	return nil
}

// Traffic is how many requests for bytes of objects were sent, and how many bytes
// came.
func (c *Client) Traffic() (requests, bytes int64) { return c.requests.Load(), c.bytes.Load() }

// Object is an open object.
type Object struct {
	Size     int64
	Modified time.Time

	client  *Client
	service service
	at      location
	tag     string
	whole   []byte // of a small file whose server has no ranges
	kept    bool   // in the cache
	place   atomic.Pointer[place]
	ctx     context.Context
	close   context.CancelFunc
}

// A place is where a store has sent the last request, with the tag of the file there. Its
// address is signed and holds for a while.
type place struct {
	address *url.URL
	tag     string
}

// Name is the path of the object without what may be a credential.
func (o *Object) Name() string { return o.at.name }

// Identity tells the object from what it is once it was written again, also on
// another machine.
func (o *Object) Identity() string { return strings.Trim(o.tag, `"`) }

// Open finds out the size and the identity of an object with the request for its
// first block. Presigned URLs allow no other request.
func (c *Client) Open(name string) (*Object, error) {
	o, first, err := c.begin(name, c.cache.block)
	if err == nil && first != nil {
		err = o.keep(first)
	}
	if err != nil {
		return nil, c.failed(o, name, err)
	}
	return o, nil
}

// Stat is Open for what is not to be read.
func (c *Client) Stat(name string) (*Object, error) {
	o, _, err := c.begin(name, 1)
	if err != nil {
		return nil, c.failed(o, name, err)
	}
	return o, o.Close()
}

func (c *Client) failed(o *Object, name string, err error) error {
	if o != nil {
		o.Close()
	}
	return fmt.Errorf("%s: %w", printable(Name(name)), err)
}

func (c *Client) begin(name string, most int64) (*Object, []byte, error) {
	l, err := at(name)
	if err != nil {
		return nil, nil, err
	}
	scheme, _, _ := strings.Cut(name, "://")
	o := &Object{client: c, service: c.services[scheme], at: l}
	o.ctx, o.close = context.WithCancel(c.ctx)
	if l.url == nil && (l.key == "" || strings.HasSuffix(l.key, "/")) {
		return o, nil, errors.New("found a folder, expected an object")
	}
	first, err := retry(o.ctx, c.patience, func() ([]byte, error) { return o.begin(most) })
	return o, first, err
}

// begin asks for the first bytes, and says how many of them came.
func (o *Object) begin(most int64) ([]byte, error) {
	answer, err := o.ask(0, most)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	o.tag = tagOf(answer)
	o.Modified, _ = http.ParseTime(answer.Header.Get("Last-Modified"))
	if pinner, ok := o.service.(interface {
		pin(*location, *http.Response)
	}); ok {
		pinner.pin(&o.at, answer)
	}
	switch answer.StatusCode {
	case http.StatusRequestedRangeNotSatisfiable: // the answer for an empty file
		if answer.Header.Get("Content-Range") != "bytes */0" {
			return nil, final(&StatusError{Status: answer.StatusCode})
		}
		o.whole = []byte{}
	case http.StatusOK:
		// What a server without ranges sends is kept where it is small.
		if answer.ContentLength < 0 || answer.ContentLength > o.client.cache.block {
			return nil, final(errNoRanges)
		}
		o.whole, err = io.ReadAll(answer.Body)
		o.client.bytes.Add(int64(len(o.whole)))
		o.Size = int64(len(o.whole))
		if err != nil {
			return nil, withoutURL(err)
		}
		if o.tag == "" {
			o.tag = fmt.Sprintf("sha256 %x", sha256.Sum256(o.whole))
		}
	case http.StatusPartialContent:
		from, _, size, err := contentRange(answer)
		if err != nil {
			return nil, final(err)
		}
		o.Size = size
		n := min(size, most)
		if err := o.check(answer, from, n); err != nil || from != 0 {
			return nil, final(errors.Join(err, notFrom(from)))
		}
		if o.tag == "" {
			return nil, final(errors.New("found neither ETag nor Last-Modified, expected one, to see whether the file changes while it is read: copy it to a disk first"))
		}
		b := make([]byte, n)
		got, err := io.ReadFull(answer.Body, b)
		o.client.bytes.Add(int64(got))
		if err != nil {
			return b[:got], nil
		}
		return b, nil
	default:
		return nil, final(&StatusError{Status: answer.StatusCode})
	}
	return nil, nil
}

func notFrom(from int64) error {
	if from == 0 {
		return nil
	}
	return fmt.Errorf("found bytes from %d, expected them from 0: the server does not keep to ranges, copy the file to a disk first", from)
}

// keep puts the first block, of which some may still be missing, into the cache.
func (o *Object) keep(first []byte) error {
	n := min(o.Size, o.client.cache.block)
	if got := len(first); int64(got) < n {
		first = append(first, make([]byte, n-int64(got))...)
		if err := o.fetch(first[got:], int64(got)); err != nil {
			return err
		}
	}
	o.client.cache.put(o, first)
	o.kept = true
	return nil
}

// ReadAt implements io.ReaderAt.
func (o *Object) ReadAt(b []byte, offset int64) (int, error) {
	return o.read(b, offset, func(b []byte, offset int64) (int, error) {
		return o.client.cache.read(o, b, offset)
	})
}

// ReadAlone is ReadAt for bytes that are far from all others that will soon be
// read. They are asked for alone, unless the object can be kept as a whole.
func (o *Object) ReadAlone(b []byte, offset int64) (int, error) {
	if o.client.cache.holds() {
		return o.ReadAt(b, offset)
	}
	return o.read(b, offset, func(b []byte, offset int64) (int, error) { return len(b), o.fetch(b, offset) })
}

func (o *Object) read(b []byte, offset int64, some func([]byte, int64) (int, error)) (int, error) {
	if offset < 0 {
		return 0, errors.New("negative offset")
	}
	want := len(b)
	b = b[:max(0, min(int64(want), o.Size-offset))]
	done := 0
	for done < len(b) {
		if err := o.ctx.Err(); err != nil {
			return done, errors.New("the object is closed")
		}
		if o.whole != nil {
			done += copy(b, o.whole[offset:])
			continue
		}
		n, err := some(b[done:], offset+int64(done))
		if err != nil {
			return done, err
		}
		done += n
	}
	if done < want {
		return done, io.EOF
	}
	return done, nil
}

// Close ends what is still being read and drops what is kept.
func (o *Object) Close() error {
	o.close()
	if o.kept {
		o.kept = false
		o.client.cache.drop(o)
	}
	return nil
}
