"""Have speculators prepare a dataset and keep the hidden states of its rows.

    pip install speculators vllm transformers
    python make_speculators.py

generate-offline-data asks a vLLM server for each row and moves the file that the
connector wrote to hs_ROW.safetensors. make_vllm takes the place of the server
and runs only the connector; one request fails, as one in a thousand does.
"""

import asyncio
import importlib
import os
import shutil
import tempfile
import types
from pathlib import Path

import make_vllm  # first: it replaces CUDA
import tiny_states as tiny

from datasets import Dataset, disable_progress_bars
from speculators.data_generation.preprocessing import build_speculator_training_dataset

offline = importlib.import_module("speculators.cli.generate_offline_data")

FAILS = 3


class Client:
    """What generate-offline-data asks of an OpenAI client."""

    def __init__(self, **_):
        async def names():
            return types.SimpleNamespace(data=[types.SimpleNamespace(id="tiny")])
        self.models = types.SimpleNamespace(list=names)

    async def __aenter__(self):
        return self

    async def __aexit__(self, *_): ...


async def generate(client, model, item, timeout=None, max_retries=0):
    if item["idx"] == FAILS:
        raise TimeoutError("no answer")
    row = next(row for row in tiny.rows if tiny.ids(row) == item["input_ids"])
    name = f"cmpl-{item['idx']:016x}-0"
    return make_vllm.write(scratch, {name: (item["input_ids"], tiny.states(row))})[name], {}


if __name__ == "__main__":
    disable_progress_bars()
    out = Path(__file__).parent / "speculators"
    shutil.rmtree(out, ignore_errors=True)
    raw = Dataset.from_list([{"input_ids": tiny.ids(row), "loss_mask": [0] * 5 + [1] * (len(tiny.ids(row)) - 5)} for row in tiny.rows])
    build_speculator_training_dataset(raw, tiny.tokenizer, max_length=64, num_proc=1).save_to_disk(out)

    offline.openai.AsyncOpenAI = Client
    offline.generate_hidden_states_async = generate
    with tempfile.TemporaryDirectory() as scratch:
        asyncio.run(offline._generate_and_save_hidden_states(
            model=None, endpoint="", preprocessed_data=str(out), output=None, max_samples=None, concurrency=1,
            validate_outputs=True, request_timeout=None, max_retries=0, fail_on_error=False,
            max_consecutive_errors=2, world_size=1, rank=0))

    tiny.write_examples(out / "examples.jsonl", file=[f"hs_{i}" if i != FAILS else None for i in range(len(tiny.rows))])
    for path in (out / "hidden_states").iterdir():
        os.chmod(path, 0o644)
