"""Writes log.eval, the log of an evaluation by Inspect, and samples.json, what Inspect
itself reads from it.

    python make_log.py        (inspect-ai)
"""

import glob
import json
import os
import pathlib
import shutil
import tempfile

import tiktoken
from inspect_ai import Task, eval
from inspect_ai.dataset import Sample
from inspect_ai.log import read_eval_log
from inspect_ai.model import ChatMessageSystem, ChatMessageUser, ModelOutput, get_model
from inspect_ai.scorer import includes, match
from inspect_ai.solver import generate



class Words:  # tokens are counted without the network
    def encode(self, text, **_):
        return text.split()


tiktoken.get_encoding = tiktoken.encoding_for_model = lambda _: Words()
here = pathlib.Path(__file__).parent
samples = [
    Sample(id=i, input=f"Is {i} larger than 2? Answer yes or no.", target="yes" if i > 2 else "no", metadata={"n": i, "group": f"g{i % 3}"})
    for i in range(1, 12)
]
samples.append(Sample(id=12, input=[ChatMessageSystem(content="Be brief."), ChatMessageUser(content='Is 12 "large"?')], target=["yes", "Yes"], metadata={"n": 12, "group": "g0"}))
model = get_model("mockllm/model", custom_outputs=[ModelOutput.from_content("mockllm/model", "yes" if i % 4 else "no") for i in range(24)])
with tempfile.TemporaryDirectory() as folder:
    eval(Task(dataset=samples, solver=generate(), scorer=[includes(), match()], epochs=2), model=model, log_dir=folder, log_format="eval", max_samples=1, display="none")
    path = glob.glob(os.path.join(folder, "*.eval"))[0]
    shutil.copy(path, here / "log.eval")
    log = read_eval_log(path)
    assert log.status == "success", log.error
    rows = [
        {"id": s.id, "epoch": s.epoch, "completion": s.output.completion, "includes": s.scores["includes"].value, "match": s.scores["match"].value, "n": s.metadata["n"]}
        for s in log.samples
    ]
    (here / "samples.json").write_text("[\n" + ",\n".join(json.dumps(r) for r in rows) + "\n]\n")
