"""Write Arrow files with list views.

    pip install pyarrow
    python make_arrow_refused.py
"""

import pyarrow as pa

from planted import states

flat = states.reshape(5, 12).astype("<f4").tolist()
for name, kind in (("list_view", pa.list_view), ("large_list_view", pa.large_list_view)):
    table = pa.table({"states": pa.array(flat, kind(pa.float32())), "label": [1, 0, 1, 0, 1]})
    with pa.OSFile(f"{name}.arrow", "wb") as sink, pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
