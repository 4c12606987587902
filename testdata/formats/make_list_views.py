"""Write Arrow files with list views: as pyarrow makes them of lists, in another
order with gaps between them, and nested.

    pip install pyarrow
    python make_list_views.py
"""

import numpy as np
import pyarrow as pa

from planted import states

rows = states.astype("<f4")
vector = pa.list_(pa.float32(), 4)


def write(name, column, **options):
    table = pa.table({"states": column, "label": [1, 0, 1, 0, 1]})
    with pa.OSFile(f"{name}.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema, options=pa.ipc.IpcWriteOptions(**options)) as writer:
        writer.write_table(table)


write("list_view", pa.array(rows.tolist(), pa.list_view(pa.list_view(pa.float32()))))
write("large_list_view", pa.array(rows.tolist(), pa.large_list_view(pa.list_(pa.float32()))))

# The rows stand as 4, 0, 3, 1, 2 among others that no view is of.
stored = np.concatenate([rows[[4, 0, 3, 1, 2]], rows + 1]).tolist()
order = pa.array([1, 3, 4, 2, 0])
mixed = pa.array(stored, pa.list_view(vector)).take(order)
assert np.array_equal(np.array(mixed.to_pylist(), "<f4"), rows)
write("list_view_mixed", mixed)
write("list_view_mixed_lz4", mixed, compression="lz4")
write("list_view_mixed_lists", pa.array(stored, pa.list_view(pa.list_(pa.float32()))).take(order))

# Row i has i+1 positions, then one whose last is row i of layer 0.
ragged = [[[0.0] * 4] * i + [rows[i, 0].tolist()] for i in range(5)]
write("list_view_ragged", pa.array([ragged[i] for i in (4, 0, 3, 1, 2)], pa.large_list_view(vector)).take(order))

# Masks in another order, one of them null.
masks = [[True, True], [], None, [True, False, None], [False]]
stored = [masks[i] for i in (4, 0, 3, 1, 2)]
table = pa.table({
    "mask": pa.array(stored, pa.list_view(pa.bool_())).take(order),
    "large": pa.array([row and [x if x is None else int(x) for x in row] for row in stored], pa.large_list_view(pa.int8())).take(order),
    "label": [1, 0, 1, 0, 1],
})
assert table["mask"].to_pylist() == masks
with pa.OSFile("list_view_masks.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
    writer.write_table(table)
