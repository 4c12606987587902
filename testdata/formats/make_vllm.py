"""Have vLLM's hidden-states connector write a file for every request.

    pip install vllm transformers
    python make_vllm.py

The forward pass is that of a model of two layers in transformers, on the CPU;
from there on the code is vLLM's: the cache of states is filled by the attention
layer of extract_hidden_states, and ExampleHiddenStatesConnector plans, cuts and
saves. Its CUDA streams and events are replaced, since there is nothing to wait for.
"""

import contextlib
import os
import random
import shutil
import types
from pathlib import Path

os.environ["VLLM_TARGET_DEVICE"] = "cpu"

import torch  # noqa: E402
from vllm.config.kv_transfer import KVTransferConfig  # noqa: E402
from vllm.distributed.kv_transfer.kv_connector.v1 import example_hidden_states_connector as connector  # noqa: E402
from vllm.distributed.kv_transfer.kv_connector.v1.base import KVConnectorRole  # noqa: E402
from vllm.model_executor.models.extract_hidden_states import basic_cache  # noqa: E402

import tiny_states as tiny  # noqa: E402


class Event:
    def record(self, stream=None): ...
    def synchronize(self): ...
    def query(self):
        return True


class Stream:
    def wait_event(self, event): ...


class OnCPU(torch.utils._python_dispatch.TorchDispatchMode):
    """Makes pinned memory plain memory."""

    def __torch_dispatch__(self, func, _, args=(), kwargs=None):
        return func(*args, **{**(kwargs or {}), **({"pin_memory": False} if kwargs and "pin_memory" in kwargs else {})})


torch.cuda.Event, torch.cuda.Stream = Event, Stream
torch.cuda.stream = lambda stream: contextlib.nullcontext()

LAYERS = [0, 1, 2]
BLOCK = 4


def write(out, requests, include_output=False):
    """Pass requests, a dict of id to (token ids, states), through the connector."""
    config = types.SimpleNamespace(
        kv_transfer_config=KVTransferConfig(
            kv_connector="ExampleHiddenStatesConnector", kv_role="kv_producer",
            kv_connector_extra_config={"shared_storage_path": str(out)},
        ),
        cache_config=types.SimpleNamespace(block_size=BLOCK),
        speculative_config=types.SimpleNamespace(draft_model_config=types.SimpleNamespace(
            hf_config=types.SimpleNamespace(eagle_aux_hidden_state_layer_ids=LAYERS))),
    )
    scheduler = connector.ExampleHiddenStatesConnector(config, KVConnectorRole.SCHEDULER, None)
    worker = connector.ExampleHiddenStatesConnector(config, KVConnectorRole.WORKER, None)
    width = next(iter(requests.values()))[1].shape[-1]
    blocks = 64
    cache = torch.zeros(blocks, len(LAYERS), BLOCK, width, dtype=torch.bfloat16)
    worker._kv_cache = cache

    new = [types.SimpleNamespace(req_id=name, sampling_params=None) for name in requests]
    worker.bind_connector_metadata(scheduler.build_connector_meta(types.SimpleNamespace(scheduled_new_reqs=new)))
    worker.wait_for_save()

    free = torch.randperm(blocks - 1, generator=torch.Generator().manual_seed(0)).add(1).tolist()
    paths = {}
    for name, (tokens, states) in requests.items():
        table = [free.pop() for _ in range(-(-len(tokens) // BLOCK))]
        slots = torch.tensor([table[i // BLOCK] * BLOCK + i % BLOCK for i in range(len(tokens))])
        basic_cache(states.to(torch.bfloat16), cache, slots)
        request = types.SimpleNamespace(
            request_id=name, prompt_token_ids=tokens, all_token_ids=[*tokens, 2],
            kv_transfer_params={"include_output_tokens": include_output},
        )
        _, params = scheduler.request_finished(request, table)
        paths[name] = params["hidden_states_path"]
    worker.bind_connector_metadata(scheduler.build_connector_meta(types.SimpleNamespace(scheduled_new_reqs=[])))
    with OnCPU():
        worker.get_finished(set(requests))
    worker._executor.shutdown(wait=True)
    return paths


if __name__ == "__main__":
    out = Path(__file__).parent / "vllm"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    # An id is the number of the request with eight random letters behind it.
    letters = random.Random(0)
    requests = {f"{i}-{letters.getrandbits(32):08x}": (tiny.ids(row), tiny.states(row)) for i, row in enumerate(tiny.rows)}
    paths = write(out, requests)
    for path in paths.values():
        connector.cleanup_hidden_states(path, keep_hidden_states=True)
        os.chmod(path, 0o644)
    tiny.write_examples(out / "examples.jsonl", file=[Path(p).stem for p in paths.values()])
