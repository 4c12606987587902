"""Write dumps whose rows have 2, 3, 4 ... token positions: ragged lists of
pyarrow, and arrays padded with numpy to a common number.

    pip install numpy pyarrow
    python make_positions.py
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

ROWS, LAYERS, POSITIONS, WIDTH = 5, 3, 6, 4
states = np.arange(ROWS * LAYERS * POSITIONS * WIDTH).reshape(ROWS, LAYERS, POSITIONS, WIDTH) / 8
lengths = np.arange(2, 2 + ROWS)
kept = np.arange(POSITIONS) < lengths[:, None]
right = np.where(kept[:, None, :, None], states, 1000)
left = np.stack([np.roll(row, POSITIONS - n, axis=1) for row, n in zip(right, lengths)])

columns = {
    "n_tokens": pa.array(lengths),
    "too_long": pa.array(lengths + 3),
    "answer": pa.array([1, 0, -1, 2, 5]),
    "mask": pa.array([str([0] * (POSITIONS - n) + [1] * n) for n in lengths.tolist()]),
    "holes": pa.array([str([1, 0, 1]) for _ in lengths]),
}


def fixed(array):
    result = pa.array(array.astype("f2").reshape(-1))
    for n in array.shape[:0:-1]:
        result = pa.FixedSizeListArray.from_arrays(result, n)
    return result


def cut(layer):
    return [states[i, layer, :n].tolist() for i, n in enumerate(lengths)]


def write(name, table, compression=None, rows=2):
    table = pa.table(table)
    with pa.ipc.new_file(name, table.schema, options=pa.ipc.IpcWriteOptions(compression=compression)) as w:
        w.write_table(table, max_chunksize=rows)


one = pa.list_(pa.list_(pa.float32()))
write("padded_right.arrow", {**columns, "states": fixed(right)})
write("padded_left.arrow", {**columns, "states": fixed(left)})
write("ragged_tokens.arrow", {**columns, **{f"layers.{i}": pa.array(cut(i), one) for i in range(LAYERS)}})
whole = [states[i, :, :n].tolist() for i, n in enumerate(lengths)]
write("ragged_layers_zstd.arrow", {**columns, "states": pa.array(whole, pa.list_(one))}, "zstd")
first = [states[i, :, :n].swapaxes(0, 1).tolist() for i, n in enumerate(lengths)]
write("ragged_positions.arrow", {**columns, "states": pa.array(first, pa.large_list(one))})
uneven = [[layer[: 1 + k] for k, layer in enumerate(row)] for row in whole]
write("ragged_uneven.arrow", {"states": pa.array(uneven, pa.list_(one))})
np.savez("padded_right.npz", states=right.astype("f4"), n_tokens=lengths, answer=np.array([1, 0, -1, 2, 5]))
pq.write_table(pa.table({**columns, "states": pa.array(whole, pa.list_(one))}), "ragged_tokens.parquet")
