"""Write npz archives, stored and deflated, of one array and of one a layer.

    pip install numpy
    python make_npz.py
"""

import numpy as np

from planted import columns, states

table = {
    "id": np.array(columns["id"]),
    "label": np.array(columns["label"], ">i4"),
    "right": np.array([bool(x) for x in columns["right"]]),
    "score": np.array([0.5, 1, -1.5, 2, 0.25], "<f2"),
}

np.savez("one_f2.npz", states=states.astype("<f2"), **table)
np.savez_compressed("one_f8_deflated.npz", states=np.asfortranarray(states.astype(">f8")), **table)
np.savez("layers_f4.npz", **{f"layers.{i}": states[:, i].astype("<f4") for i in range(3)}, **table)
wide = np.arange(5 * 3 * 400).reshape(5, 3, 400) / 8
np.savez_compressed("layers_f4_deflated.npz", **{f"layers.{i}": wide[:, i].astype("<f4") for i in range(3)})
np.savez("splits_f4.npz", train=states.astype("<f4"), test=states[:2].astype("<f4"))
np.savez("objects.npz", states=np.array([[None, 1]], dtype=object))
