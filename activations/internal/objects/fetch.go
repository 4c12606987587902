package objects

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Patience is how long a store is waited for.
type Patience struct {
	First, Longest time.Duration // pauses before the request is sent again
	Tries          uint          // in a row that bring nothing
	Silence        time.Duration // without a byte before a try counts as failed
}

var usualPatience = Patience{First: 200 * time.Millisecond, Longest: 15 * time.Second, Tries: 7, Silence: 30 * time.Second}

// asked is a request, which is signed anew for every try.
type asked struct {
	*http.Request
	client *Client
}

// retry calls try until it succeeds, its error is final, or patience ends.
func retry[T any](ctx context.Context, p Patience, try func() (T, error)) (T, error) {
	pauses := backoff.NewExponentialBackOff()
	pauses.InitialInterval, pauses.MaxInterval = p.First, p.Longest
	tries, ended := 0, false
	v, err := backoff.Retry(ctx, func() (T, error) {
		v, err := try()
		tries, ended = tries+1, isFinal(err)
		return v, err
	}, backoff.WithBackOff(pauses), backoff.WithMaxTries(p.Tries), backoff.WithMaxElapsedTime(0))
	if final, ok := errors.AsType[*backoff.PermanentError](err); ok {
		err = final.Unwrap()
	}
	if err != nil && !ended && ctx.Err() == nil {
		err = fmt.Errorf("%w, in each of %d tries", err, tries)
	}
	return v, err
}

// final is an error that another try would not mend.
func final(err error) error { return backoff.Permanent(err) }

// send sends a request once. Its answer is one of the statuses that are wanted.
func (c *Client) send(s service, r *http.Request, want ...int) (*http.Response, error) {
	r.Header.Set("User-Agent", "tell")
	if err := s.sign(&asked{r, c}); err != nil {
		return nil, final(err)
	}
	answer, err := c.http.Do(r)
	if err != nil {
		return nil, withoutURL(err)
	}
	for _, status := range want {
		if answer.StatusCode == status {
			return answer, nil
		}
	}
	defer answer.Body.Close()
	bad := &StatusError{Status: answer.StatusCode}
	head, _ := io.ReadAll(io.LimitReader(answer.Body, 4<<10))
	if m := codeOf.FindSubmatch(head); m != nil {
		bad.Code = string(m[1])
	}
	if mover, ok := s.(interface{ moved(*http.Response) bool }); ok && mover.moved(answer) {
		return nil, bad
	}
	switch {
	case bad.Status == http.StatusTooManyRequests, bad.Status == http.StatusRequestTimeout, bad.Status >= 500:
		// The store may say when it wants to be asked again.
		if s, err := strconv.Atoi(answer.Header.Get("Retry-After")); err == nil && s >= 0 {
			select {
			case <-time.After(min(time.Duration(s)*time.Second, c.patience.Longest)):
			case <-r.Context().Done():
			}
		}
		return nil, bad
	case bad.Status == http.StatusUnauthorized, bad.Status == http.StatusForbidden:
		bad.Hint = s.hint()
	}
	return nil, final(bad)
}

// fetch fills b from an offset of the object.
func (o *Object) fetch(b []byte, offset int64) error {
	for len(b) > 0 {
		n, err := retry(o.ctx, o.client.patience, func() (int, error) {
			n, err := o.once(b, offset)
			if n > 0 && !isFinal(err) {
				err = nil // the rest is asked for next
			}
			return n, err
		})
		if err != nil {
			return err
		}
		b, offset = b[n:], offset+int64(n)
	}
	return nil
}

func isFinal(err error) bool {
	_, ok := errors.AsType[*backoff.PermanentError](err)
	return ok
}

// once asks for one range, and says how many bytes of it came.
func (o *Object) once(b []byte, offset int64) (int, error) {
	answer, err := o.ask(offset, int64(len(b)))
	if err != nil {
		return 0, err
	}
	defer answer.Body.Close()
	if err := o.check(answer, offset, int64(len(b))); err != nil {
		return 0, final(err)
	}
	n, err := io.ReadFull(answer.Body, b)
	o.client.bytes.Add(int64(n))
	if err != nil {
		err = fmt.Errorf("found %d bytes, expected %d: %w", n, len(b), withoutURL(err))
	}
	return n, err
}

// ask sends a request for a range, at first to the place that answered the last one.
func (o *Object) ask(offset, n int64) (*http.Response, error) {
	if p := o.place.Load(); p != nil {
		answer, err := o.askAt(p.address, offset, n)
		if err == nil && ownTag(answer) == p.tag {
			answer.Header.Set(linkedTag, o.tag)
			return answer, nil
		}
		// The address has expired, or the file lies elsewhere by now.
		o.place.CompareAndSwap(p, nil)
		if err == nil {
			answer.Body.Close()
		} else if !isFinal(err) {
			return nil, err
		}
	}
	answer, err := o.askAt(o.service.address(&o.at), offset, n)
	if _, redirects := o.service.(*hf); redirects && err == nil && answer.Request.Response != nil && ownTag(answer) != "" {
		o.place.Store(&place{answer.Request.URL, ownTag(answer)})
	}
	return answer, err
}

