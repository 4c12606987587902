package objects

import (
	"context"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go/encoding/httpbinding"
)

// s3 is Amazon S3, or a store that speaks as it does. Who asks is found where the
// AWS SDK looks: the environment, the files of ~/.aws with SSO and processes, the
// role of a container or of the machine. Without any, requests are not signed.
type s3 struct {
	once      sync.Once
	broken    error
	config    aws.Config
	endpoint  *url.URL
	anonymous error // why requests are not signed

	mu      sync.Mutex
	regions map[string]string // by bucket, as S3 has said
}

const usualRegion = "us-east-1"

func (s *s3) load() {
	s.once.Do(func() {
		s.regions = map[string]string{}
		ctx := context.Background()
		if s.config, s.broken = config.LoadDefaultConfig(ctx); s.broken != nil {
			return
		}
		endpoint := aws.ToString(s.config.BaseEndpoint)
		if e := os.Getenv("AWS_ENDPOINT_URL_S3"); e != "" {
			endpoint = e
		}
		if endpoint != "" {
			u, err := url.Parse(endpoint)
			if err != nil || u.Host == "" {
				s.broken = fmt.Errorf("found the endpoint %q of S3, expected a URL", Name(endpoint))
				return
			}
			s.endpoint = u
		}
		if s.config.Region == "" {
			s.config.Region = usualRegion
		}
		if s.config.Credentials == nil {
			s.anonymous = fmt.Errorf("none")
		} else if _, err := s.config.Credentials.Retrieve(ctx); err != nil {
			s.anonymous = err
		}
	})
}

func (s *s3) region(bucket string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if r := s.regions[bucket]; r != "" {
		return r
	}
	return s.config.Region
}

// address puts the bucket into the host, as S3 wants it, but for endpoints of one's
// own and for names that no certificate covers.
func (s *s3) address(l *location) *url.URL {
	s.load()
	var u url.URL
	path := "/" + l.key
	switch {
	case s.endpoint != nil:
		u = *s.endpoint
		path = strings.TrimSuffix(u.Path, "/") + "/" + l.bucket + path
	case strings.Contains(l.bucket, "."):
		u = url.URL{Scheme: "https", Host: "s3." + s.region(l.bucket) + ".amazonaws.com"}
		path = "/" + l.bucket + path
	default:
		u = url.URL{Scheme: "https", Host: l.bucket + ".s3." + s.region(l.bucket) + ".amazonaws.com"}
	}
	u.Path, u.RawPath = path, httpbinding.EscapePath(path, false)
	return &u
}

// emptyHash is the SHA-256 of no bytes, which is what a GET sends.
const emptyHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

func (s *s3) sign(r *asked) error {
	if s.load(); s.broken != nil {
		return s.broken
	}
	if s.anonymous != nil {
		return nil
	}
	who, err := s.config.Credentials.Retrieve(r.Context())
	if err != nil {
		return fmt.Errorf("credentials of AWS: %w", withoutURL(err))
	}
	r.Header.Set("X-Amz-Content-Sha256", emptyHash)
	return v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }).
		SignHTTP(r.Context(), who, r.Request, emptyHash, "s3", s.region(bucketOf(r.URL, s.endpoint != nil)), time.Now())
}

// bucketOf is the bucket that an address is in.
func bucketOf(u *url.URL, own bool) string {
	if before, _, ok := strings.Cut(u.Host, ".s3."); ok && !own {
		return before
	}
	bucket, _, _ := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	return bucket
}

// moved learns the region of a bucket from an answer that says to ask there.
func (s *s3) moved(answer *http.Response) bool {
	region := answer.Header.Get("X-Amz-Bucket-Region")
	bucket := bucketOf(answer.Request.URL, s.endpoint != nil)
	if region == "" || region == s.region(bucket) {
		return false
	}
	s.mu.Lock()
	s.regions[bucket] = region
	s.mu.Unlock()
	return true
}

func (s *s3) hint() string {
	if s.anonymous != nil {
		return "no credentials of AWS were found in the environment, in ~/.aws or on the machine"
	}
	return ""
}

func (s *s3) list(c *Client, l location) ([]string, error) {
	prefix := l.key
	l.key = ""
	var names []string
	for token := ""; ; {
		u := s.address(&l)
		q := url.Values{"list-type": {"2"}, "prefix": {prefix}}
		if token != "" {
			q.Set("continuation-token", token)
		}
		u.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
		var page struct {
			Contents []struct{ Key string }
			Next     string `xml:"NextContinuationToken"`
		}
		_, err := c.page(s, u, func(r io.Reader) error { return xml.NewDecoder(r).Decode(&page) })
		if err != nil {
			return nil, err
		}
		for _, o := range page.Contents {
			names = append(names, "s3://"+l.bucket+"/"+o.Key)
		}
		if token = page.Next; token == "" {
			return names, nil
		}
	}
}
