"""Run get_activations.py of honest_llama (github.com/likenneth/honest_llama).

    pip install transformers==4.49.0 pyvene scikit-learn pandas einops
    python make_honest_llama.py CLONE

The script runs unchanged, on a model of two layers, our own prompts and the CPU.
What it imports and does not use here, such as TruthfulQA's package, is
replaced by mocks. head_wise_4d.npy is what its own validation makes of the heads:
examples x layers x heads x head width.
"""

import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from unittest.mock import MagicMock

import numpy as np
import torch

import tiny_states as tiny

HEADS = 2


class Prompt:
    """Token ids that stay on the CPU."""

    def __init__(self, tokens):
        self.tokens = torch.tensor([tokens])

    def to(self, device):
        return self.tokens


if __name__ == "__main__":
    clone = Path(sys.argv[1]).resolve()
    for name in ("llama", "baukit", "openai", "datasets", "truthfulqa", "truthfulqa.configs", "truthfulqa.utilities",
                 "truthfulqa.presets", "truthfulqa.models", "truthfulqa.evaluate"):
        sys.modules[name] = MagicMock()
    sys.path[:0] = [str(clone), str(clone / "get_activations")]
    work = Path(tempfile.mkdtemp())
    (work / "features").mkdir()
    (work / "get_activations").mkdir()
    os.chdir(work / "get_activations")
    tiny.model.save_pretrained(work / "model")
    tiny.tokenizer.save_pretrained(work / "model")

    import get_activations

    get_activations.HF_NAMES["tiny"] = str(work / "model")
    get_activations.load_dataset = MagicMock()
    get_activations.tokenized_tqa = lambda *_: ([Prompt(tiny.ids(row)) for row in tiny.rows], [row["label"] for row in tiny.rows])
    sys.argv = ["get_activations.py", "--model_name", "tiny"]
    get_activations.main()

    out = Path(__file__).resolve().parent / "honest_llama"
    shutil.rmtree(out, ignore_errors=True)
    shutil.copytree(work / "features", out)
    heads = np.load(out / "tiny_tqa_mc2_head_wise.npy")
    np.save(out / "head_wise_4d.npy", heads.reshape(*heads.shape[:2], HEADS, -1))
    labels = np.load(out / "tiny_tqa_mc2_labels.npy")
    assert labels.tolist() == [row["label"] for row in tiny.rows]
    tiny.write_examples(out / "examples.jsonl")

    # The inputs of the output projections, from the model itself.
    seen = []
    for layer in tiny.model.model.layers:
        layer.self_attn.o_proj.register_forward_hook(lambda _, args, __: seen.append(args[0][0, -1]))
    heads = {}
    for row in tiny.rows:
        seen.clear()
        tiny.states(row)
        heads[row["id"]] = [x[tiny.SOME].tolist() for x in seen]
    (out / "heads.json").write_text(json.dumps(heads) + "\n")
    shutil.rmtree(work)
