// Package pickle decodes Python pickles of plain data, as a stranger may have
// written them. It makes lists, tuples, dictionaries, numbers and text.
// Whatever else a pickle names has to be in a table that the caller gives:
// nothing is imported, and no name is called that the table does not hold.
//
// The opcodes are those with which Python writes data in the protocols 2 to 5;
// see Lib/pickletools.py for what they mean. Memory follows the length of the
// pickle, and nothing recurses, however deep it nests.
package pickle

import "fmt"

// Values are nil for None, bool, int64, float64, string, []byte, Tuple, *List,
// *Dict, and what the table and Persistent give.
type (
	Tuple []any
	List  struct{ Items []any }
	Dict  struct{ Keys, Values []any } // in the order of the pickle
)

// Func is what a pickle may call. Its arguments are not to be trusted either.
// An *Error that it returns gets the offset of the call.
type Func func(args Tuple) (any, error)

// Decoder says what pickles may hold beside plain data.
type Decoder struct {
	// Globals are the values of dotted names, such as
	// "collections.OrderedDict"; a Func may be called.
	Globals map[string]any
	// Persistent gives the object that an id stands for; nil refuses all.
	Persistent func(id any) (any, error)
	// Expected ends the refusal of a name that is not in Globals.
	Expected string
}

// Error says what is wrong with a pickle.
type Error struct {
	Offset   int // of the opcode
	Found    string
	Expected string
}

func (e *Error) Error() string {
	return fmt.Sprintf("pickle at byte %d: found %s, expected %s", e.Offset, e.Found, e.Expected)
}

// Kind names the type of a value as Python does, for messages. It is short
// whatever the value holds.
func Kind(v any) string {
	switch v.(type) {
	case nil:
		return "None"
	case bool:
		return "a bool"
	case int64:
		return "an int"
	case float64:
		return "a float"
	case string:
		return "a str"
	case []byte:
		return "bytes"
	case Tuple:
		return "a tuple"
	case *List:
		return "a list"
	case *Dict:
		return "a dict"
	case Func:
		return "a callable"
	}
	return "an object"
}
