"""The numbers and the table that the other scripts write."""

import numpy as np

# 5 rows x 3 layers x 4 wide, counting up in eighths, which every type holds.
states = np.arange(5 * 3 * 4).reshape(5, 3, 4) / 8

columns = {
    "id": ["a-0", "a-1", "b-0", "b-1", "c-0"],
    "condition": ["neutral", "pressure", "neutral", None, "pressure"],
    "label": [1, 0, 1, 0, 1],
    "margin": [0.5, -1.25, None, 1e-3, 2.0],
    "right": [True, False, True, True, None],
}
