"""Put five layers and the examples into one Arrow IPC file.

    pip install numpy pyarrow
    python make_arrow.py
"""

import json

import numpy as np
import pyarrow as pa

LAYERS = [0, 6, 12, 18, 30]

states = np.load("hidden_states.npy", mmap_mode="r")
with open("examples.jsonl", encoding="utf-8") as f:
    examples = pa.Table.from_pylist([json.loads(line) for line in f])

columns = {name: examples[name].combine_chunks() for name in examples.column_names}
for layer in LAYERS:
    numbers = np.ascontiguousarray(states[:, layer]).reshape(-1)
    columns[f"layer_{layer}"] = pa.FixedSizeListArray.from_arrays(pa.array(numbers), states.shape[2])

table = pa.table(columns)
options = pa.ipc.IpcWriteOptions(compression=None)
with pa.ipc.new_file("layers.arrow", table.schema, options=options) as writer:
    writer.write_table(table)
