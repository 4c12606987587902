"""Write files of torch.save: tensors in lists and dictionaries, as hooks,
caches and transformers leave them.

    pip install numpy torch transformers
    python make_torch.py
"""

import argparse
import collections
import os

import numpy as np
import torch
import transformers

from planted import columns, states

states = torch.from_numpy(states)
layers = [f"blocks.{i}.hook_resid_post" for i in range(3)]

torch.save(states.half(), "torch_tensor_f16.pt")
torch.save(states, "torch_protocol_5.pt", pickle_protocol=5)
torch.save(states, "torch_" + "long" * 12 + ".pt")
torch.save(states.to(torch.float8_e4m3fn), "torch_fp8_e4m3.pt")
torch.save(states.bfloat16().view(torch.int16), "torch_bf16_int16.pt")
torch.save(states.to(torch.float8_e5m2), "torch_fp8_e5m2.pt")

# A table beside the states. The labels lie apart in what they are a view of.
kind = torch.tensor([[i, 7] for i in range(5)])[:, 0]
meta = {"model": "planted", "layers": 3, "dtype": torch.bfloat16, "device": torch.device("cpu"), "shape": states.shape, "raw": b"\x00"}
table = {"kind": kind, "mixed": [1, "b", 2, 3, 4], "short": [1], **columns}
torch.save({"states": states.bfloat16(), **table, "score": torch.tensor([0.5, 1, -1.5, 2, 0.25]).half(), "meta": meta}, "torch_table_bf16.pt")

# One tensor a layer; in the first all are views of one storage.
torch.save({"hidden_states": tuple(states.float().unbind(1))}, "torch_layers_f32.pt")
torch.save([x.clone() for x in states.unbind(1)], "torch_list_f64.pt")
torch.save({i: x.clone().float() for i, x in enumerate(states.unbind(1))}, "torch_int_keys_f32.pt")
cache = {name: states[:, [i]].half() for i, name in enumerate(layers)}
torch.save(collections.OrderedDict(hook_embed=torch.zeros(5, 1, 4).half(), **cache), "torch_cache_f16.pt")
hooked = collections.defaultdict(list)
for x in states.float().unbind(1):
    hooked["mlp"].append(torch.nn.Parameter(x.clone()))
torch.save(hooked, "torch_parameters_f32.pt")

# One tensor a row. Row i has i+2 positions, as in make_positions.py.
torch.save([x.clone().half() for x in states], "torch_rows_f16.pt")
stepped = torch.arange(5 * 3 * 6 * 4).reshape(5, 3, 6, 4) / 8
ragged = {name: stepped[i, :, : i + 2].clone() for i, name in enumerate(columns["id"])}
torch.save({"states": ragged, "answer": [1, 0, 3, 2, 5]}, "torch_ragged_f32.pt")

# Views: Fortran order, and a piece of something larger with steps between.
torch.save(states.float().permute(2, 1, 0).contiguous().permute(2, 1, 0), "torch_fortran_f32.pt")
large = torch.full((12, 5, 9), -1.0)
large[2:12:2, 1:4, 1:9:2] = states
torch.save({"states": large[2:12:2, 1:4, 1:9:2]}, "torch_strided_f32.pt")
torch.save(states[:2].half().clone(), "torch_shard_0.pt")
torch.save(states[2:].half(), "torch_shard_1.pt")

# What a small model gives, with the same numbers for numpy.
torch.manual_seed(0)
config = transformers.GPT2Config(n_layer=2, n_head=2, n_embd=8, n_positions=8, vocab_size=11)
with torch.no_grad():
    out = transformers.GPT2Model(config).eval()(torch.tensor([[1, 2, 3], [4, 5, 6]]), output_hidden_states=True)
torch.save(out.hidden_states, "torch_transformers.pt")
np.save("torch_transformers.npy", torch.stack(out.hidden_states).numpy())

# The state of a module: an OrderedDict with attributes.
linear = torch.nn.Linear(4, 5, bias=False)
linear.weight.data = states[:, 0].float().clone()
torch.save(linear.state_dict(), "torch_module_f32.pt")

# What is refused.
class Command:
    def __reduce__(self):
        return os.system, ("echo this file runs commands",)


torch.save({"states": states, "meta": Command()}, "torch_command.pt")
torch.save(states.half(), "torch_legacy.pt", _use_new_zipfile_serialization=False)
torch.save({"cache": argparse.Namespace(states=states)}, "torch_object.pt")
torch.save({"states": states[:, :1].expand(5, 3, 4)}, "torch_expanded.pt")
torch.save({"states": torch.complex(states, states).conj().imag}, "torch_negated.pt")
torch.save({"states": states.int()}, "torch_int32.pt")
