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

# Records with tensors of one number, lists, and tensors as long as there are rows in one
# of them, which are none of its columns; two sites, to choose by a pattern.
fields = lambda k: {"ok": torch.tensor(k > 2), "share": torch.tensor(k / 4), "tokens": [1, k], "ids": torch.arange(k + 2), "marks": [0] * 5}
torch.save([{"id": i, **fields(k), "hidden": x} for k, (i, x) in enumerate(zip(ids, last))], "torch_nested_fields.pt")
torch.save([{"id": i, "resid": {f"blocks.{n}": x[n] for n in range(3)}, "mlp": {f"blocks.{n}": -x[n] for n in range(3)}} for i, x in zip(ids, last)], "torch_nested_sites.pt")

# As generate() returns hidden states: rows, steps, layers.
torch.save([tuple(tuple(h[:1] + step for h in x) for step in range(2)) for x in rows], "torch_nested_steps.pt")


# acts.append(out.hidden_states) over batches of 2, the last of them 1: all as wide, and
# each only as wide as its longest row; a hook for every layer, and one layer alone.
batches = lambda positions: [tuple(stepped[i : i + 2, n, : positions(i)].clone() for n in range(3)) for i in (0, 2, 4)]
torch.save(batches(lambda i: 6), "torch_nested_batches.pt")
torch.save(batches(lambda i: i + 2), "torch_nested_uneven_batches.pt")
torch.save({f"model.layers.{2 * n}": [b[n] for b in batches(lambda i: 6)] for n in range(3)}, "torch_nested_batch_hooks.pt")
torch.save([b[1][:, -1].clone() for b in batches(lambda i: 6)], "torch_nested_batch_last.pt")
