package objects

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
)

// ErrChanged is that of an object which is not what it was when it was opened.
var ErrChanged = errors.New("the object has changed since it was opened; run again when nothing writes to it")

// StatusError is an answer other than the bytes that were asked for.
type StatusError struct {
	Status int
	Code   string // as the store names it
	Hint   string
}

func (e *StatusError) Error() string {
	text := fmt.Sprintf("found %d %s", e.Status, http.StatusText(e.Status))
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	text += ", expected the object"
	if e.Hint != "" {
		text += ": " + e.Hint
	}
	return text
}

// Is lets what holds for files hold for objects.
func (e *StatusError) Is(target error) bool {
	switch e.Status {
	case http.StatusNotFound, http.StatusGone:
		return target == fs.ErrNotExist
	case http.StatusUnauthorized, http.StatusForbidden:
		return target == fs.ErrPermission
	}
	return false
}

// codeOf matches the code in the answers of S3 and Google. No more of them is
// shown: they may quote the request with who asked.
var codeOf = regexp.MustCompile(`<Code>([A-Za-z0-9]{1,60})</Code>`)

// withoutURL is an error of package http without the URL, which may be signed.
func withoutURL(err error) error {
	if at, ok := errors.AsType[*url.Error](err); ok {
		err = at.Err
	}
	return err
}

// printable is a name as a terminal can show it.
func printable(name string) string {
	if q := strconv.QuoteToGraphic(name); q != `"`+name+`"` {
		return q
	}
	return name
}
