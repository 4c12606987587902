package objects

import (
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// maxPage bounds a page of a list, in bytes; stores give a thousand names in one.
const maxPage = 16 << 20

// page reads one answer of a store that is no object.
func (c *Client) page(s service, u *url.URL, read func(io.Reader) error) (http.Header, error) {
	return retry(c.ctx, c.patience, func() (http.Header, error) {
		r := (&http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}).WithContext(c.ctx)
		answer, err := c.hear(s, r, http.StatusOK)
		if err != nil {
			return nil, err
		}
		defer answer.Body.Close()
		if err := read(io.LimitReader(answer.Body, maxPage)); err != nil {
			return nil, fmt.Errorf("list of objects: %w", withoutURL(err))
		}
		return answer.Header, nil
	})
}

// HasPattern reports whether a remote path names objects by a pattern. In a URL the
// signs of patterns mean something else.
func HasPattern(name string) bool {
	return IsRemote(name) && !strings.HasPrefix(name, "http") && strings.ContainsAny(name, "*?[")
}

// Glob lists the objects that match a pattern, as [path.Match] has it, or that
// lie directly in a folder. Names that begin with a dot or an underscore, which
// programs leave behind, are not in a folder.
func (c *Client) Glob(name string) ([]string, error) {
	l, err := at(name)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", printable(Name(name)), err)
	}
	pattern := name
	if IsFolder(name) {
		pattern = ""
	} else if i := strings.IndexAny(l.key, "*?["); i >= 0 {
		l.key = l.key[:i]
	}
	scheme, _, _ := strings.Cut(name, "://")
	all, err := c.services[scheme].list(c, l)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", printable(l.name), err)
	}
	var found []string
	for _, o := range all {
		if pattern != "" {
			ok, err := path.Match(pattern, o)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", printable(l.name), err)
			}
			if ok {
				found = append(found, o)
			}
			continue
		}
		rest := strings.TrimPrefix(o, name)
		if rest != "" && !strings.Contains(rest, "/") && !strings.HasPrefix(rest, ".") && !strings.HasPrefix(rest, "_") {
			found = append(found, o)
		}
	}
	if len(found) == 0 {
		return nil, fmt.Errorf("%s: found no object there, expected some: %w", printable(l.name), fs.ErrNotExist)
	}
	return found, nil
}
