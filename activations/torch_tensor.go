package activations

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"tell/activations/internal/input"
	"tell/internal/pickle"
)

// torchType is a type of numbers: what states can be, and the code that a
// column has.
type torchType struct {
	name  string
	size  int64
	dtype DType
	code  string
}

var torchTypes = []torchType{
	{"float64", 8, F64, "f8"}, {"float32", 4, F32, "f4"}, {"float16", 2, F16, "f2"}, {"bfloat16", 2, BF16, "bf"},
	{"float8_e4m3fn", 1, F8E4M3, ""}, {"float8_e5m2", 1, F8E5M2, ""},
	{"int64", 8, "", "i8"}, {"int32", 4, "", "i4"}, {"int16", 2, "", "i2"}, {"int8", 1, "", "i1"},
	{"uint64", 8, "", "u8"}, {"uint32", 4, "", "u4"}, {"uint16", 2, "", "u2"}, {"uint8", 1, "", "u1"},
	{"bool", 1, "", "b1"}, {"float8_e4m3fnuz", 1, "", ""}, {"float8_e5m2fnuz", 1, "", ""}, {"float8_e8m0fnu", 1, "", ""},
	{"complex32", 4, "", ""}, {"complex64", 8, "", ""}, {"complex128", 16, "", ""},
}

// torchStorages are the classes that name types in a storage's id.
var torchStorages = map[string]string{
	"DoubleStorage": "float64", "FloatStorage": "float32", "HalfStorage": "float16", "BFloat16Storage": "bfloat16",
	"LongStorage": "int64", "IntStorage": "int32", "ShortStorage": "int16", "CharStorage": "int8", "ByteStorage": "uint8",
	"BoolStorage": "bool", "ComplexFloatStorage": "complex64", "ComplexDoubleStorage": "complex128",
}

// torchGlobals is everything that a pickle may name.
var torchGlobals = newTorchGlobals()

func newTorchGlobals() map[string]any {
	globals := map[string]any{
		"torch._utils._rebuild_tensor_v2":     pickle.Func(rebuildTensor),
		"torch._utils._rebuild_tensor_v3":     pickle.Func(rebuildTyped),
		"torch._utils._rebuild_parameter":     pickle.Func(firstOf),
		"torch._utils._rebuild_nested_tensor": pickle.Func(refuseNested),
		"torch.Size":                          pickle.Func(firstOf),
		"torch.device":                        pickle.Func(firstOf),
		"_codecs.encode":                      pickle.Func(firstOf), // bytes in protocol 2
		"collections.OrderedDict":             pickle.Func(emptyDict),
		"collections.defaultdict":             pickle.Func(emptyDict),
		"torch.storage.UntypedStorage":        torchType{name: "bytes", size: 1},
		"__builtin__.list":                    nil, // what a defaultdict makes
		"__builtin__.dict":                    nil,
		"builtins.list":                       nil,
		"builtins.dict":                       nil,
	}
	byName := map[string]torchType{}
	for _, typ := range torchTypes {
		byName[typ.name] = typ
		globals["torch."+typ.name] = typ
	}
	for class, name := range torchStorages {
		globals["torch."+class] = byName[name]
	}
	return globals
}

// firstOf represents callables for which only the first argument matters: the
// tensor in a parameter, the numbers in a torch.Size.
func firstOf(args pickle.Tuple) (any, error) {
	if len(args) == 0 {
		return nil, refuseArguments(args, "at least one")
	}
	return args[0], nil
}

func refuseNested(pickle.Tuple) (any, error) {
	return nil, &pickle.Error{Found: "a nested tensor", Expected: "a list of tensors: save list(tensor.unbind())"}
}

func emptyDict(args pickle.Tuple) (any, error) {
	if len(args) > 1 || len(args) == 1 && args[0] != nil {
		return nil, refuseArguments(args, "none, or a list or dict to begin with")
	}
	return &pickle.Dict{}, nil
}

func refuseArguments(args pickle.Tuple, expected string) error {
	kinds := make([]string, min(len(args), 8))
	for i := range kinds {
		kinds[i] = pickle.Kind(args[i])
	}
	return &pickle.Error{Found: fmt.Sprintf("%d arguments %v", len(args), kinds), Expected: expected}
}

