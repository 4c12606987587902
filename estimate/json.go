package estimate

import (
	"encoding/json"
	"fmt"
	"math"
)

// wire is an Estimate in JSON. Pointers tell an absent number from zero.
type wire struct {
	Value        *float64  `json:"value,omitempty"`
	Low          *float64  `json:"low,omitempty"`
	High         *float64  `json:"high,omitempty"`
	Level        *float64  `json:"level,omitempty"`
	LowError     float64   `json:"low_error,omitempty"`
	HighError    float64   `json:"high_error,omitempty"`
	NotEstimable string    `json:"not_estimable,omitempty"`
	N            int       `json:"n"`
	Groups       int       `json:"groups,omitempty"`
	Method       string    `json:"method,omitempty"`
	Warnings     []Warning `json:"warnings,omitempty"`
}

// MarshalJSON writes
//
//	{"value":0.284,"low":0.213,"high":0.352,"level":0.95,"n":576,"groups":96,"method":"..."}
//
// or, where there is no value, {"not_estimable":"reason","n":0}. "low", "high"
// and "level" are left out together if there is no interval. "low_error" and
// "high_error", the Monte Carlo standard errors of the ends, follow them where
// they are known.
func (e Estimate) MarshalJSON() ([]byte, error) {
	w := wire{NotEstimable: e.Reason, N: e.N, Groups: e.Groups, Method: e.Method, Warnings: e.Warnings}
	if e.OK() {
		if math.IsNaN(e.Value) || math.IsInf(e.Value, 0) {
			return nil, fmt.Errorf("estimate: value is %v and no reason is given", e.Value)
		}
		w.Value = &e.Value
		if e.Interval != nil {
			w.Low, w.High, w.Level = &e.Interval.Low, &e.Interval.High, &e.Interval.Level
			w.LowError, w.HighError = e.Interval.LowError, e.Interval.HighError
		}
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (e *Estimate) UnmarshalJSON(data []byte) error {
	var w wire
	if err := json.Unmarshal(data, &w); err != nil {
		return fmt.Errorf("estimate: %w", err)
	}
	*e = Estimate{Value: math.NaN(), N: w.N, Groups: w.Groups, Method: w.Method, Reason: w.NotEstimable, Warnings: w.Warnings}
	switch {
	case w.Value == nil && w.NotEstimable == "":
		return fmt.Errorf(`estimate: neither "value" nor "not_estimable" in %s`, data)
	case w.Value != nil && w.NotEstimable != "":
		return fmt.Errorf(`estimate: both "value" and "not_estimable" in %s`, data)
	case w.Value == nil:
		return nil
	}
	e.Value = *w.Value
	given := 0
	for _, p := range []*float64{w.Low, w.High, w.Level} {
		if p != nil {
			given++
		}
	}
	switch given {
	case 0:
	case 3:
		e.Interval = &Interval{Low: *w.Low, High: *w.High, Level: *w.Level, LowError: w.LowError, HighError: w.HighError}
	default:
		return fmt.Errorf(`estimate: "low", "high" and "level" go together, found %d of them in %s`, given, data)
	}
	return nil
}
