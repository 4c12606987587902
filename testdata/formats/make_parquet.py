"""Write Parquet files with pyarrow, pandas and polars.

    pip install numpy pandas polars pyarrow
    python make_parquet.py
"""

import datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

from make_arrow import fixed, tensor, variable
from planted import columns, states


def examples():
    return {name: pa.array(values) for name, values in columns.items()}


def write(name, table, **options):
    pq.write_table(pa.table(table), name, row_group_size=2, **options)


write("list_f32.parquet", {**examples(), "states": variable(states, "f4")})
write("fixed_f16_zstd.parquet", {**examples(), "states": fixed(states, "f2")}, compression="zstd", use_dictionary=False)
write("large_list_f64_v2.parquet", {"states": variable(states, "f8", large=True), **examples()}, data_page_version="2.0", compression="gzip")
write("tensor_f32.parquet", {"states": tensor(states, "f4"), **examples()}, compression="none")
write("tensor_permuted_f32.parquet", {"states": tensor(states.transpose(0, 2, 1), "f4", permutation=[1, 0])})
write("bf16_uint16.parquet", {"states": fixed((states.astype("<f4").view("<u4") >> 16), "u2")})
write("layers_f32.parquet", {**examples(), **{f"layer_{k}": fixed(states[:, i], "f4") for i, k in [(2, 10), (0, 0), (1, 2)]}})

frame = pd.DataFrame({**columns, "states": list(states[:, 0].astype("<f4"))})
frame["condition"] = frame["condition"].astype("category")
frame["label"] = frame["label"].astype("int8")
frame.to_parquet("pandas_f32.parquet")
pl.DataFrame({**columns, "states": states.astype("<f4")}).write_parquet("polars_f32.parquet")

day = datetime.date(2026, 2, 28)
table = {
    "day": pa.array([day, None, day]),
    "time": pa.array([datetime.datetime(2026, 2, 28, 12, 30, 1, 500000), None, None], pa.timestamp("us", tz="UTC")),
    "count": pa.array([1, 2**32 - 1, None], pa.uint32()),
    "half": pa.array(np.array([0.5, 1, 2], "<f2")),
}
write("table_types.parquet", table)

# What has to be refused.
null_number = states[:, 0].tolist()
null_number[4][1] = None
ragged = states[:, 0].tolist()
ragged[3] = ragged[3][:2]
write("null_number.parquet", {"states": pa.array(null_number, pa.list_(pa.float32()))})
write("ragged.parquet", {"states": pa.array(ragged, pa.list_(pa.float32()))})
