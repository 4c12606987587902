package result

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"

	"tell/estimate"
	"tell/internal/atomicfile"
)

// WriteJSON writes results.json.
func WriteJSON(path string, r *Result) error {
	return atomicfile.Write(path, func(w io.Writer) error { return encodeJSON(w, r) })
}

func encodeJSON(w io.Writer, r *Result) error {
	if err := r.Table.check(); err != nil {
		return err
	}
	named := *r
	named.Schema = Schema
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(&named)
}

// ReadJSON reads what [WriteJSON] wrote. A file of another schema is an error.
func ReadJSON(path string) (*Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r, err := decodeJSON(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func decodeJSON(data []byte) (*Result, error) {
	var head struct {
		Schema *string `json:"schema"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, located(err)
	}
	switch {
	case head.Schema == nil:
		return nil, fmt.Errorf("found no schema, expected %q", Schema)
	case *head.Schema != Schema:
		return nil, fmt.Errorf("found schema %q, expected %q; run the study again with this version", *head.Schema, Schema)
	}
	r := new(Result)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, located(err)
	}
	if err := r.Protocol.check(); err != nil {
		return nil, err
	}
	if err := r.Table.check(); err != nil {
		return nil, err
	}
	return r, nil
}

// located adds where the text stops being JSON.
func located(err error) error {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("at byte %d: %w", syntax.Offset, err)
	}
	return err
}

// wireRow is a row in JSON, where a layer or a position that is None is left
// out.
type wireRow struct {
	Block     Block             `json:"block"`
	Target    string            `json:"target,omitempty"`
	Train     string            `json:"train,omitempty"`
	Test      string            `json:"test,omitempty"`
	Dump      string            `json:"dump,omitempty"`
	Layer     *int              `json:"layer,omitempty"`
	Position  *int              `json:"position,omitempty"`
	Predictor string            `json:"predictor,omitempty"`
	Subset    Subset            `json:"subset,omitzero"`
	Key       string            `json:"key"`
	Estimate  estimate.Estimate `json:"estimate"`
	Null      *Null             `json:"null,omitempty"`
	Unit      string            `json:"unit"`
}

// MarshalJSON implements [json.Marshaler].
func (r Row) MarshalJSON() ([]byte, error) {
	w := wireRow{r.Block, r.Target, r.Train, r.Test, r.Dump, unlessNone(r.Layer), unlessNone(r.Position),
		r.Predictor, r.Subset, r.Key, r.Estimate, r.Null, r.Unit}
	return json.Marshal(w)
}

func unlessNone(i int) *int {
	if i == None {
		return nil
	}
	return &i
}

// UnmarshalJSON implements [json.Unmarshaler].
func (r *Row) UnmarshalJSON(data []byte) error {
	var w struct {
		wireRow
		Estimate *estimate.Estimate `json:"estimate"`
	}
	if err := json.Unmarshal(data, &w); err != nil {
		return err
	}
	if w.Estimate == nil {
		return fmt.Errorf("found the row %s without an estimate, expected one", data)
	}
	*r = Row{w.Block, w.Target, w.Train, w.Test, w.Dump, orNone(w.Layer), orNone(w.Position),
		w.Predictor, w.Subset, w.Key, *w.Estimate, w.Null, w.Unit}
	return nil
}

func orNone(i *int) int {
	if i == nil {
		return None
	}
	return *i
}
