"""Write the same columns of types that tables hold and leave out, as Arrow and as Parquet.

    pip install pyarrow
    python make_left_out.py
"""

import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.parquet as pq

day, half = datetime.date(2025, 3, 1), Decimal("1.50")
raw = [b"ab", b"cd"]
table = pa.table(
    {
        "n": [1, 2],
        "none": pa.nulls(2),
        "decimal": pa.array([half, half], pa.decimal128(10, 2)),
        "wide_decimal": pa.array([half, half], pa.decimal256(50, 2)),
        "duration": pa.array([1, 2], pa.duration("s")),
        "big": pa.array([1, 2**64 - 1], pa.uint64()),
        "raw": pa.array(raw, pa.binary()),
        "large_raw": pa.array(raw, pa.large_binary()),
        "fixed_raw": pa.array(raw, pa.binary(2)),
        "raw_codes": pa.array(raw).dictionary_encode(),
        "ints": pa.array([[1], [2, 3]], pa.list_(pa.int64())),
        "bytes": pa.array([[1], []], pa.list_(pa.uint8())),
        "halves": pa.array([[1], [2, 3]], pa.list_(pa.float16())),
        "floats": pa.array([[1, 2], [2, 3]], pa.list_(pa.float64(), 2)),
        "texts": pa.array([["a"], []], pa.large_list(pa.string())),
        "days": pa.array([[day], []], pa.list_(pa.date32())),
        "times": pa.array([[1], []], pa.list_(pa.timestamp("us", "UTC"))),
        "decimals": pa.array([[half], []], pa.list_(pa.decimal128(10, 2))),
        "lists": pa.array([[[1]], [[2]]], pa.list_(pa.list_(pa.int32()))),
        "structs": pa.array([[{"a": 1, "b": "x"}], []], pa.list_(pa.struct([("a", pa.int8()), ("b", pa.string())]))),
        "map": pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
        "meta": [{"n": 1, "raw": b"x", "ints": [1]}, {"n": 2, "raw": b"y", "ints": []}],
    }
)
with pa.OSFile("left_out.arrow", "wb") as f, pa.ipc.new_file(f, table.schema) as w:
    w.write_table(table)
pq.write_table(table, "left_out.parquet")
