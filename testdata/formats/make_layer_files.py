"""Write a file for every layer, and for every layer and shard, as loops over layers
leave them.

    pip install numpy torch
    python make_layer_files.py
"""

import os

import numpy as np
import torch

from planted import states

os.makedirs("layer_files", exist_ok=True)

# Every fourth layer, all rows in one file.
for i, layer in enumerate([0, 4, 10]):
    np.save(f"layer_files/resid_L{layer}.npy", states[:, i].astype(np.float32))

# Batches of two rows, the last one shorter; the tenth comes after the ninth.
for batch, lo in [(8, 0), (9, 2), (10, 4)]:
    for i, layer in enumerate([0, 4, 10]):
        torch.save(torch.from_numpy(states[lo : lo + 2, i]).half(), f"layer_files/layer_{layer}_{batch}.pt")

# All positions of a row: rows x positions x width, the layers as positions.
for layer in [1, 2]:
    np.save(f"layer_files/tokens.{layer:02}.npy", states.astype(np.float32) + 10 * layer)

# Rows of 2 and 3 positions, kept as a list for each layer, and a layer where it is the
# other way round.
for layer, lengths in [(0, [2, 3]), (1, [2, 3]), (2, [3, 2])]:
    kept = [torch.full((n, 4), layer + row / 2) for row, n in enumerate(lengths)]
    torch.save(kept, f"layer_files/{'ragged' if layer < 2 else 'uneven'}_{layer}.pt")
torch.save(kept[::-1], "layer_files/uneven_3.pt")
