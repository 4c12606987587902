package objects

import (
	"errors"
	"net/url"
)

// web is any server of files. A name and password before the host are sent as HTTP
// has it.
type web struct{}

func (web) address(l *location) *url.URL { return l.url }
func (web) sign(*asked) error            { return nil }
func (web) hint() string                 { return "" }

func (web) list(*Client, location) ([]string, error) {
	return nil, errors.New("found a folder or a pattern, expected the URL of a file: only s3, gs and hf list files")
}