func (o *Object) askAt(address *url.URL, offset, n int64) (*http.Response, error) {
	r := (&http.Request{Method: http.MethodGet, URL: address, Header: http.Header{}}).WithContext(o.ctx)
	r.Header.Set("Range", fmt.Sprintf("bytes=%d-%d", offset, offset+n-1))
	r.Header.Set("Accept-Encoding", "identity")
	if strings.HasPrefix(o.tag, `"`) && o.at.revision == "" {
		r.Header.Set("If-Match", o.tag)
	}
	o.client.requests.Add(1)
	return o.client.hear(o.service, r, http.StatusOK, http.StatusPartialContent, http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable)
}

// hear is send that gives up on an answer that is silent too long.
func (c *Client) hear(s service, r *http.Request, want ...int) (*http.Response, error) {
	outer, silence := r.Context(), c.patience.Silence
	ctx, cancel := context.WithCancelCause(outer)
	quiet := time.AfterFunc(silence, func() { cancel(fmt.Errorf("found no byte in %v, expected some", silence)) })
	answer, err := c.send(s, r.WithContext(ctx), want...)
	if err != nil {
		if cause := context.Cause(ctx); cause != nil && outer.Err() == nil {
			err = cause
		}
		quiet.Stop()
		cancel(nil)
		return nil, err
	}
	answer.Body = &heard{answer.Body, ctx, cancel, quiet, silence}
	return answer, nil
}

// heard is a body that must not be silent for long.
type heard struct {
	io.ReadCloser
	ctx     context.Context
	cancel  context.CancelCauseFunc
	quiet   *time.Timer
	silence time.Duration
}

func (h *heard) Read(b []byte) (int, error) {
	n, err := h.ReadCloser.Read(b)
	h.quiet.Reset(h.silence)
	if cause := context.Cause(h.ctx); err != nil && err != io.EOF && cause != nil {
		err = cause
	}
	return n, err
}

func (h *heard) Close() error {
	h.quiet.Stop()
	err := h.ReadCloser.Close()
	h.cancel(nil)
	return err
}

// check compares the answer to a request for a range with the object as it was
// when it was opened.
func (o *Object) check(answer *http.Response, offset, n int64) error {
	switch answer.StatusCode {
	case http.StatusPreconditionFailed, http.StatusRequestedRangeNotSatisfiable:
		return ErrChanged
	case http.StatusOK:
		if tagOf(answer) != o.tag {
			return ErrChanged
		}
		return errNoRanges
	}
	from, to, size, err := contentRange(answer)
	switch {
	case err != nil:
		return err
	case size != o.Size, tagOf(answer) != o.tag:
		return ErrChanged
	case from != offset, to != offset+n:
		return fmt.Errorf("found bytes %d to %d, expected %d to %d: the server does not keep to ranges, copy the file to a disk first", from, to-1, offset, offset+n-1)
	}
	return nil
}

var errNoRanges = errors.New("found an answer with the whole file, expected the range that was asked for: the server has no ranges, copy the file to a disk first")

// contentRange reads which bytes an answer has: [from, to) of so many.
func contentRange(answer *http.Response) (from, to, size int64, err error) {
	text := answer.Header.Get("Content-Range")
	if _, err := fmt.Sscanf(text, "bytes %d-%d/%d", &from, &to, &size); err != nil || from < 0 || to < from || size <= to {
		return 0, 0, 0, fmt.Errorf("found Content-Range %.60q, expected bytes FIRST-LAST/SIZE: copy the file to a disk first", text)
	}
	if answer.Header.Get("Content-Encoding") != "" {
		return 0, 0, 0, fmt.Errorf("found Content-Encoding %.60q, expected the bytes of the file: copy it to a disk first", answer.Header.Get("Content-Encoding"))
	}
	return from, to + 1, size, nil
}

// linkedTag is the header in which Hugging Face, whose answer is another place, says
// the ETag of the file. That of the place need not be the same.
const linkedTag = "X-Linked-Etag"

// tagOf is what tells an object from what it is once it was written again.
func tagOf(answer *http.Response) string {
	for a := answer; a != nil; a = a.Request.Response {
		if linked := a.Header.Get(linkedTag); linked != "" {
			return linked
		}
	}
	return ownTag(answer)
}

// ownTag is the answer's ETag, else when the file was written.
func ownTag(answer *http.Response) string {
	if tag := answer.Header.Get("ETag"); tag != "" {
		return tag
	}
	return answer.Header.Get("Last-Modified")
}
