"""Write Arrow IPC files and streams with pyarrow, and one with polars.

    pip install numpy pyarrow polars
    python make_arrow.py
"""

import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.feather

from planted import columns, states

ROWS, LAYERS, WIDTH = states.shape


def fixed(array, kind):
    """FixedSizeList nested once for every axis but the first."""
    array = array.astype(kind)
    result = pa.array(np.ascontiguousarray(array).reshape(-1))
    for n in array.shape[:0:-1]:
        result = pa.FixedSizeListArray.from_arrays(result, n)
    return result


def variable(array, kind, large=False):
    """List or LargeList nested once for every axis but the first."""
    cls, offset = (pa.LargeListArray, pa.int64()) if large else (pa.ListArray, pa.int32())
    array = array.astype(kind)
    result = pa.array(np.ascontiguousarray(array).reshape(-1))
    for axis in range(array.ndim - 1, 0, -1):
        count = int(np.prod(array.shape[:axis]))
        result = cls.from_arrays(pa.array(np.arange(count + 1) * array.shape[axis], offset), result)
    return result


def tensor(array, kind, **options):
    shape = array.shape[1:]
    storage = fixed(array.reshape(len(array), -1), kind)
    return pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(storage.type.value_type, shape, **options), storage)


def examples():
    table = {name: pa.array(values) for name, values in columns.items()}
    table["condition"] = table["condition"].dictionary_encode()
    return table


def write(name, table, rows=2, compression=None):
    """Write in record batches of so many rows; *.arrows are streams."""
    table = pa.table(table)
    options = pa.ipc.IpcWriteOptions(compression=compression)
    new = pa.ipc.new_stream if name.endswith(".arrows") else pa.ipc.new_file
    with new(name, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=rows)


def main():
    write("fixed_f16.arrow", {**examples(), "states": fixed(states, "f2")})
    write("fixed_f16.arrows", {**examples(), "states": fixed(states, "f2")})
    write("list_f32.arrows", {"states": variable(states, "f4"), **examples()})
    write("list_f32_zstd.arrow", {"states": variable(states, "f4"), **examples()}, compression="zstd")
    write("large_list_f64_lz4.arrow", {"states": variable(states, "f8", large=True), **examples()}, compression="lz4")
    write("tensor_f32.arrow", {"states": tensor(states, "f4"), **examples()})
    write("tensor_permuted_f32.arrow", {"states": tensor(states.transpose(0, 2, 1), "f4", permutation=[1, 0])})
    write("bf16_uint16.arrow", {"states": fixed((states.astype("<f4").view("<u4") >> 16), "u2")})
    write("one_layer_f32.arrow", {"states": fixed(states[:, 0], "f4")}, rows=5)

    # Long enough and regular enough that the compressed buffers are smaller.
    wide = np.arange(5 * 3 * 400).reshape(5, 3, 400) / 8
    write("wide_f32_zstd.arrow", {"states": fixed(wide, "f4"), **examples()}, rows=3, compression="zstd")
    write("wide_f32_lz4.arrows", {"states": variable(wide, "f4"), **examples()}, rows=3, compression="lz4")

    # One column a layer; the columns are in no order.
    per_layer = {f"layer_{k}": fixed(states[:, i], "f2") for i, k in [(2, 10), (0, 0), (1, 2)]}
    write("layers_f16.arrow", {**examples(), **per_layer})
    wide_layers = {f"layers.{i}": fixed(wide[:, i], "f4") for i in range(LAYERS)}
    write("layers_wide_f32_zstd.arrow", {**wide_layers, "other": fixed(states[:, 0], "f4")}, compression="zstd")

    pa.feather.write_feather(pa.table({**examples(), "states": fixed(states, "f4")}), "feather_v2.feather", compression="lz4")
    pa.feather.write_feather(pa.table({"label": columns["label"]}), "feather_v1.feather", version=1)

    frame = pl.DataFrame({**columns, "states": states.astype("<f4")}, schema_overrides={"condition": pl.Categorical})
    frame.write_ipc("polars_f32.arrow", compat_level=pl.CompatLevel.newest())
    frame.write_ipc_stream("polars_f32_zstd.arrows", compression="zstd", compat_level=pl.CompatLevel.oldest())

    # Dictionaries that grow between the batches of a stream.
    schema = pa.schema([("condition", pa.dictionary(pa.int8(), pa.string())), ("states", pa.list_(pa.float32(), WIDTH))])
    with pa.ipc.new_stream("delta.arrows", schema, options=pa.ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as writer:
        for rows, names in [((0, 2), ["a", "b"]), ((2, 5), ["a", "b", "c"])]:
            count = rows[1] - rows[0]
            index = pa.array(np.arange(count) % len(names), pa.int8())
            condition = pa.DictionaryArray.from_arrays(index, pa.array(names))
            writer.write_batch(pa.record_batch([condition, fixed(states[rows[0] : rows[1], 0], "f4")], schema=schema))

    # What has to be refused.
    null_row = pa.array([row.tolist() if i != 3 else None for i, row in enumerate(states[:, 0])], pa.list_(pa.float32(), WIDTH))
    null_number = states[:, 0].tolist()
    null_number[4][1] = None
    ragged = states[:, 0].tolist()
    ragged[3] = ragged[3][:2]
    write("null_row.arrow", {"states": null_row})
    write("null_number.arrow", {"states": pa.array(null_number, pa.list_(pa.float32()))})
    write("ragged.arrow", {"states": pa.array(ragged, pa.list_(pa.float32()))})
    write("text_only.arrow", examples())


if __name__ == "__main__":
    main()