// torchStorage is a block of numbers that tensors are views of.
type torchStorage struct {
	torchRecord
	typ torchType
}

// storage finds the storage that a persistent id names.
func (a *torchArchive) storage(id any) (any, error) {
	args, _ := id.(pickle.Tuple)
	if len(args) != 5 || args[0] != "storage" {
		return nil, refuseArguments(args, "storage, type, key, device and size")
	}
	typ, isType := args[1].(torchType)
	key, isText := args[2].(string)
	n, isCount := args[4].(int64)
	if !isType || !isText || !isCount || n < 0 || n > input.MaxNumbers {
		return nil, refuseArguments(args, "storage, type, key, device and size")
	}
	r, ok := a.storages[key]
	if !ok {
		return nil, &pickle.Error{Found: fmt.Sprintf("storage %.40q", key), Expected: fmt.Sprintf("one of the %d in the file", len(a.storages))}
	}
	if n*typ.size != r.size {
		return nil, &pickle.Error{Found: fmt.Sprintf("%d numbers of %s in storage %q", n, typ.name, key), Expected: fmt.Sprintf("the %d bytes that it has", r.size)}
	}
	return &torchStorage{r, typ}, nil
}

// maxTorchRank is PyTorch's own limit.
const maxTorchRank = 64

// torchTensor is a view of a storage. Offset and strides count in numbers.
type torchTensor struct {
	storage *torchStorage
	typ     torchType
	offset  int64
	shape   []int
	strides []int64
	refusal string // why it cannot be read, other than its type
}

// rebuildTensor is torch._utils._rebuild_tensor_v2: storage, offset, shape,
// strides, whether gradients are kept, hooks, and perhaps bits such as that of
// a negative view.
func rebuildTensor(args pickle.Tuple) (any, error) {
	if len(args) != 6 && len(args) != 7 {
		return nil, refuseArguments(args, "6 or 7 of a tensor")
	}
	storage, ok := args[0].(*torchStorage)
	if !ok {
		return nil, refuseArguments(args, "a storage first")
	}
	return newTorchTensor(storage, storage.typ, args, args[6:])
}

// rebuildTyped is torch._utils._rebuild_tensor_v3, whose storage is bytes and
// whose type comes after the hooks.
func rebuildTyped(args pickle.Tuple) (any, error) {
	if len(args) != 7 && len(args) != 8 {
		return nil, refuseArguments(args, "7 or 8 of a tensor with a type")
	}
	storage, ok := args[0].(*torchStorage)
	typ, isType := args[6].(torchType)
	if !ok || !isType {
		return nil, refuseArguments(args, "a storage first and a type last")
	}
	return newTorchTensor(storage, typ, args, args[7:])
}

func newTorchTensor(storage *torchStorage, typ torchType, args, bits pickle.Tuple) (any, error) {
	t := &torchTensor{storage: storage, typ: typ}
	offset, ok := args[1].(int64)
	shape, isShape := integers(args[2])
	strides, areStrides := integers(args[3])
	if !ok || !isShape || !areStrides || len(shape) != len(strides) {
		return nil, refuseArguments(args, "offset, shape and strides after the storage")
	}
	t.offset, t.strides = offset, strides
	for _, n := range shape {
		t.shape = append(t.shape, int(n))
	}
	if end, ok := t.end(); !ok || end > storage.size/typ.size {
		return nil, &pickle.Error{Found: fmt.Sprintf("a tensor of shape %.40v, strides %.40v and offset %d", shape, strides, offset),
			Expected: fmt.Sprintf("one inside the %d numbers of its storage", storage.size/typ.size)}
	}
	t.tidyStrides()
	if len(bits) > 0 {
		if d, ok := bits[0].(*pickle.Dict); !ok || len(d.Keys) > 0 {
			t.refusal = "a view that negates or conjugates"
		}
	}
	return t, nil
}

// integers converts a tuple of sizes, none of them negative.
func integers(v any) ([]int64, bool) {
	tuple, ok := v.(pickle.Tuple)
	if len(tuple) > maxTorchRank {
		return nil, false
	}
	numbers := make([]int64, len(tuple))
	for i, v := range tuple {
		n, isInt := v.(int64)
		ok = ok && isInt && n >= 0 && n <= input.MaxNumbers
		numbers[i] = n
	}
	return numbers, ok
}

