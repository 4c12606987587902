package activations

// Formats that are known but not read: what to do instead is the error.

const torchAdvice = `a format that runs no code; convert it with: python -c "import torch, safetensors.torch as s; ` +
	`s.save_file({'states': torch.load('FILE.pt', weights_only=True).contiguous()}, 'FILE.safetensors')"`

func refuseTorch(f *file) error {
	return f.errorf("", 0, "a PyTorch file", "%s", torchAdvice)
}

// isPickle matches the protocols that torch.save and pickle.dump have used.
func isPickle(head []byte) bool {
	return len(head) > 2 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

func openPickle(f *file, _ Spec) (source, error) {
	return nil, f.errorf("", 0, "a Python pickle, perhaps of PyTorch", "%s", torchAdvice)
}

func openHDF5(f *file, _ Spec) (source, error) {
	return nil, f.errorf("", 0, "an HDF5 file", `a format that is read; convert it with: python -c "import h5py, numpy; `+
		`numpy.save('FILE.npy', h5py.File('FILE.h5')['DATASET'][:])"`)
}

func openFeather1(f *file, _ Spec) (source, error) {
	return nil, f.errorf("", 0, "a Feather file of version 1", `Arrow or Feather version 2; convert it with: python -c "import pyarrow.feather as f; `+
		`f.write_feather(f.read_table('FILE'), 'FILE.arrow')"`)
}
