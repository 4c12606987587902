"""Compares tell with NumPy, pyarrow, safetensors and torch on files that these write.

Run by hand:  python oracles.py TELL [COUNT] [SEED]

For every container, COUNT dumps of random shape, type and layout are written and read
by its own library and by `tell convert`; then a byte or more of each is changed, or the
end cut off, and both read it again. Printed is the table of docs/formats.md. Needs
numpy, pyarrow, safetensors and torch.
"""

import collections
import multiprocessing
import os
import subprocess
import sys
import tempfile

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
import pyarrow.ipc as ipc
import pyarrow.parquet as pq
import safetensors.numpy
import torch

HALF, SINGLE, DOUBLE = "f2", "f4", "f8"


def numbers(rng, dtype, rank=3):
    shape = tuple(int(n) for n in rng.integers(1, (9, 4, 9)[:rank] if rank == 3 else (9, 17), rank))
    x = rng.normal(scale=10.0 ** rng.integers(-3, 4), size=shape).astype(dtype)
    if rng.random() < 0.2:
        flat = x.reshape(-1)
        flat[rng.integers(flat.size)] = rng.choice([np.nan, np.inf, -np.inf, -0.0])
    return x


def numpy_npy(rng, path):
    x = numbers(rng, rng.choice([HALF, SINGLE, DOUBLE]), int(rng.integers(2, 4)))
    x = x.astype(x.dtype.newbyteorder(rng.choice(["<", ">"])))
    if rng.random() < 0.5:
        x = np.asfortranarray(x)
    with open(path, "wb") as f:
        np.lib.format.write_array(f, x, version=[(1, 0), (2, 0), (3, 0)][rng.integers(3)])


def read_npy(path):
    return np.load(path)


def numpy_npz(rng, path):
    x = numbers(rng, rng.choice([HALF, SINGLE, DOUBLE]))
    (np.savez_compressed if rng.random() < 0.5 else np.savez)(path, states=x, label=np.arange(len(x)))


def read_npz(path):
    with np.load(path) as f:
        return f["states"]


def column(rng, x):
    value = {"f2": pa.float16(), "f4": pa.float32(), "f8": pa.float64()}[x.dtype.str[1:]]
    flat = pa.array(x.reshape(-1), type=value)
    kind = rng.integers(3)
    if kind == 0:
        return pa.FixedSizeListArray.from_arrays(flat, x.shape[1])
    ends = np.arange(len(x) + 1) * x.shape[1]
    if kind == 1:
        return pa.ListArray.from_arrays(pa.array(ends, pa.int32()), flat)
    return pa.LargeListArray.from_arrays(pa.array(ends, pa.int64()), flat)


def arrow_table(rng, types):
    x = numbers(rng, rng.choice(types), 2)
    return pa.table({"id": [f"r{i}" for i in range(len(x))], "states": column(rng, x), "label": [i % 2 for i in range(len(x))]})


def states_of(table):
    c = table["states"]
    c.validate(full=True)
    width = {len(v) for v in c.to_pylist()}
    if len(width) != 1 or c.null_count:
        raise ValueError("ragged or null")
    items = [v.as_py() for row in c for v in row.values]
    if None in items:
        raise ValueError("null")
    return np.array(items, dtype="f8").reshape(len(c), width.pop())


def arrow_file(rng, path):
    feather.write_feather(arrow_table(rng, [HALF, SINGLE, DOUBLE]), path, compression=rng.choice(["uncompressed", "lz4", "zstd"]), chunksize=int(rng.integers(1, 9)))


def read_arrow_file(path):
    return states_of(ipc.open_file(path).read_all())


def arrow_stream(rng, path):
    t = arrow_table(rng, [HALF, SINGLE, DOUBLE])
    options = ipc.IpcWriteOptions(compression=rng.choice([None, "lz4", "zstd"]))
    with ipc.new_stream(path, t.schema, options=options) as w:
        w.write_table(t, max_chunksize=int(rng.integers(1, 9)))


def read_arrow_stream(path):
    return states_of(ipc.open_stream(path).read_all())


def parquet(rng, path):
    pq.write_table(
        arrow_table(rng, [HALF, SINGLE, DOUBLE]), path,
        compression=rng.choice(["none", "snappy", "gzip", "zstd", "brotli", "lz4"]),
        data_page_version=rng.choice(["1.0", "2.0"]), use_dictionary=bool(rng.random() < 0.5),
        row_group_size=int(rng.integers(1, 9)), write_page_checksum=bool(rng.random() < 0.5),
    )


def read_parquet(path):
    return states_of(pq.read_table(path, columns=["states"], page_checksum_verification=True))


def tensor(rng, dtype):
    return torch.from_numpy(numbers(rng, "f4")).to(dtype)


TORCH = [torch.float16, torch.bfloat16, torch.float32, torch.float64]


def safetensors_file(rng, path):
    safetensors.torch.save_file({"states": tensor(rng, TORCH[rng.integers(4)])}, path, metadata={"a": "b"} if rng.random() < 0.5 else None)


