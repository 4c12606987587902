"""Keep one of four layers of a file for each request.

    pip install numpy safetensors
    python make_dump.py FOLDER

FOLDER has states/ID.safetensors with hidden_states, positions x layers x width in
float16, and token_ids, and examples.jsonl with the true numbers of the layers.
"""

import json
import pathlib
import shutil
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

LAYER = 15

source = pathlib.Path(sys.argv[1])
out = pathlib.Path("states")
out.mkdir(exist_ok=True)
with open(source / "examples.jsonl", encoding="utf-8") as lines:
    for line in lines:
        e = json.loads(line)
        request = load_file(source / e["file"])
        states = request["hidden_states"]
        k = e["layers"].index(LAYER)
        save_file({
            "hidden_states": np.ascontiguousarray(states[:, k : k + 1]),
            "token_ids": request["token_ids"],
        }, out / f"{e['id']}.safetensors")
shutil.copy(source / "examples.jsonl", "examples.jsonl")
