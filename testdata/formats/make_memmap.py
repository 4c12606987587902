"""Write raw arrays with np.memmap and a note of their shape beside them.

    pip install numpy ml_dtypes
    python make_memmap.py
"""

import json

import ml_dtypes
import numpy as np

from planted import states


def write(name, note, array, dtype, order="C"):
    """Write array as np.memmap does; dtype is what the note calls its type."""
    m = np.memmap(name, dtype=array.dtype, mode="w+", shape=array.shape, order=order)
    m[:] = array
    m.flush()
    with open(note, "w") as f:
        json.dump({"shape": array.shape, "dtype": dtype, **({"order": order} if order != "C" else {})}, f)


write("memmap_f2.dat", "memmap_f2.json", states.astype("<f2"), "float16")
write("memmap_f4.mmap", "memmap_f4.shape.json", states.astype(">f4"), ">f4")
write("memmap_f8.bin", "memmap_f8.bin.json", states.astype("<f8"), "float64", "F")

# Notes of other names, and types as str() writes those of torch and of NumPy's classes.
write("memmap_torch.bin", "memmap_torch.meta", states.astype("<f2"), "torch.float16")
write("memmap_class.mmp", "memmap_class.mmp.meta", states.astype("<f4"), str(np.float32))
write("memmap_fp8.memmap", "memmap_fp8.meta.json", np.arange(256, dtype=np.uint8).reshape(8, 4, 8), str(np.dtype(ml_dtypes.float8_e4m3fn)))
states.astype("<f4").tofile("without_note.raw")