def read_safetensors(path):
    with open(path, "rb") as f:
        return safetensors.torch.load(f.read())["states"].to(torch.float64).numpy()


def torch_file(rng, path):
    x = tensor(rng, TORCH[rng.integers(4)])
    kind = rng.integers(4)
    if kind == 0:
        x = x.transpose(0, 1).contiguous().transpose(0, 1)
    if kind == 1:
        x = torch.cat([x, x])[: len(x)]
    torch.save({"states": x} if kind == 2 else x, path)


def read_torch(path):
    x = torch.load(path, weights_only=True)
    return (x["states"] if isinstance(x, dict) else x).to(torch.float64).numpy()


CONTAINERS = [
    ("npy", "NumPy", "x.npy", numpy_npy, read_npy),
    ("npz", "NumPy", "x.npz", numpy_npz, read_npz),
    ("arrow-file", "pyarrow", "x.arrow", arrow_file, read_arrow_file),
    ("arrow-stream", "pyarrow", "x.arrows", arrow_stream, read_arrow_stream),
    ("parquet", "pyarrow", "x.parquet", parquet, read_parquet),
    ("safetensors", "safetensors", "x.safetensors", safetensors_file, read_safetensors),
    ("torch", "torch", "x.pt", torch_file, read_torch),
]


def reference(read, path, out):
    """Runs read in a process of its own, which a damaged file may end."""

    def child():
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
        try:
            x = np.asarray(read(path)).astype("f8")
            if x.size == 0 or x.ndim < 2:
                os._exit(1)
            np.save(out, np.ascontiguousarray(x))
        except BaseException:
            os._exit(1)
        os._exit(0)

    p = multiprocessing.get_context("fork").Process(target=child)
    p.start()
    p.join(60)
    if p.exitcode is None:
        p.kill()
        p.join()
    return np.load(out) if p.exitcode == 0 else None


def tell(command, path, out):
    if os.path.exists(out):
        os.remove(out)
    tensor = [] if path.endswith((".npy", ".pt")) else ["--tensor", "states"]
    done = subprocess.run([command, "convert", "-q", path, *tensor, "--dtype", "f64", "-o", out], capture_output=True, text=True)
    if done.returncode not in (0, 1, 2) or "panic" in done.stderr or "goroutine" in done.stderr:
        raise SystemExit(f"{path}: {done.stderr}")
    return np.load(out) if done.returncode == 0 else None


def same(a, b):
    return a.size == b.size and len(a) == len(b) and np.array_equal(a.reshape(-1), b.reshape(-1), equal_nan=True)


def damage(rng, data):
    data = bytearray(data)
    kind = rng.integers(4)
    if kind == 0:
        return data[: rng.integers(len(data))]
    for _ in range(rng.integers(1, 4)):
        end = (min(len(data), 160), len(data))[rng.integers(2)]
        at = rng.integers(end) if rng.random() < 0.7 else len(data) - 1 - rng.integers(min(len(data), 400))
        data[at] = rng.integers(256) if kind < 3 else data[at] ^ (1 << rng.integers(8))
    return data


def main():
    command, count = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 100
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    keep = os.environ.get("ORACLES_KEEP")
    print("| container | read by | whole | same numbers | damaged | both refuse | both read the same | only tell refuses | only the library refuses | other numbers |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|--:|")
    total = collections.Counter()
    for name, library, file, write, read in CONTAINERS:
        rng = np.random.default_rng([seed, len(name), ord(name[0])])
        n = collections.Counter()
        with tempfile.TemporaryDirectory() as folder:
            path, out, other = (os.path.join(folder, f) for f in (file, "tell.npy", "reference.npy"))
            for i in range(count):
                write(rng, path)
                x, y = reference(read, path, other), tell(command, path, out)
                n["whole"] += 1
                if x is not None and y is not None and same(x, y):
                    n["same"] += 1
                else:
                    print(f"{name} {i}: differs", file=sys.stderr)
                with open(path, "rb") as f:
                    data = damage(rng, f.read())
                with open(path, "wb") as f:
                    f.write(data)
                x, y = reference(read, path, other), tell(command, path, out)
                n["damaged"] += 1
                key = "differ"
                if x is None and y is None:
                    key = "both refuse"
                elif x is None:
                    key = "library refuses"
                elif y is None:
                    key = "tell refuses"
                elif same(x, y):
                    key = "both read"
                n[key] += 1
                if keep and key in ("differ", "library refuses", "tell refuses"):
                    with open(os.path.join(keep, f"{name}-{key.replace(' ', '-')}-{i}-{file}"), "wb") as f:
                        f.write(data)
        total.update(n)
        cells = [n[k] for k in ("whole", "same", "damaged", "both refuse", "both read", "tell refuses", "library refuses", "differ")]
        print(f"| {name} | {library} | " + " | ".join(map(str, cells)) + " |", flush=True)
    cells = [total[k] for k in ("whole", "same", "damaged", "both refuse", "both read", "tell refuses", "library refuses", "differ")]
    print("| all | | " + " | ".join(map(str, cells)) + " |")


if __name__ == "__main__":
    import safetensors.torch

    main()
