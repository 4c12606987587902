package input

import (
	"encoding/json"
	"errors"
	"fmt"
)

// ReadJSONFile reads a small JSON file into v.
func ReadJSONFile(path string, v any) error {
	f, err := Open(path)
	if err != nil {
		return err
	}
	return errors.Join(ReadJSON(f, v), f.Close())
}

// ReadJSON reads all of f, which is JSON, into v.
func ReadJSON(f *File, v any) error {
	if f.Size > MaxMetadata {
		return f.Errorf("", -1, fmt.Sprintf("%d bytes", f.Size), "at most %d of JSON", MaxMetadata)
	}
	b := make([]byte, f.Size)
	if err := f.ReadAt(b, 0, ""); err != nil {
		return err
	}
	if err := json.Unmarshal(b, v); err != nil {
		return f.Errorf("", -1, err.Error(), "JSON")
	}
	return nil
}
