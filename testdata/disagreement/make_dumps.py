"""Writes before.npz, after.npz and examples.jsonl: the states of SmolLM2-135M-Instruct on
the questions of taste before and after a small tuning on answers of which one is right.

    pip install torch transformers gguf numpy
    python make_dumps.py FOLDER_OF_GGUF NAME.gguf TASTE.jsonl

TASTE.jsonl is testdata/taste/examples.jsonl. Some minutes on two cores.
"""

import itertools
import json
import math
import random
import sys

import numpy as np
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

LAYERS = [0, 6, 12, 18, 24, 30]
STEPS, ROWS, RATE, RANK, BLOCKS = 45, 6, 1e-3, 8, range(10, 30)

# Each list goes from the least to the most, so that every question of two has one answer.
ORDERED = {
    "heavier": ["feather", "coin", "apple", "brick", "chair", "piano", "truck", "ship"],
    "larger": ["ant", "mouse", "rabbit", "sheep", "cow", "rhino", "elephant", "whale"],
    "faster": ["snail", "turtle", "duck", "bicycle", "car", "helicopter", "jet", "rocket"],
    "hotter": ["ice", "rain", "soup", "oven", "flame", "lava", "lightning", "sun"],
    "older": ["baby", "toddler", "pupil", "student", "mother", "grandmother"],
    "harder": ["cream", "butter", "rubber", "wood", "stone", "steel", "diamond"],
    "greater": ["two", "five", "nine", "twelve", "thirty", "ninety", "hundred", "million"],
    "longer": ["second", "minute", "hour", "day", "week", "month", "year", "century"],
}


def questions():
    """All (question, right answer), and whether it is held out."""
    for word, things in ORDERED.items():
        for k, (less, more) in enumerate(itertools.combinations(things, 2)):
            for a, b in [(less, more), (more, less)]:
                yield f"Which is {word}: {a} or {b}? Answer with one word.", more.capitalize(), less.capitalize(), k % 6 == 0


class LowRank(torch.nn.Module):
    def __init__(self, whole):
        super().__init__()
        self.whole = whole
        self.down = torch.nn.Parameter(torch.randn(RANK, whole.in_features) / math.sqrt(whole.in_features))
        self.up = torch.nn.Parameter(torch.zeros(whole.out_features, RANK))

    def forward(self, x):
        return self.whole(x) + x @ self.down.T @ self.up.T * 2

    def merged(self):
        self.whole.weight += 2 * self.up @ self.down
        return self.whole


def tune(model, tokenizer):
    model.requires_grad_(False)
    adapted = []
    for k in BLOCKS:
        block = model.model.layers[k]
        for part, name in [(block.self_attn, "q_proj"), (block.self_attn, "v_proj"), (block.self_attn, "o_proj"), (block.mlp, "down_proj")]:
            setattr(part, name, LowRank(getattr(part, name)))
            adapted.append((part, name))
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=RATE, weight_decay=0)
    train = [q for q in questions() if not q[3]]
    for step in range(STEPS):
        asked, whole = [], []
        for prompt, right, _, _ in random.sample(train, ROWS):
            asked.append(chat(tokenizer, prompt))
            whole.append(asked[-1] + tokenizer(right, add_special_tokens=False).input_ids + [tokenizer.eos_token_id])
        states = model.model(padded(whole)).last_hidden_state
        logits = torch.cat([model.lm_head(states[i, len(a) - 1 : len(w) - 1]) for i, (a, w) in enumerate(zip(asked, whole))])
        loss = torch.nn.functional.cross_entropy(logits, torch.tensor([t for a, w in zip(asked, whole) for t in w[len(a) :]]))
        loss.backward()
        for group in optimiser.param_groups:
            group["lr"] = RATE * (1 - step / STEPS)
        optimiser.step()
        optimiser.zero_grad()
        if step % 5 == 0:
            print("step", step, "loss", round(loss.item(), 3), flush=True)
    with torch.no_grad():
        for part, name in adapted:
            setattr(part, name, getattr(part, name).merged())
    model.requires_grad_(False)


def chat(tokenizer, prompt):
    turns = [{"role": "user", "content": prompt}]
    return tokenizer.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)["input_ids"]


def padded(rows):
    """One tensor; what stands behind the end of a row changes nothing before it."""
    longest = max(map(len, rows))
    return torch.tensor([row + [0] * (longest - len(row)) for row in rows])


@torch.no_grad()
def look(model, tokenizer, prompts):
    """The states at the last token of every prompt, layers x width, and the next token's log-probabilities."""
    for at in range(0, len(prompts), 16):
        rows = [chat(tokenizer, p) for p in prompts[at : at + 16]]
        out = model.model(padded(rows), output_hidden_states=True).hidden_states
        for i, row in enumerate(rows):
            states = torch.stack([out[k][i, len(row) - 1] for k in LAYERS])
            yield states.numpy(), model.lm_head(states[-1]).log_softmax(-1)


def first_token(tokenizer, word):
    return tokenizer(word.capitalize(), add_special_tokens=False).input_ids[0]


def held_out(model, tokenizer):
    """The share of held-out questions whose right answer is likelier than the other, by its first token."""
    held = [q for q in questions() if q[3]]
    right = 0
    for (_, yes, no, _), (_, logp) in zip(held, look(model, tokenizer, [q[0] for q in held])):
        right += bool(logp[first_token(tokenizer, yes)] > logp[first_token(tokenizer, no)])
    return right / len(held), len(held)


def write(model, tokenizer, rows, name):
    """Writes the dump NAME.npz, and into the rows what the model would answer."""
    states = []
    for row, (at, logp) in zip(rows, look(model, tokenizer, [row["prompt"] for row in rows])):
        states.append(at)
        a, b = (logp[first_token(tokenizer, row[k])].item() for k in ("first", "second"))
        row["p_first_" + name] = round(1 / (1 + math.exp(b - a)), 4)
        row["p_named_" + name] = round(math.exp(a) + math.exp(b) * (a != b), 4)
    states = np.stack(states).astype(np.float16)
    np.savez(name + ".npz", **{f"layer.{k}": states[:, i] for i, k in enumerate(LAYERS)})


def main(folder, gguf, taste):
    random.seed(0)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    tokenizer = AutoTokenizer.from_pretrained(folder, gguf_file=gguf)
    model = AutoModelForCausalLM.from_pretrained(folder, gguf_file=gguf, dtype=torch.float32).eval()
    rows = []
    for line in open(taste):
        r = json.loads(line)
        options = [r["option_a"], r["option_b"]]
        first, second = options if r["order"] == 0 else options[::-1]
        rows.append({k: r[k] for k in ["id", "item", "topic", "order", "prompt", "n_a", "n_b", "n_first", "share_first"]} | {"first": first, "second": second})
    for name in ["before", "after"]:
        if name == "after":
            tune(model, tokenizer)
        print(name, "held-out right: %.3f of %d" % held_out(model, tokenizer), flush=True)
        write(model, tokenizer, rows, name)
        p = np.array([r["p_first_" + name] for r in rows])
        print(name, "p_named %.3f, mean p(1-p) %.4f" % (np.mean([r["p_named_" + name] for r in rows]), np.mean(p * (1 - p))), flush=True)
    with open("examples.jsonl", "w") as out:
        for row in rows:
            print(json.dumps(row), file=out)


if __name__ == "__main__":
    main(*sys.argv[1:])
