package objects

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/url"
	"os"
	"strings"
	"sync"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/google"
)

// gs is Google Cloud Storage. Who asks is found where Google's libraries look:
// GOOGLE_APPLICATION_CREDENTIALS, what gcloud has left, the account of the machine.
// Without any, requests are not signed.
type gs struct {
	once      sync.Once
	tokens    oauth2.TokenSource
	anonymous error // why requests are not signed
	endpoint  url.URL
}

const readOnly = "https://www.googleapis.com/auth/devstorage.read_only"

func (s *gs) load() {
	s.once.Do(func() {
		s.endpoint = url.URL{Scheme: "https", Host: "storage.googleapis.com"}
		if emulator := os.Getenv("STORAGE_EMULATOR_HOST"); emulator != "" {
			if !strings.Contains(emulator, "://") {
				emulator = "http://" + emulator
			}
			if u, err := url.Parse(emulator); err == nil {
				s.endpoint = url.URL{Scheme: u.Scheme, Host: u.Host}
			}
			s.anonymous = fmt.Errorf("an emulator")
			return
		}
		found, err := google.FindDefaultCredentials(context.Background(), readOnly)
		if err != nil {
			s.anonymous = err
			return
		}
		s.tokens = found.TokenSource
	})
}

func (s *gs) address(l *location) *url.URL {
	s.load()
	u := s.endpoint
	u.Path = "/" + l.bucket + "/" + l.key
	return &u
}

func (s *gs) sign(r *asked) error {
	s.load()
	if s.anonymous != nil {
		return nil
	}
	token, err := s.tokens.Token()
	if err != nil {
		return fmt.Errorf("credentials of Google: %w", withoutURL(err))
	}
	token.SetAuthHeader(r.Request)
	return nil
}

func (s *gs) hint() string {
	if s.anonymous != nil {
		return "no credentials of Google were found: set GOOGLE_APPLICATION_CREDENTIALS, or run gcloud auth application-default login"
	}
	return ""
}

func (s *gs) list(c *Client, l location) ([]string, error) {
	s.load()
	var names []string
	for token := ""; ; {
		u := s.endpoint
		u.Path = "/storage/v1/b/" + l.bucket + "/o"
		u.RawQuery = url.Values{"prefix": {l.key}, "pageToken": {token}, "fields": {"items(name),nextPageToken"}}.Encode()
		var page struct {
			Items []struct{ Name string }
			Next  string `json:"nextPageToken"`
		}
		_, err := c.page(s, &u, func(r io.Reader) error { return json.NewDecoder(r).Decode(&page) })
		if err != nil {
			return nil, err
		}
		for _, o := range page.Items {
			names = append(names, "gs://"+l.bucket+"/"+o.Name)
		}
		if token = page.Next; token == "" {
			return names, nil
		}
	}
}
