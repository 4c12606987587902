"""Write files of formats that are known but not read.

    pip install numpy h5py
    python make_refused.py
"""

import pickle

import h5py

from planted import states

with h5py.File("states.h5", "w") as f:
    f["states"] = states.astype("<f4")
with open("states.pkl", "wb") as f:
    pickle.dump({"states": states.tolist()}, f)
