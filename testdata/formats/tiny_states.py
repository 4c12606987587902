"""Hidden states of the model of two layers in export/tiny.py, for the writers.

    pip install transformers
    python tiny_states.py

The other scripts take prompts and states from here. Run by itself it writes
tiny_states.json, some numbers of every state to compare with.
"""

import json
import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent / "export"))

import tiny  # noqa: E402

tokenizer = tiny.tokenizer()
model = tiny.model()

# Three claims about each of four cities, of different lengths; city is the token
# at which the city is named first.
COUNTRIES = {"paris": "france", "cairo": "egypt", "lima": "peru", "quito": "ecuador"}
CLAIMS = ["i think that {0} is in {1} which country is {0} in", "i think {0} is in {1} which country is {0} in",
          "{0} is in {1} which country is {0} in"]
rows = []
for city, country in COUNTRIES.items():
    wrong = [c for c in COUNTRIES.values() if c != country]
    for i, claimed in enumerate([country, *wrong[:2]]):
        prompt = CLAIMS[i].format(city, claimed)
        rows.append({"id": f"{city}-{i}", "group": city, "label": int(i > 0), "prompt": prompt, "city": prompt.split().index(city)})

# Numbers of a state that the golden file keeps.
SOME = [0, 7, 15]


def ids(row):
    return tokenizer(row["prompt"])["input_ids"]


def states(row, normalised=False):
    """Tokens x layers x width: the embedding and the output of every block, the
    last as the block gives it, or after the final norm as transformers has it."""
    seen = []
    hook = model.model.layers[-1].register_forward_hook(lambda _, __, out: seen.append(out[0] if isinstance(out, tuple) else out))
    with torch.inference_mode():
        out = model(torch.tensor([ids(row)]), output_hidden_states=True).hidden_states
    hook.remove()
    layers = list(out) if normalised else [*out[:-1], seen[0]]
    return torch.stack(layers, dim=2)[0]


def write_examples(path, **columns):
    """The table that belongs to the states, with columns of one value a row; a
    row with None is left out."""
    with open(path, "w") as f:
        for i, row in enumerate(rows):
            more = {name: values[i] for name, values in columns.items()}
            if None in more.values():
                continue
            f.write(json.dumps({"id": row["id"], "group": row["group"], "label": row["label"], "prompt": row["prompt"], "city": row["city"], **more}) + "\n")


if __name__ == "__main__":
    # By row: the states as every writer but honest_llama has them, and those.
    golden = {}
    for row in rows:
        plain, last = states(row), states(row, normalised=True)
        golden[row["id"]] = {name: [[[float(f"{v:.6g}") for v in layer[SOME]] for layer in token] for token in x]
                             for name, x in (("states", plain), ("normalised", last[-1:]))}
    Path(__file__).with_name("tiny_states.json").write_text(json.dumps(golden) + "\n")