// end is the number after the last that the tensor reaches.
func (t *torchTensor) end() (int64, bool) {
	end := t.offset + 1
	for i, n := range t.shape {
		if n == 0 {
			return t.offset, t.offset >= 0
		}
		step, ok := product([]int{n - 1}, t.strides[i])
		if end += step; !ok || end > input.MaxNumbers {
			return 0, false
		}
	}
	return end, t.offset >= 0
}

// tidyStrides gives axes of one item, whose strides may be anything, those of C
// order, and refuses tensors of which several numbers are the same one.
func (t *torchTensor) tidyStrides() {
	if slices.Contains(t.shape, 0) {
		t.strides = nil
		return
	}
	var axes []int
	next := int64(1)
	for i := len(t.shape) - 1; i >= 0; i-- {
		if t.shape[i] == 1 {
			t.strides[i] = next
		} else {
			axes = append(axes, i)
		}
		next = t.strides[i] * int64(t.shape[i])
	}
	slices.SortFunc(axes, func(i, j int) int { return cmp.Compare(t.strides[i], t.strides[j]) })
	reach := int64(1)
	for _, i := range axes {
		if t.strides[i] < reach {
			t.refusal = "a view that repeats numbers, as expand makes"
		}
		reach += int64(t.shape[i]-1) * t.strides[i]
	}
}

// place says where in the file the numbers are.
func (t *torchTensor) place(a *torchArchive, name string, declared DType) *tensor {
	size := t.typ.size
	p := &tensor{name: name, source: a.File, code: t.typ.code, stored: storage{
		part: fmt.Sprintf("tensor %q", name), offset: t.storage.offset + t.offset*size,
		encoding: encoding{t.typ.dtype, a.bigEndian}, shape: t.shape}}
	for _, stride := range t.strides {
		p.stored.strides = append(p.stored.strides, stride*size)
	}
	p.numbers = &input.File{Path: a.Path, Size: t.storage.offset + t.storage.size, R: a.R}
	if n, ok := product(t.shape, size); ok {
		p.size = p.stored.offset + n
	}
	if (t.typ.code == "u2" || t.typ.code == "i2") && (declared == BF16 || declared == F16) {
		p.stored.dtype = declared
	}
	switch {
	case t.refusal != "":
		p.refusal = a.Errorf(p.stored.part, p.stored.offset, t.refusal, "numbers of its own; save tensor.clone().contiguous()")
		p.code = ""
	case p.stored.dtype == "":
		p.refusal = a.Errorf(p.stored.part, p.stored.offset, "dtype "+t.typ.name, "float16, bfloat16, float32, float64, float8_e4m3fn or float8_e5m2")
	case declared != "" && declared != p.stored.dtype:
		p.refusal = a.Errorf(p.stored.part, p.stored.offset, "dtype "+t.typ.name, "%s, as declared", declared)
	}
	if len(t.shape) == 1 && t.shape[0] > 1 && t.strides[0] > 1 {
		p.pack(t.strides[0]*size, size)
	}
	return p
}

// pack has the numbers of a strided column read one after the other.
func (t *tensor) pack(stride, size int64) {
	numbers, at, left := t.numbers, t.stored.offset, int64(t.stored.shape[0])
	t.numbers, t.size, t.stored.offset, t.stored.strides = nil, left*size, 0, nil
	most := int64(1)
	if stride <= spanLimit {
		most = 1 + (blockSize-size)/stride
	}
	t.unpack = func(w io.Writer) error {
		b := make([]byte, min(left-1, most-1)*stride+size)
		for left, at := left, at; left > 0; {
			n := min(left, most)
			if err := numbers.ReadAt(b[:(n-1)*stride+size], at, t.stored.part); err != nil {
				return err
			}
			gather(b, int(n), int(size), int(stride))
			if _, err := w.Write(b[:n*size]); err != nil {
				return err
			}
			left, at = left-n, at+n*stride
		}
		return nil
	}
}
