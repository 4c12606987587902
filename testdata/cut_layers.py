"""Keep some of the layers of a dump, named by their numbers in the model.

    pip install numpy
    python cut_layers.py IN.npy OUT.npz --held 0 2 4 ... --kept 0 12 18 24

--held names the layers that IN holds, where they are not 0, 1, 2 and on; --kept
those that OUT shall hold. Nothing else changes: the rows and their order, float16.
"""

import argparse

import numpy as np

parser = argparse.ArgumentParser()
parser.add_argument("source")
parser.add_argument("out")
parser.add_argument("--held", type=int, nargs="+")
parser.add_argument("--kept", type=int, nargs="+", required=True)
args = parser.parse_args()

states = np.load(args.source, mmap_mode="r")
held = args.held or list(range(states.shape[1]))
assert states.ndim == 3 and states.dtype == np.float16 and states.shape[1] == len(held)
np.savez(args.out, **{f"layer.{k}": states[:, held.index(k)] for k in args.kept})
