"""Write a Parquet file with integers packed as differences, as
Java's writers do.

    pip install pyarrow
    python make_delta.py
"""

import pyarrow as pa
import pyarrow.parquet as pq

row = pa.field("row", pa.int32(), nullable=False)
pq.write_table(
    pa.table([pa.array(range(100, 200), pa.int32())], schema=pa.schema([row])), "delta.parquet",
    use_dictionary=False, compression="none", column_encoding={"row": "DELTA_BINARY_PACKED"}, write_statistics=False,
)
