package objects

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// hf is the hub of Hugging Face: hf://datasets/OWNER/NAME@REVISION/FILE. Who asks is
// found where its library looks: HF_TOKEN, or the file that a login has left.
type hf struct {
	once     sync.Once
	endpoint url.URL
	token    string
}

func (s *hf) load() {
	s.once.Do(func() {
		s.endpoint = url.URL{Scheme: "https", Host: "huggingface.co"}
		if u, err := url.Parse(os.Getenv("HF_ENDPOINT")); err == nil && u.Host != "" {
			s.endpoint = url.URL{Scheme: u.Scheme, Host: u.Host, Path: strings.TrimSuffix(u.Path, "/")}
		}
		for _, name := range []string{"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"} {
			if s.token == "" {
				s.token = strings.TrimSpace(os.Getenv(name))
			}
		}
		if s.token == "" {
			text, _ := os.ReadFile(tokenPath())
			s.token = strings.TrimSpace(string(text))
		}
	})
}

// tokenPath is where a login leaves its token.
func tokenPath() string {
	if p := os.Getenv("HF_TOKEN_PATH"); p != "" {
		return p
	}
	home := os.Getenv("HF_HOME")
	if home == "" {
		cache := os.Getenv("XDG_CACHE_HOME")
		if cache == "" {
			user, _ := os.UserHomeDir()
			cache = filepath.Join(user, ".cache")
		}
		home = filepath.Join(cache, "huggingface")
	}
	return filepath.Join(home, "token")
}

// at is the endpoint with a path, whose revision may have slashes in it.
func (s *hf) at(before, revision, after string) *url.URL {
	s.load()
	u := s.endpoint
	root := u.Path
	plain, _ := url.PathUnescape(revision)
	u.Path = root + before + "/" + plain + "/" + after
	u.RawPath = root + before + "/" + url.PathEscape(plain) + "/" + (&url.URL{Path: after}).EscapedPath()
	return &u
}

func (s *hf) address(l *location) *url.URL {
	return s.at("/"+l.bucket+"/resolve", l.revision, l.key)
}

func (s *hf) sign(r *asked) error {
	s.load()
	if s.token != "" && r.URL.Host == s.endpoint.Host {
		r.Header.Set("Authorization", "Bearer "+s.token)
	}
	return nil
}

func (s *hf) hint() string {
	if s.token == "" {
		return "no token was found: set HF_TOKEN, or run hf auth login"
	}
	return ""
}

var commit = regexp.MustCompile(`^[0-9a-f]{40}$`)

// pin makes later requests ask for the commit that was found first.
func (s *hf) pin(l *location, answer *http.Response) {
	for a := answer; a != nil; a = a.Request.Response {
		if c := a.Header.Get("X-Repo-Commit"); commit.MatchString(c) {
			l.revision = c
		}
	}
}

var nextPage = regexp.MustCompile(`<([^>]+)>; *rel="next"`)

func (s *hf) list(c *Client, l location) ([]string, error) {
	kind := ""
	if strings.Count(l.bucket, "/") == 1 {
		kind = "models/"
	}
	dir := path.Dir(l.key)
	if dir == "." {
		dir = ""
	}
	revision := ""
	if l.revision != "main" {
		revision = "@" + l.revision
	}
	var names []string
	u := s.at("/api/"+kind+l.bucket+"/tree", l.revision, dir)
	u.RawQuery = "recursive=true"
	for {
		var page []struct{ Type, Path string }
		header, err := c.page(s, u, func(r io.Reader) error { return json.NewDecoder(r).Decode(&page) })
		if err != nil {
			return nil, err
		}
		for _, o := range page {
			if o.Type == "file" && strings.HasPrefix(o.Path, l.key) {
				names = append(names, "hf://"+l.bucket+revision+"/"+o.Path)
			}
		}
		m := nextPage.FindStringSubmatch(header.Get("Link"))
		if m == nil {
			return names, nil
		}
		next, err := u.Parse(m[1])
		if err != nil || next.Host != u.Host {
			return nil, fmt.Errorf("found a further page of the list on another host, expected %s", u.Host)
		}
		u = next
	}
}
