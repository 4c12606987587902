"""Write files of torch.save with a tensor for each row, or each row and layer, in
lists, tuples and dictionaries, as loops over prompts leave them.

    pip install numpy torch
    python make_torch_nested.py
"""

import torch

# Row i has i+2 positions, as in make_positions.py; 3 layers, 4 wide.
stepped = torch.arange(5 * 3 * 6 * 4).reshape(5, 3, 6, 4).float() / 8
rows = [stepped[i, :, : i + 2] for i in range(5)]
ids = ["a-0", "a-1", "b-0", "b-1", "c-0"]
last = [x[:, -1].clone() for x in rows]  # layers x width

# acts.append(out.hidden_states), with a batch of one and without.
torch.save([tuple(h[None].clone() for h in x) for x in rows], "torch_nested_hidden.pt")
torch.save([[h.clone() for h in x] for x in rows], "torch_nested_lists.pt")

# A hook for every layer, called for every row. The names do not sort as text.
torch.save({f"model.layers.{n}": [x[i].clone() for x in last] for i, n in ((2, 10), (0, 2), (1, 6))}, "torch_nested_hooks.pt")

# Rows by id: layers x width, and layers by their numbers.
torch.save(dict(zip(ids, last)), "torch_nested_ids.pt")
torch.save({i: {f"layer_{n}": x[k].clone() for k, n in enumerate((2, 6, 10))} for i, x in zip(ids, last)}, "torch_nested_id_layers.pt")

# Records.
records = [{"id": i, "label": k % 2, "hidden": x} for k, (i, x) in enumerate(zip(ids, last))]
records[3]["note"] = "kept"
torch.save(records, "torch_nested_records.pt")
