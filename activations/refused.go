package activations

import (
	"regexp"
	"strings"

	"tell/activations/internal/input"
)

// Formats that are known but not read: what to do instead is the error.

// compressions are what whole files are compressed by, and what unpacks them.
var compressions = []struct{ magic, name, command string }{
	{"\x1f\x8b\x08", "gzip", "gunzip"},
	{"\x28\xb5\x2f\xfd", "zstd", "unzstd"},
	{"\xfd7zXZ\x00", "xz", "unxz"},
	{"BZh9", "bzip2", "bunzip2"},
}

// isCompressed matches a file that is compressed as a whole, whatever is in it.
func isCompressed(head []byte) bool { return compressionOf(head) >= 0 }

func compressionOf(head []byte) int {
	for i, c := range compressions {
		if strings.HasPrefix(string(head), c.magic) {
			return i
		}
	}
	return -1
}

func openCompressed(f *input.File, _ Spec) (source, error) {
	head, err := f.Head(headSize)
	if err != nil {
		return nil, err
	}
	c := compressions[compressionOf(head)]
	return nil, f.Errorf("", -1, "a file that "+c.name+" has compressed", "what is in it; unpack it with: %s FILE", c.command)
}

func isEmpty(f *input.File, _ []byte, _ Spec) bool { return f.Size == 0 }

func openEmpty(f *input.File, _ Spec) (source, error) {
	return nil, f.Errorf("", -1, "an empty file", "%s", formatNames())
}

const torchAdvice = `convert it with: python -c "import torch; torch.save(torch.load('FILE', weights_only=True), 'FILE.pt')"`

// refuseTorch is for archives that were repacked, with the members in
// another order.
func refuseTorch(f *input.File) error {
	return f.Errorf("", 0, "a PyTorch archive in which "+torchPickle+" is not the first member", "it as torch.save writes it; %s", torchAdvice)
}

// torchLegacyMagic begins files of torch.save before its zip archives: a pickle
// of the number 0x1950a86a20f9469cfc6c.
const torchLegacyMagic = "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."

func openTorchLegacy(f *input.File, _ Spec) (source, error) {
	return nil, f.Errorf("", 0, "a PyTorch file in the format before version 1.6", "the zip archive that torch.save writes since; %s", torchAdvice)
}

// isPickle matches the protocols that pickle.dump has used.
func isPickle(head []byte) bool {
	return len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

// textPickle matches protocol 0, which is lines of text: a list, a dictionary or
// an object, and where it is kept.
var textPickle = regexp.MustCompile(`^(\((lp|dp)\d+\r?\n|\(?c[\w.]+\r?\n[\w.]+\r?\np\d+\r?\n\()`)

func openPickle(f *input.File, _ Spec) (source, error) {
	return nil, f.Errorf("", 0, "a Python pickle", "a format that runs no code; convert it, if you trust it, with: python -c "+
		`"import numpy, pickle; numpy.save('FILE.npy', numpy.asarray(pickle.load(open('FILE.pkl', 'rb'))['states']))"`)
}

// openHDF5 refuses, as there is no reader to build on. Those without cgo do not
// survive damage, and the two that are maintained lack float16: one changed
// word of a file of 2 KB makes github.com/scigolib/hdf5 v0.14.0 ask for 96 GB,
// which ends the process, and github.com/batchatco/go-native-netcdf (March
// 2026) exit.
func openHDF5(f *input.File, _ Spec) (source, error) {
	return nil, f.Errorf("", 0, "an HDF5 file", `a format that is read; convert it with: python -c "import h5py, numpy; `+
		`numpy.save('FILE.npy', h5py.File('FILE.h5')['DATASET'][:])"; or, where it has a dataset for every sentence as NeuroX writes, with: `+
		`python -c "import h5py, numpy; f = h5py.File('FILE.h5'); [numpy.save(f'FILE-{int(k):06}.npy', f[k][:]) for k in f if k.isdigit()]", `+
		`whose files FILE-*.npy have the axes layer, position, width`)
}

func openFeather1(f *input.File, _ Spec) (source, error) {
	return nil, f.Errorf("", 0, "a Feather file of version 1", `Arrow or Feather version 2; convert it with: python -c "import pyarrow.feather as f; `+
		`f.write_feather(f.read_table('FILE'), 'FILE.arrow')"`)
}
