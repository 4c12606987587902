package activations

import (
	"encoding/json"
	"errors"
	"fmt"
)

// readJSONFile reads a small JSON file into v.
func readJSONFile(path string, v any) error {
	f, err := openFile(path)
	if err != nil {
		return err
	}
	return errors.Join(readJSON(f, v), f.Close())
}

// readJSON reads all of f, which is JSON, into v.
func readJSON(f *file, v any) error {
	if f.size > maxMetadata {
		return f.errorf("", -1, fmt.Sprintf("%d bytes", f.size), "at most %d of JSON", maxMetadata)
	}
	b := make([]byte, f.size)
	if err := f.readAt(b, 0, ""); err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return f.errorf("", -1, err.Error(), "JSON")
	}
	return nil
}
