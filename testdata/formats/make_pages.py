"""Write a Parquet file of many small pages, with an index of them and a
dictionary, whose rows have 0 to 3 positions; one without rows; and one with a
name that occurs twice.

    pip install pyarrow
    python make_pages.py
"""

import pyarrow as pa
import pyarrow.parquet as pq

states = [[[float((7 * row + 3 * position + j) % 16) for j in range(4)] for position in range(row % 4)] for row in range(64)]
table = pa.table({"states": pa.array(states, pa.list_(pa.list_(pa.float32())))})
pq.write_table(table, "ragged_runs.parquet", row_group_size=40, data_page_size=1, write_batch_size=1, write_page_index=True, write_statistics=False)
pq.write_table(pa.table({"id": pa.array([], pa.string()), "states": pa.array([], pa.list_(pa.list_(pa.float32())))}), "no_rows.parquet")
twice = pa.array([[1.0, 2.0]], pa.list_(pa.float32()))
pq.write_table(pa.table([twice, twice], names=["states", "states"]), "same_name.parquet")
