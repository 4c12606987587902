"""Write arrays of zarr, versions 2 and 3, with zarr and tensorstore.

    pip install numpy zarr tensorstore
    python make_zarr.py
"""

import os
import shutil
import warnings

import numcodecs
import numpy as np
import tensorstore as ts
import zarr
from zarr import codecs

from planted import columns, states

warnings.simplefilter("ignore")  # types of text that version 3 does not specify yet
shutil.rmtree("zarr", ignore_errors=True)
os.makedirs("zarr")


def write(name, array=states.astype(np.float32), version=3, **how):
    z = zarr.create_array(f"zarr/{name}", shape=array.shape, dtype=array.dtype, zarr_format=version, **how)
    z[:] = array


# As zarr.save leaves them, and with the chunks along every axis.
zarr.save("zarr/saved.zarr", states.astype(np.float16))
zarr.save("zarr/saved2.zarr", states.astype(np.float16), zarr_format=2)
write("chunks.zarr", chunks=(2, 2, 3))
write("plain.zarr", chunks=(2, 1, 4), compressors=None)
write("gzip_big.zarr", chunks=(2, 3, 3), serializer=codecs.BytesCodec(endian="big"), compressors=[codecs.GzipCodec(), codecs.Crc32cCodec()])
write("transposed.zarr", chunks=(3, 2, 4), filters=[codecs.TransposeCodec(order=(2, 0, 1))])
write("fortran2.zarr", version=2, chunks=(2, 2, 3), order="F", compressors=numcodecs.Zlib(), chunk_key_encoding={"name": "v2", "separator": "/"})
write("big2.zarr", states.astype(">f8"), version=2, chunks=(4, 3, 4), compressors=numcodecs.LZ4())
write("gzip2.zarr", version=2, chunks=(4, 3, 4), compressors=numcodecs.GZip())

# The last rows of what was made for more were never written.
z = zarr.create_array("zarr/missing.zarr", shape=states.shape, chunks=(2, 3, 4), dtype="float16", fill_value=0.25)
z[:4] = states[:4]

# Blosc, the default before zarr 3: of several blocks, of bytes of each number apart, and
# too small or too random to shrink.
long = np.arange(48 * 2 * 96).reshape(48, 2, 96) / 8
for name in ["lz4", "zstd", "zlib", "lz4hc"]:
    write(f"blosc_{name}2.zarr", long, version=2, chunks=(40, 2, 96), compressors=numcodecs.Blosc(name, blocksize=8192))
# Blocks of which the last is shorter: lz4 and zlib have 8192 of every byte of a number.
steps = (np.arange(48 * 2 * 480) // 240).reshape(48, 2, 480).astype(np.float32)
for name in ["lz4", "zlib", "zstd"]:
    write(f"blosc_steps_{name}2.zarr", steps, version=2, chunks=steps.shape, compressors=numcodecs.Blosc(name, clevel=1, blocksize=8192))
write("blosc_unshuffled2.zarr", version=2, chunks=(2, 2, 3), compressors=numcodecs.Blosc("lz4", shuffle=0))
write("blosc3.zarr", long.astype(np.float32), chunks=(48, 1, 96), compressors=codecs.BloscCodec(cname="zstd", shuffle="shuffle"))

# A group, with the columns of the table beside the states.
g = zarr.open_group("zarr/group.zarr", mode="w")
for i in range(3):
    g.create_array(f"acts/layer_{i}", data=states[:, i].astype(np.float16))
g.create_array("id", data=np.array(columns["id"]))
g.create_array("label", data=np.array(columns["label"]))
g.create_array("text", shape=(5,), dtype=str)[:] = np.array(columns["id"])  # of variable length, which is not read

# Tensorstore has bfloat16 in both versions.
for driver, name in [("zarr", "bf16_2.zarr"), ("zarr3", "bf16.zarr")]:
    spec = {"driver": driver, "kvstore": {"driver": "file", "path": f"zarr/{name}"}}
    out = ts.open(spec, create=True, dtype=ts.bfloat16, shape=states.shape, chunk_layout=ts.ChunkLayout(chunk_shape=(2, 3, 4))).result()
    out.write(states.astype(ts.bfloat16.numpy_dtype)).result()

# What is refused.
write("sharded.zarr", chunks=(1, 1, 4), shards=(2, 3, 4))
write("bits2.zarr", version=2, chunks=(5, 3, 4), compressors=numcodecs.Blosc("lz4", shuffle=2))
write("bz2.zarr", version=2, chunks=(5, 3, 4), compressors=numcodecs.BZ2())
store = zarr.storage.ZipStore("zarr/zipped.zip", mode="w")
zarr.create_array(store, data=states)
store.close()
