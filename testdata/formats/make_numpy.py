"""Write npy files of every kind that NumPy and ml_dtypes write.

Every array counts up in eighths: the planted states, or those of 5 rows x
3 layers x 2 positions x 4 wide.

    pip install numpy ml_dtypes
    python make_numpy.py
"""

import ml_dtypes
import numpy as np

from planted import states

positions = np.arange(5 * 3 * 2 * 4).reshape(5, 3, 2, 4) / 8


def write(name, array, version=None):
    with open(name, "wb") as f:
        np.lib.format.write_array(f, array, version=version)


write("v1_f2.npy", states.astype("<f2"), (1, 0))
write("v2_f4.npy", states.astype("<f4"), (2, 0))
write("v3_f8.npy", states.astype("<f8"), (3, 0))
write("big_f2.npy", states.astype(">f2"))
write("big_f4.npy", states.astype(">f4"))
write("big_f8.npy", states.astype(">f8"))
write("fortran_f2.npy", np.asfortranarray(states.astype("<f2")))
write("fortran_big_f8.npy", np.asfortranarray(positions.astype(">f8")))
write("positions_f4.npy", positions.astype("<f4"))
write("layers_first_f4.npy", np.ascontiguousarray(states.transpose(1, 0, 2).astype("<f4")))
write("width_first_f2.npy", np.ascontiguousarray(states.transpose(2, 1, 0).astype("<f2")))
write("one_layer_f4.npy", states[:, 0].astype("<f4"))
write("bf16_uint16.npy", states.astype(ml_dtypes.bfloat16).view("<u2"))
write("bf16_void.npy", states.astype(ml_dtypes.bfloat16))
write("shard_0.npy", states[:2].astype("<f2"))
write("shard_1.npy", states[2:].astype("<f2"))
write("edge_f2.npy", np.array([[65504, -65504, 2**-24, -(2**-14)], [np.inf, -np.inf, np.nan, -0.0]], "<f2"))

# Types of 8 bits, all numbers of them. NumPy has no name for either.
bits = np.arange(256, dtype=np.uint8).reshape(8, 4, 8)
write("fp8_e4m3.npy", bits.view(ml_dtypes.float8_e4m3fn))
write("fp8_e5m2.npy", bits.view(ml_dtypes.float8_e5m2))
write("fp8_uint8.npy", bits)

# What has to be refused.
write("objects.npy", np.array([["a", 1], [None, 2.0]], dtype=object))
write("complex.npy", states.astype("<c8"))
write("fp8.npy", states.astype(ml_dtypes.float8_e4m3fn))
write("structured.npy", np.zeros((2, 3), dtype=[("a", "<f4"), ("b", "<f4")]))
