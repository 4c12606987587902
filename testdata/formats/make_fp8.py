"""Write all numbers of the 8-bit types of safetensors, and what ml_dtypes says
they are (NaN as null, infinities as text).

    pip install numpy ml_dtypes safetensors
    python make_fp8.py
"""

import json

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

bits = np.arange(256, dtype=np.uint8).reshape(8, 4, 8)
values = {}
for name, dtype in {"e4m3": ml_dtypes.float8_e4m3fn, "e5m2": ml_dtypes.float8_e5m2}.items():
    array = bits.view(dtype)
    save_file({"states": array}, f"fp8_{name}.safetensors")
    wide = array.astype(np.float32).reshape(-1)
    values[name] = [None if np.isnan(x) else str(x) if np.isinf(x) else float(x) for x in wide]
with open("fp8_values.json", "w") as f:
    json.dump(values, f)
