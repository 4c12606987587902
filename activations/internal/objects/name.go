// Package objects reads objects of stores, and files behind URLs, by ranges: as an
// io.ReaderAt whose size and state are known, over blocks that are kept in memory up
// to a limit.
package objects

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
)

// schemes are those of remote paths.
var schemes = []string{"s3", "gs", "hf", "https", "http"}

// IsRemote reports whether a path is that of an object and not of a file on disk.
func IsRemote(name string) bool {
	scheme, _, ok := strings.Cut(name, "://")
	if !ok {
		return false
	}
	for _, s := range schemes {
		if scheme == s {
			return true
		}
	}
	return false
}

// IsFolder reports whether a remote path names all objects of a folder.
func IsFolder(name string) bool { return IsRemote(name) && strings.HasSuffix(name, "/") }

// Dir is the folder of an object, without a slash at the end.
func Dir(name string) string {
	scheme, rest, _ := strings.Cut(Name(name), "://")
	return scheme + "://" + path.Dir(rest)
}

// Join is an object of a folder.
func Join(dir, name string) string {
	scheme, rest, _ := strings.Cut(Name(dir), "://")
	return scheme + "://" + path.Join(rest, name)
}

// secret matches what a URL may carry to prove who asks: a name and password before
// the host, and a query, such as that of a presigned URL.
var secret = regexp.MustCompile(`(https?://)(?:[^\s/?#@]*@)?([^\s?#"']*)(?:[?#][^\s"']*)?`)

// Name is the path as messages and results give it. It and any text that has URLs
// in it lose what may be a credential.
func Name(text string) string {
	if !strings.Contains(text, "://") {
		return text
	}
	return secret.ReplaceAllString(text, "$1$2")
}

// HasSecret reports whether a path is a URL with a part that Name leaves out.
func HasSecret(name string) bool { return IsRemote(name) && Name(name) != name }

// location is where an object is. Of a URL bucket and key are empty.
type location struct {
	name        string
	bucket, key string // of hf, the repository and the path in it
	revision    string // of hf
	url         *url.URL
}

// at reads the path of an object.
func at(name string) (location, error) {
	l := location{name: Name(name)}
	scheme, rest, _ := strings.Cut(name, "://")
	expected := ""
	switch scheme {
	case "s3", "gs":
		l.bucket, l.key, _ = strings.Cut(rest, "/")
		expected = scheme + "://BUCKET/KEY"
	case "hf":
		n := 2
		if kind, _, _ := strings.Cut(rest, "/"); kind == "datasets" || kind == "spaces" {
			n = 3
		}
		expected = "hf://datasets/OWNER/NAME/FILE, hf://OWNER/NAME@REVISION/FILE or the like"
		if parts := strings.SplitN(rest, "/", n+1); len(parts) == n+1 {
			l.bucket, l.key = strings.Join(parts[:n], "/"), parts[n]
		}
		l.bucket, l.revision, _ = strings.Cut(l.bucket, "@")
		if l.revision == "" {
			l.revision = "main"
		}
		if strings.HasSuffix(l.bucket, "/") || strings.Contains(l.bucket, "//") {
			l.bucket = ""
		}
	default:
		u, err := url.Parse(name)
		if err == nil && u.Host != "" {
			l.url = u
			return l, nil
		}
		expected = "a URL"
	}
	if l.bucket == "" || l.bucket == "." || l.bucket == ".." {
		return l, fmt.Errorf("found no object, expected %s", expected)
	}
	return l, nil
}

// service is the store of a scheme.
type service interface {
	// address is where the bytes of an object are asked for.
	address(l *location) *url.URL
	// sign adds who asks to a request that is complete but for this.
	sign(r *asked) error
	// list gives the names of the objects whose names begin with that of l.
	list(c *Client, l location) ([]string, error)
	// hint says what a request that was refused lacked, if anything.
	hint() string
}
