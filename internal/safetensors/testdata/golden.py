"""Check golden.safetensors, which the Go tests write, with safetensors' own reader,
and write python.safetensors with its own writer, for the Go tests to read.

    pip install numpy safetensors
    python golden.py
"""

from pathlib import Path

import numpy as np
from safetensors import safe_open
from safetensors.numpy import save_file

HERE = Path(__file__).parent
TENSORS = {
    "weights": np.array([[0.5, -1.25, np.inf], [1e-300, -0.0, 3.0]]),
    "rows": np.array([-1, 0, 2**62]),
    "seeds": np.array([2**64 - 1, 7], np.uint64),
    "empty": np.zeros((0, 3)),
    "one": np.array(2.5),
    "größe": np.array([1, 2, 3], np.uint8),
}
METADATA = {"model": "org/gpt2", "note": 'a "quoted" <text>, größer', "empty": ""}

with safe_open(HERE / "golden.safetensors", "np") as f:
    assert set(f.keys()) == set(TENSORS), f.keys()
    for name, want in TENSORS.items():
        got = f.get_tensor(name)
        assert got.dtype == want.dtype and got.shape == want.shape, (name, got)
        assert got.tobytes() == want.tobytes(), (name, got)
    metadata = f.metadata()
    assert len(metadata.pop("sha256")) == 64
    assert metadata == METADATA, metadata

save_file(TENSORS, HERE / "python.safetensors", METADATA)
# A program that keeps the metadata keeps the seal, whatever order it writes in.
with safe_open(HERE / "golden.safetensors", "np") as f:
    save_file(TENSORS, HERE / "resaved.safetensors", f.metadata())
for name in ("python", "resaved"):
    (HERE / f"{name}.safetensors").chmod(0o644)
