"""Write the same plain data in every protocol of pickle that is read.

    python make_plain.py
"""

import collections
import pickle

shared = ["a", "b"]
plain = {
    "none": None,
    "bools": (True, False),
    "ints": [0, -1, 255, 256, 65535, 65536, -(2**31), -(2**31) - 1, 2**31, 2**63 - 1, -(2**63)],
    "floats": [0.5, -1e300, float("inf")],
    "text": "é \U0001f600",
    "surrogate": "\ud83d",
    "bytes": b"\x00\xff",
    "tuples": ((), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)),
    "shared": [shared, shared],
    "ordered": collections.OrderedDict(z=1, a=2),
    7: {},
}

for protocol in range(2, 6):
    with open(f"plain_{protocol}.pkl", "wb") as f:
        pickle.dump(plain, f, protocol)
