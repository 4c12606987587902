"""Write dumps whose rows have 2, 3, 4 ... token positions: ragged lists of
pyarrow, arrays padded with numpy to a common number, and arrays with a mask
that has holes.

    pip install numpy pyarrow safetensors
    python make_positions.py
"""

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from safetensors.numpy import save_file

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

# Parquet in row groups and in pages, with and without an index of them.
deep = pa.list_(one)
by_layer = pa.table({**columns, **{f"layers.{i}": pa.array(cut(i), one) for i in range(LAYERS)}})
pq.write_table(by_layer, "ragged_groups.parquet", row_group_size=2, compression="zstd", data_page_version="2.0")
pq.write_table(by_layer, "ragged_pages.parquet", row_group_size=3, data_page_size=1, write_batch_size=1, write_page_index=True)
pq.write_table(pa.table({**columns, "states": pa.array(first, deep)}), "ragged_positions.parquet", use_dictionary=False, data_page_size=1, write_batch_size=1, write_page_index=True)
empty = [[[] for _ in row] if i in (0, 3) else row for i, row in enumerate(whole)]
write("ragged_empty.arrow", {"states": pa.array(empty, deep)})
pq.write_table(pa.table({"states": pa.array(empty, deep)}), "ragged_empty.parquet", row_group_size=2)
pq.write_table(pa.table({"states": pa.array([row if i != 3 else None for i, row in enumerate(whole)], deep)}), "ragged_null.parquet")
pq.write_table(pa.table({"states": pa.array(uneven, deep)}), "ragged_uneven.parquet")
narrow = [[[v[:2] for v in layer] for layer in row] if i == 4 else row for i, row in enumerate(whole)]
pq.write_table(pa.table({"states": pa.array(narrow, deep)}), "ragged_narrow.parquet")

# Masks with holes: what counts of row i stands at the ones of row i, in order.
ROOM = 9
random = np.random.default_rng(3)
masks = np.zeros((ROWS, ROOM), bool)
masked = np.full((ROWS, LAYERS, ROOM, WIDTH), 1000.0)
for i, n in enumerate(lengths):
    at = np.sort(random.choice(ROOM, n, replace=False))
    masks[i, at] = True
    masked[i][:, at] = states[i, :, :n]
answer = columns["answer"]
lists = masks.astype(int).tolist()
as_lists = {
    "answer": answer,
    "small": pa.array(lists, pa.list_(pa.int8())),
    "large": pa.array(lists, pa.large_list(pa.int64())),
    "fixed": pa.array(masks.tolist(), pa.list_(pa.bool_(), ROOM)),
    "json": pa.array([str(row) for row in lists]),
    "number": pa.array(lengths),
    "short": pa.array([row[1:] for row in lists]),
    "broken": pa.array([row[:-1] + [None if i == 2 else 2] for i, row in enumerate(lists)]),
    "none": pa.array([row if i != 3 else None for i, row in enumerate(lists)]),
}
write("masked.arrow", {**as_lists, "states": fixed(masked)})
write("masked_zstd.arrow", {**as_lists, "states": fixed(masked)}, "zstd")
pq.write_table(pa.table({**as_lists, "states": pa.array(masked.tolist(), pa.list_(pa.list_(pa.list_(pa.float32()))))}), "masked.parquet", row_group_size=2)
np.savez("masked.npz", states=masked.astype("f4"), attention_mask=masks.astype(int), loss_mask=np.asfortranarray(masks), answer=np.array(answer), wide=masks[:, :, None])
np.savez_compressed("masked_deflated.npz", states=masked.astype("f4"), loss_mask=masks.astype("f4"), answer=np.array(answer))
np.savez("masks.npz", first=~masks, attention_mask=masks)
np.save("mask.npy", masks.astype(">i4"))
save_file({"states": masked.astype("f2"), "attention_mask": masks.astype(int), "answer": np.array(answer)}, "masked.safetensors")
for i, row in enumerate(masks):
    save_file({"hidden_states": masked[i].swapaxes(0, 1).astype("f4").copy(), "loss_mask": row.astype("u1")}, f"masked-{i}.safetensors")
