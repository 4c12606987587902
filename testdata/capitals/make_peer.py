"""Keep three layers of another model's states of the same prompts.

    pip install numpy
    python make_peer.py peer_qwen05.npy

The given array holds layers 0, 4, 8, 12, 16, 20 and 24 of the peer; layer 0 is
constant, and 4 to 12 tell little. peer.npy holds 16, 20 and 24.
"""

import sys

import numpy as np

HELD = [0, 4, 8, 12, 16, 20, 24]
KEPT = [16, 20, 24]

states = np.load(sys.argv[1], mmap_mode="r")
assert states.shape == (672, len(HELD), 896) and states.dtype == np.float16
np.save("peer.npy", states[:, [HELD.index(layer) for layer in KEPT]])
