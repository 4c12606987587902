"""Run the Python of docs/exporters.md, as far as it is marked so, on the model of
two layers, and keep what it writes for the test of that page.

    pip install transformers datasets pandas polars pyarrow transformer_lens nnsight zarr
    python make_exporters.py
"""

import os
import re
import shutil
import tempfile
from pathlib import Path

import numpy as np

import tiny_states as tiny

here = Path(__file__).resolve().parent
page = (here.parent.parent / "docs" / "exporters.md").read_text()
out = here / "exporters"
shutil.rmtree(out, ignore_errors=True)
out.mkdir()
with tempfile.TemporaryDirectory() as model:
    tiny.model.save_pretrained(model)
    tiny.tokenizer.save_pretrained(model)
    os.chdir(out)
    states = np.stack([tiny.states(row, normalised=True)[-1].numpy() for row in tiny.rows]).astype("float16")
    names = {"MODEL": model, "rows": tiny.rows, "states": states}
    for i, block in enumerate(re.findall(r"<!-- run -->\n```python\n(.*?)```", page, re.S)):
        script = Path(model, f"block_{i}.py")  # nnsight reads its own source
        script.write_text(block)
        exec(compile(block, str(script), "exec"), names)
for path in out.rglob("*"):
    if path.is_file():
        path.chmod(0o644)
