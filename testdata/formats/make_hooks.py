"""Write what TransformerLens and nnsight see of a model as their users keep it.

    pip install transformers transformer_lens nnsight
    python make_hooks.py

TransformerLens: the cache of one batch, padded on the right, as npz and as
safetensors under the names of the hooks, and the stacked residual stream as npy.
nnsight: a tensor for every layer, and one of all layers.
"""

import os
import shutil
import tempfile
from pathlib import Path

import nnsight
import numpy as np
import torch
from safetensors.torch import save_file
from transformer_lens.model_bridge import TransformerBridge

import tiny_states as tiny

here = Path(__file__).parent
prompts = [row["prompt"] for row in tiny.rows]
lengths = [len(tiny.ids(row)) for row in tiny.rows]


def transformer_lens(path):
    model = TransformerBridge.boot_transformers(path)
    batch = model.tokenizer(prompts, padding=True, padding_side="right", return_tensors="pt")
    _, cache = model.run_with_cache(batch["input_ids"], attention_mask=batch["attention_mask"],
                                    names_filter=lambda name: name == "hook_embed" or name.endswith("hook_resid_post"))
    np.savez(here / "transformer_lens" / "cache.npz", **{name: x.half().numpy() for name, x in cache.items()})
    save_file({name: x.half().contiguous() for name, x in cache.items()}, here / "transformer_lens" / "cache.safetensors")
    # One prompt at a time needs no padding; layers x rows x width.
    stack = []
    for prompt in prompts:
        _, cache = model.run_with_cache(model.to_tokens(prompt, prepend_bos=False))
        stack.append(cache.accumulated_resid(pos_slice=-1)[:, 0])
    np.save(here / "transformer_lens" / "accumulated_resid.npy", torch.stack(stack, dim=1).numpy())


def with_nnsight(path):
    model = nnsight.TransformersModel(path, task="text-generation", dispatch=True)
    rows = []
    for prompt in prompts:
        with model.trace(prompt):
            states = [model.model.embed_tokens.output[0, -1]]
            states += [layer.output[0, -1] for layer in model.model.layers]
            states = nnsight.save(torch.stack(states))
        rows.append(states.detach())
    states = torch.stack(rows)
    np.save(here / "nnsight" / "states.npy", states.half().numpy())
    save_file({f"layers.{i}": states[:, i].half().contiguous() for i in range(states.shape[1])}, here / "nnsight" / "states.safetensors")


if __name__ == "__main__":
    for name in ("transformer_lens", "nnsight"):
        shutil.rmtree(here / name, ignore_errors=True)
        (here / name).mkdir()
        tiny.write_examples(here / name / "examples.jsonl", tokens=lengths)
    with tempfile.TemporaryDirectory() as path:
        tiny.model.save_pretrained(path)
        tiny.tokenizer.save_pretrained(path)
        transformer_lens(path)
        with_nnsight(path)
    for path in here.glob("*/*.safetensors"):
        os.chmod(path, 0o644)
