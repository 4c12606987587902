"""Write small dumps with the exporter, and what other libraries read in them.

    pip install -e ../../export[test]
    python make_dumps.py

reference.json holds, for every dump, its columns as Python reads them and its
numbers as numpy, safetensors and pyarrow read them: rows x layers x positions x
width, exact in float64.
"""

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent.parent / "export"))

import tell_export
import test_export
import tiny

DUMPS = {
    "npy_f16": {"format": "npy", "dtype": "float16"},
    "npy_bf16_all": {"format": "npy", "dtype": "bfloat16", "positions": "all"},
    "npy_f32": {"format": "npy", "dtype": "float32"},
    "safetensors_f16_last2": {"format": "safetensors", "dtype": "float16", "positions": "last:2"},
    "safetensors_bf16": {"format": "safetensors", "dtype": "bfloat16"},
    "arrow_f16": {"format": "arrow", "dtype": "float16"},
    "arrow_bf16_last2": {"format": "arrow", "dtype": "bfloat16", "positions": "last:2"},
}

reference = {}
for name, options in DUMPS.items():
    out = HERE / name
    shutil.rmtree(out, ignore_errors=True)
    tell_export.export(
        tiny.model(), tiny.tokenizer(), tiny.prompts()[:3], out,
        max_new_tokens=4, behaviour=tiny.behaviour, progress=False, **options,
    )
    states = test_export.read_states(out)
    if states.ndim == 3:
        states = states[:, :, None]
    reference[name] = {
        "columns": test_export.examples(out),
        "shape": states.shape,
        "numbers": states.reshape(-1).tolist(),
    }

with open(HERE / "reference.json", "w") as f:
    json.dump(reference, f, separators=(",", ":"))
    f.write("\n")
