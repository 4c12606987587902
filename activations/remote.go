package activations

import (
	"context"

	"tell/activations/internal/input"
)

// IsRemote reports whether a path names an object, s3://BUCKET/KEY, gs://BUCKET/KEY,
// hf://datasets/OWNER/NAME/FILE or a URL, and not a file on disk. Whatever takes a
// path to a dump or a table takes one of these.
func IsRemote(path string) bool { return input.IsRemote(path) }

// HasSecret reports whether a path is a URL that may have a credential in it: a
// query, as presigned URLs do, or a name and password. Messages leave these out.
func HasSecret(path string) bool { return input.IsRemote(path) && Printable(path) != path }

// LimitCache bounds the bytes of objects that are kept in memory so as not to be
// fetched again, in all dumps together, and returns the bound. There is a least
// one, of a few blocks. Before it is called the bound is 256 MiB.
func LimitCache(bytes int64) int64 { return input.LimitCache(bytes) }

// Within ends all reads of objects when the context ends, also those that wait for a
// store. It is called before the first one.
func Within(ctx context.Context) { input.Within(ctx) }

// Stat finds out the state of a file of a dump or a table.
func Stat(path string) (File, error) {
	s, err := input.Stat(path)
	if err != nil {
		return File{}, input.Plainly(err)
	}
	if input.IsRemote(path) {
		path = Printable(path)
	}
	return File{Path: path, Size: s.Size, Modified: s.Modified, ETag: s.ETag}, nil
}
