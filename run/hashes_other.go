//go:build !linux

package run

import (
	"time"

	"tell/activations"
)

// identify cannot tell files apart here, so that no hash is kept.
func identify(activations.File) (file string, changed time.Time) { return "", time.Time{} }
