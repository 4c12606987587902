"""Write safetensors files: one tensor, one a layer, an index of shards, and one
file for every request, as vLLM's hidden-states connector lays them out.

    pip install numpy ml_dtypes safetensors
    python make_safetensors.py
"""

import json

import ml_dtypes
import numpy as np
from safetensors.numpy import save_file

from planted import columns, states

table = {"label": np.array(columns["label"], "<i8"), "right": np.array([bool(x) for x in columns["right"]])}

save_file({"states": states.astype("<f2"), **table}, "one_f16.safetensors", metadata={"model": "planted"})
save_file({"states": states.astype("<f8")}, "one_f64.safetensors")
save_file({"states": states.astype(ml_dtypes.bfloat16)}, "one_bf16.safetensors")
save_file({f"layers.{i}": states[:, i].astype("<f4") for i in range(3)}, "layers_f32.safetensors")
save_file({"states": states.astype(ml_dtypes.float8_e4m3fn)}, "fp8.safetensors")

where = {}
for i in range(3):
    name = f"sharded-0000{i + 1}-of-00003.safetensors"
    save_file({f"layers.{i}": states[:, i].astype("<f4")}, name)
    where[f"layers.{i}"] = name
with open("sharded.safetensors.index.json", "w") as f:
    json.dump({"metadata": {"total_size": 240}, "weight_map": where}, f, indent=2)

# Prompts of 2, 3, 4 ... tokens; the last one holds the planted numbers.
for i in range(5):
    tokens = np.zeros((i + 2, 3, 4), "<f4")
    tokens[-1] = states[i]
    save_file({"hidden_states": tokens, "token_ids": np.arange(i + 2)}, f"request-{i}.safetensors")
