package input

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"
	"testing"
)

func TestErrorsInWords(t *testing.T) {
	for _, test := range []struct {
		err  error
		want string
	}{
		{io.ErrUnexpectedEOF, "an early end"},
		{fmt.Errorf("tensor %q: %w", "a", io.EOF), `tensor "a": an early end`},
		{errors.New("EOF marker"), "EOF marker"},
	} {
		if got := InWords(test.err); got != test.want {
			t.Errorf("%v: %q, want %q", test.err, got, test.want)
		}
	}
	if _, err := Open("none.npy"); !errors.Is(err, fs.ErrNotExist) || strings.Count(err.Error(), "none.npy") != 1 || !strings.HasPrefix(err.Error(), "none.npy: ") {
		t.Errorf("a file that is not there: %v", err)
	}
	e := &FormatError{File: "a.csv", Line: 3, Part: `key "x"`, Offset: -1, Found: "this", Expected: "that"}
	if got, want := e.Error(), `a.csv:3: key "x": found this, expected that`; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
