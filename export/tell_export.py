"""Write dumps of hidden states for tell.

    python tell_export.py --model MODEL --prompts prompts.jsonl --out dump

A dump is a folder with the hidden states of every layer, a table of examples
that has a line for every row of states, and a study file to begin with. It
appears under its name when it is complete. Until then its rows are kept in
OUT.partial, and the same command goes on where the last one stopped.
"""

import argparse
import functools
import hashlib
import importlib
import inspect
import json
import math
import os
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tqdm import tqdm

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__version__ = "0.2.0"

# Name for torch, type of the stored array, name in a safetensors file, name in
# a study file where the file itself cannot say it.
DTYPES = {
    "float16": (torch.float16, "<f2", "F16", None),
    "bfloat16": (torch.bfloat16, "<u2", "BF16", "bf16"),
    "float32": (torch.float32, "<f4", "F32", None),
}
FORMATS = ("npy", "safetensors", "arrow")

GENERATED = ("generated", "n_generated", "n_prompt_tokens", "length")


class ExportError(ValueError):
    """What was asked for cannot be exported; the message says why."""


@dataclass(frozen=True)
class Layer:
    """What became of the numbers of one layer.

    overflowed counts finite numbers that were stored as infinite, not_finite
    those that the model itself gave as NaN or infinite, largest is the largest
    finite |x| before it was stored.
    """

    largest: float = 0.0
    overflowed: int = 0
    not_finite: int = 0

    def __add__(self, other):
        return Layer(
            max(self.largest, other.largest),
            self.overflowed + other.overflowed,
            self.not_finite + other.not_finite,
        )


@dataclass(frozen=True)
class Summary:
    """A finished dump: where it is, the shape of its array, its layers."""

    out: Path
    shape: tuple
    dtype: str
    layers: tuple

    @property
    def overflowed(self):
        return sum(layer.overflowed for layer in self.layers)

    def warnings(self):
        """Sentences about layers whose numbers did not survive."""
        per_layer = math.prod(self.shape) // self.shape[1]
        told = []
        for i, layer in enumerate(self.layers):
            if layer.overflowed:
                told.append(
                    f"layer {i}: {layer.overflowed} of {per_layer} numbers overflow {self.dtype} and are stored as "
                    f"infinite; the largest |x| is {layer.largest:.6g}. " + advice(self.dtype)
                )
            if layer.not_finite:
                told.append(f"layer {i}: the model gave {layer.not_finite} of {per_layer} numbers as NaN or infinite.")
        return told


def advice(dtype):
    if dtype == "float16":
        return "float16 ends at 65,504: export again as bfloat16 or float32."
    return "Export again as float32."


class Writer:
    """A dump in the making, whatever library the states come from.

        with Writer("dump", rows, settings={"model": "gpt2"}) as writer:
            for batch in writer.batches(16):
                states, columns = ...
                writer.append(states, columns)
            summary = writer.finish()

    rows are dicts, the columns of the examples. The dump names the model that
    settings name, and the layer that is the output of the embedding, counted from
    0, where embedding_layer says which. What append gets is on the disk
    when it returns. A batch whose journal line is missing or torn counts as not
    written, so a process may be stopped at any moment. A Writer with the same
    rows and settings then goes on after the last whole batch; with others it
    refuses.
    """

    def __init__(self, out, rows, *, dtype="float16", format="npy", settings=None, embedding_layer=None):
        if dtype not in DTYPES:
            raise ExportError(f"dtype: found {dtype!r}, expected one of {', '.join(DTYPES)}")
        if format not in FORMATS:
            raise ExportError(f"format: found {format!r}, expected one of {', '.join(FORMATS)}")
        if format == "arrow":
            import_pyarrow()
        self.out, self.rows, self.dtype, self.format = Path(out), list(rows), dtype, format
        if not self.rows:
            raise ExportError("no prompts")
        if self.out.exists() and (not self.out.is_dir() or any(self.out.iterdir())):
            raise ExportError(f"{self.out} exists and is not empty; name another folder, or remove it")
        self.partial = self.out.with_name(self.out.name + ".partial")
        # The header of the states depends on the exporter, so that another version
        # of it cannot go on with what one has begun.
        own = {
            "tell_export": __version__,
            "dtype": dtype,
            "format": format,
            "embedding_layer": embedding_layer,
            "rows": len(self.rows),
            "rows_sha256": digest(json.dumps(self.rows)),
        }
        self.settings = json.loads(json.dumps({**(settings or {}), **own}))
        self.done, self.shape, self.layers = 0, None, ()
        self._warned = False
        self._open()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        for f in (self._states, self._examples, self._journal):
            f.close()

    def batches(self, size):
        """Yield the rows that are still missing, size at a time."""
        while self.done < len(self.rows):
            yield self.rows[self.done : self.done + size]

    def append(self, states, columns):
        """Add the next rows.

        states is an array or tensor of rows x layers x width, or of rows x
        layers x positions x width. columns holds a dict for each row, to stand
        beside the columns of that row.
        """
        x = torch.as_tensor(states).detach().to("cpu", torch.float32)
        rows = self.rows[self.done : self.done + len(columns)]
        if x.ndim not in (3, 4) or len(x) != len(columns) or len(x) != len(rows):
            raise ExportError(
                f"found states of shape {tuple(x.shape)} and columns of {len(columns)} rows, "
                f"expected rows x layers x [positions x] width for at most {len(self.rows) - self.done} rows"
            )
        if self.shape is None:
            self.shape = tuple(x.shape[1:])
            self._states.write(self._header())
        if tuple(x.shape[1:]) != self.shape:
            raise ExportError(f"found states of shape {tuple(x.shape[1:])}, expected {self.shape} as in the rows before")
        lines = [self._line(i, row, more) for i, (row, more) in enumerate(zip(rows, columns), self.done + 1)]

        stored, layers = store(x, self.dtype)
        self._states.write(stored.tobytes())
        sync(self._states)
        self._examples.write("".join(lines).encode())
        sync(self._examples)
        entry = {
            "rows": self.done + len(rows),
            "examples": self._examples.tell(),
            "shape": self.shape,
            "layers": [vars(layer) for layer in layers],
        }
        self._journal.write((json.dumps(entry) + "\n").encode())
        sync(self._journal)
        self._take(entry)
        self._warn_of_overflow()

    def finish(self):
        """Complete the dump, give it its name and return a Summary."""
        if self.done != len(self.rows):
            raise ExportError(f"found {self.done} rows, expected {len(self.rows)}")
        examples = read_jsonl(self.partial / "examples.jsonl")
        if self.format == "arrow":
            write_arrow(self, examples)
        summary = Summary(self.out, (len(self.rows), *self.shape), self.dtype, self.layers)
        record = {
            "settings": self.settings,
            **self.origin(),
            "shape": summary.shape,
            "layers": [vars(layer) for layer in self.layers],
        }
        write_text(self.partial / "study.yaml", starter(self, examples))
        write_text(self.partial / "export.json", json.dumps(record, indent=1) + "\n")
        self.close()
        sync_folder(self.partial)
        if self.out.exists():
            self.out.rmdir()
        os.replace(self.partial, self.out)
        for scrap in (self._journal_path, self._raw_path):
            (self.out / scrap.name).unlink(missing_ok=True)
        sync_folder(self.out.parent)
        return summary

    def origin(self):
        """What the files say about where the states are from: texts by key."""
        told = {}
        if isinstance(self.settings.get("model"), str) and self.settings["model"]:
            told["model"] = self.settings["model"]
        layer = self.settings["embedding_layer"]
        if layer is not None:
            told["embedding_layer"] = f"layer_{layer}" if self.format == "arrow" else str(layer)
        return told

    @property
    def states_name(self):
        return f"hidden_states.{self.format}"

    @property
    def _journal_path(self):
        return self.partial / "journal.jsonl"

    @property
    def _raw_path(self):
        return self.partial / "hidden_states.raw"

    def _open(self):
        record = self.partial / "export.json"
        if record.exists():
            self._compare(json.loads(record.read_text(encoding="utf-8"))["settings"])
        else:
            self.partial.mkdir(parents=True, exist_ok=True)
            write_text(record, json.dumps({"settings": self.settings}, indent=1) + "\n")
        states = self._raw_path if self.format == "arrow" else self.partial / self.states_name
        self._states, self._examples, self._journal = map(
            open_for_update, (states, self.partial / "examples.jsonl", self._journal_path)
        )
        if fcntl:
            try:
                fcntl.flock(self._journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                self.close()
                raise ExportError(f"{self.partial} is being written by another process") from None
        self._replay()

    def _compare(self, begun):
        told = [
            f"{key} was {json.dumps(begun.get(key))} and is {json.dumps(self.settings.get(key))}"
            for key in sorted(begun.keys() | self.settings.keys())
            if begun.get(key) != self.settings.get(key)
        ]
        if told:
            raise ExportError(
                f"{self.partial} was begun with other settings: {'; '.join(told)}. "
                "Go on with those it was begun with, or remove it to begin again"
            )

    def _replay(self):
        """Read the journal, and cut off whatever it does not vouch for."""
        whole = examples = 0
        for line in self._journal:
            if not line.endswith(b"\n"):
                break
            try:
                entry = json.loads(line)
            except ValueError:
                break
            self._take(entry)
            whole, examples = whole + len(line), entry["examples"]
        states = 0
        if self.shape:
            states = len(self._header()) + self.done * self._row_bytes()
        for f, size in ((self._states, states), (self._examples, examples), (self._journal, whole)):
            if os.fstat(f.fileno()).st_size < size:
                raise ExportError(f"{f.name} is shorter than the journal says; remove {self.partial} to begin again")
            f.truncate(size)
            f.seek(size)

    def _take(self, entry):
        self.done, self.shape = entry["rows"], tuple(entry["shape"])
        layers = [Layer(**layer) for layer in entry["layers"]]
        before = self.layers or [Layer()] * len(layers)
        self.layers = tuple(a + b for a, b in zip(before, layers))

    def _row_bytes(self):
        return math.prod(self.shape) * np.dtype(DTYPES[self.dtype][1]).itemsize

    def _header(self):
        shape = (len(self.rows), *self.shape)
        if self.format == "npy":
            return npy_header(shape, DTYPES[self.dtype][1])
        if self.format == "safetensors":
            return safetensors_header(shape, DTYPES[self.dtype][2], len(self.rows) * self._row_bytes(), self.origin())
        return b""

    def _line(self, number, row, columns):
        clash = row.keys() & columns.keys()
        if clash:
            raise ExportError(f"row {number}: column {min(clash)!r} stands in the prompts already")
        try:
            return json.dumps({**row, **columns}, ensure_ascii=False, allow_nan=False, default=plain) + "\n"
        except (TypeError, ValueError) as err:
            raise ExportError(f"row {number}: {err}; expected texts, finite numbers, bools and None") from None

    def _warn_of_overflow(self):
        if self._warned:
            return
        for i, layer in enumerate(self.layers):
            if layer.overflowed:
                warnings.warn(
                    f"layer {i} overflows {self.dtype}: |x| reaches {layer.largest:.6g}. {advice(self.dtype)}",
                    stacklevel=3,
                )
                self._warned = True
                return


def store(x, dtype):
    """Round float32 states; return the stored array and a Layer for each layer."""
    torch_type, numpy_type, _, _ = DTYPES[dtype]
    rounded = x.to(torch_type)
    finite, survived = torch.isfinite(x), torch.isfinite(rounded)
    layers = tuple(
        Layer(
            largest=float(x[:, i].abs().masked_fill(~finite[:, i], 0).max()),
            overflowed=int((finite[:, i] & ~survived[:, i]).sum()),
            not_finite=int((~finite[:, i]).sum()),
        )
        for i in range(x.shape[1])
    )
    if dtype == "bfloat16":  # numpy has no such type
        rounded = rounded.view(torch.int16)
    stored = rounded.contiguous().numpy()
    if dtype == "bfloat16":
        stored = stored.view(np.uint16)
    return stored.astype(numpy_type, copy=False), layers


def npy_header(shape, descr):
    text = repr({"descr": descr, "fortran_order": False, "shape": shape})
    # The numbers begin at a multiple of 64, as numpy has it.
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode("latin1")


def safetensors_header(shape, kind, size, metadata):
    text = json.dumps({"__metadata__": metadata, "hidden_states": {"dtype": kind, "shape": shape, "data_offsets": [0, size]}})
    text += " " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text.encode()


def import_pyarrow():
    try:
        return importlib.import_module("pyarrow")
    except ImportError:
        raise ExportError("format arrow needs pyarrow: pip install pyarrow") from None


def write_arrow(writer, examples):
    """Put the columns and a column for every layer into one Arrow IPC file."""
    pa = import_pyarrow()
    path = writer.partial / writer.states_name
    raw = np.memmap(writer._raw_path, DTYPES[writer.dtype][1], "r", shape=(len(examples), *writer.shape))
    names = list(dict.fromkeys(name for row in examples for name in row))
    table = pa.table({name: pa.array([scalar(row.get(name)) for row in examples]) for name in names})
    block = max(1, (16 << 20) // writer._row_bytes())
    sink = None
    with open(path, "wb") as f:
        for lo in range(0, len(examples), block):
            columns = dict(zip(names, table.slice(lo, block).columns))
            for i in range(writer.shape[0]):
                columns[f"layer_{i}"] = fixed_size_lists(pa, raw[lo : lo + block, i])
            batch = pa.table(columns).replace_schema_metadata(writer.origin())
            sink = sink or pa.ipc.new_file(f, batch.schema)
            sink.write_table(batch)
        sink.close()
        sync(f)


def fixed_size_lists(pa, array):
    lists = pa.array(np.ascontiguousarray(array).reshape(-1))
    for n in array.shape[:0:-1]:
        lists = pa.FixedSizeListArray.from_arrays(lists, n)
    return lists


def scalar(value):
    """Nested values stand in a table as JSON."""
    return json.dumps(value, ensure_ascii=False) if isinstance(value, (dict, list)) else value


def plain(value):
    """numpy's and torch's numbers, for JSON."""
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"found a {type(value).__name__}")


def starter(writer, examples):
    """A study file that says all that the exporter knows."""
    names = list(dict.fromkeys(name for row in examples for name in row))
    binary = [name + empty for name in names if (empty := binary_column([row.get(name) for row in examples])) is not None]
    lines = ["# What the probe predicts is still to be said: see target.", "activations:", f"  path: {writer.states_name}"]
    axes = ["row", "layer", "position", "width"] if len(writer.shape) == 3 else ["row", "layer", "width"]
    if writer.format == "arrow":
        lines += ["  tensor: layer_*"]
        axes.remove("layer")
    lines += [f"  axes: [{', '.join(axes)}]"]
    declared = DTYPES[writer.dtype][3]
    if declared and writer.format != "safetensors":
        lines += [f"  dtype: {declared}"]
    if len({row.get("length") for row in examples}) > 1:
        lines += ["  # Prompts differ in length; first, mean, a number and a range are other choices."]
        lines += ["  position: last", "  length: length"]
    lines += ["examples: examples.jsonl", "join: position"]
    lines += ["", "# A column, or an expression over columns, that is 0 or 1 in every row."]
    lines += ["# Columns of 0 and 1 here: " + (", ".join(binary) or "none")]
    lines += ["target: {label: label, names: [label is 0, label is 1]}", ""]
    lines += known(names, "group", "Rows that depend on each other, such as wordings of one question.")
    lines += known(names, "condition", "Conditions that the gap is reported for apart.")
    for key, name in (("id", "id"), ("text", "prompt"), ("said", "generated")):
        lines += [f"{key}: {name}"] if name in names else []
    lines += ["", "# When the model acted as if the label were 0, and when as if it were 1:"]
    lines += ["# decision:", "#   acts_as_0: echoed", "#   acts_as_1: correct and not echoed"]
    return "\n".join(lines) + "\n"


def binary_column(values):
    """Return None unless all values are 0 and 1, else a remark on those that are missing."""
    missing = values.count(None)
    there = [v for v in values if v is not None]
    if not there or any(type(v) not in (bool, int) or v not in (0, 1) for v in there):
        return None
    return f" (null in {missing} rows)" if missing else ""


def known(names, key, what):
    return [f"{key}: {key}"] if key in names else [f"# {what}", f"# {key}:"]


def open_for_update(path):
    path.touch()
    return open(path, "r+b")


def write_text(path, text):
    beside = path.with_name(path.name + ".new")
    with open(beside, "w", encoding="utf-8", newline="\n") as f:
        f.write(text)
        sync(f)
    os.replace(beside, path)


def sync(f):
    f.flush()
    os.fsync(f.fileno())


def sync_folder(path):
    if os.name == "nt":
        return
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def digest(text):
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


def read_jsonl(path):
    rows = []
    with open(path, encoding="utf-8-sig") as f:
        for number, line in enumerate(f, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError as err:
                raise ExportError(f"{path}:{number}: {err}") from None
            if not isinstance(row, dict):
                raise ExportError(f"{path}:{number}: found {line.strip()[:40]!r}, expected an object {{...}}")
            rows.append(row)
    return rows


def check_prompts(rows, where):
    """Refuse early what tell would refuse when the export is done."""
    kinds = {}
    for number, row in enumerate(rows, 1):
        if not isinstance(row.get("prompt"), str) or not row["prompt"]:
            raise ExportError(f"{where}, row {number}: found prompt {row.get('prompt')!r}, expected a text")
        for name, value in row.items():
            if name in GENERATED:
                raise ExportError(f"{where}, row {number}: the column {name!r} is one that the exporter writes")
            if value is None:
                continue
            kind = kind_of(value)
            first, since = kinds.setdefault(name, (kind, number))
            if kind != first:
                raise ExportError(f"{where}, row {number}, column {name!r}: found {kind}, expected {first} as in row {since}")


def kind_of(value):
    if isinstance(value, bool):
        return "a bool"
    if isinstance(value, (int, float)):
        return "a number"
    return "a string" if isinstance(value, str) else "a nested value"


def parse_positions(text):
    """Return how many tokens at the end of a prompt are kept, None for all."""
    if text == "last":
        return 1
    if text == "all":
        return None
    head, _, count = text.partition(":")
    if head == "last" and count.isdecimal() and int(count) > 0:
        return int(count)
    raise ExportError(f"positions: found {text!r}, expected last, last:N or all")


def encode(tokenizer, prompt, chat_template):
    if not chat_template:
        return tokenizer(prompt)["input_ids"]
    message = [{"role": "user", "content": prompt}]
    text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
    return tokenizer(text, add_special_tokens=False)["input_ids"]


class Generator:
    """Greedy decoding that keeps the hidden states of the prompt."""

    def __init__(self, model, tokenizer, max_new_tokens):
        from transformers import GenerationConfig

        ends = model.generation_config.eos_token_id
        if ends is None:
            ends = tokenizer.eos_token_id
        self.ends = set(ends if isinstance(ends, list) else [ends]) - {None}
        self.pad = next((i for i in (tokenizer.pad_token_id, *sorted(self.ends)) if i is not None), 0)
        self.model, self.tokenizer = model, tokenizer
        # A model's own settings may hold penalties that greedy decoding would
        # follow, so they are set here.
        self.config = GenerationConfig(
            do_sample=False,
            num_beams=1,
            repetition_penalty=1.0,
            no_repeat_ngram_size=0,
            max_new_tokens=max_new_tokens,
            eos_token_id=sorted(self.ends) or None,
            pad_token_id=self.pad,
            return_dict_in_generate=True,
            output_hidden_states=True,
        )

    @torch.inference_mode()
    def __call__(self, batch, keep):
        """Return states (rows x layers x keep x width) and what was generated.

        batch holds the tokens of each prompt. Of a prompt with fewer tokens
        than keep, all are kept, from the first position on; the rest is 0.
        """
        longest = max(map(len, batch))
        ids = torch.tensor([[self.pad] * (longest - len(t)) + t for t in batch], device=self.model.device)
        mask = torch.tensor([[0] * (longest - len(t)) + [1] * len(t) for t in batch], device=self.model.device)
        out = self.model.generate(input_ids=ids, attention_mask=mask, generation_config=self.config)
        # Batches are padded on the left for generation.
        tail = torch.stack([h[:, -keep:].to("cpu", torch.float32) for h in out.hidden_states[0]], dim=1)
        states = tail.new_zeros(len(batch), tail.shape[1], keep, tail.shape[3])
        for i, tokens in enumerate(batch):
            n = min(keep, len(tokens))
            states[i, :, :n] = tail[i, :, -n:]
        return states, [self._columns(tokens) for tokens in out.sequences[:, longest:].tolist()]

    def _columns(self, tokens):
        end = next((i for i, token in enumerate(tokens) if token in self.ends), len(tokens))
        return {"generated": self.tokenizer.decode(tokens[:end], skip_special_tokens=True), "n_generated": end}


@torch.inference_mode()
def answer_logps(model, tokenizer, prompt, answers, *, chat_template=True):
    """Return, for each of answers, the log of the probability (in nats) that what the model says begins with it.

    The probability is that of sampling at temperature 1: the sum over the tokens
    of the answer, without an end of sequence behind it. The answer is cut into
    tokens by itself, as it is where the tokens of the prompt end before it.
    """
    from transformers import DynamicCache

    if not answers:
        return []
    chat_template = bool(chat_template and tokenizer.chat_template)
    tails = [tokenizer(answer, add_special_tokens=False)["input_ids"] for answer in answers]
    if not all(tails):
        raise ExportError(f"answers to {prompt!r}: {answers[list(map(len, tails)).index(0)]!r} has no tokens")
    model.eval()
    # The prompt, and what all answers begin with, are computed once; they give the
    # next token of each answer too. Only what is longer has to be run.
    shared = os.path.commonprefix(tails)
    head = torch.tensor([encode(tokenizer, prompt, chat_template) + shared], device=model.device)
    cache = DynamicCache()
    known = {"cache" if "cache" in inspect.signature(model.forward).parameters else "past_key_values": cache}
    logits = model(head, use_cache=True, **known).logits[:, -len(shared) - 1 :]
    begin = float(token_logps(logits[:, :-1], head[:, head.shape[1] - len(shared) :]).sum())
    rests = [tail[len(shared) :] for tail in tails]
    firsts = torch.tensor([[rest[0] if rest else 0 for rest in rests]])
    nexts = token_logps(logits[:, -1:].expand(-1, len(rests), -1), firsts)[0].tolist()
    sums = [begin + (logp if rest else 0) for logp, rest in zip(nexts, rests)]
    longer = [i for i, rest in enumerate(rests) if len(rest) > 1]
    if longer:
        longest = max(len(rests[i]) for i in longer)
        # Padded behind their ends, where nothing that counts looks: no mask is needed.
        ids = torch.tensor([rests[i] + [0] * (longest - len(rests[i])) for i in longer], device=model.device)
        cache.batch_repeat_interleave(len(longer))
        logps = token_logps(model(ids[:, :-1], use_cache=True, **known).logits, ids[:, 1:])
        for i, row in zip(longer, logps):
            sums[i] += float(row[: len(rests[i]) - 1].sum())
    return sums


def token_logps(logits, tokens):
    """Rows x tokens: the log-probability of each token under the logits at its place."""
    at = logits.gather(2, tokens[:, :, None].to(logits.device))[:, :, 0]
    return at.cpu().double() - logits.float().logsumexp(2).cpu().double()


def export(
    model,
    tokenizer,
    prompts,
    out,
    *,
    max_new_tokens=14,
    positions="last",
    dtype="float16",
    format="npy",
    behaviour=None,
    chat_template=True,
    batch_size=8,
    progress=True,
):
    """Write what a transformers model thinks and says about prompts to out.

    prompts is a JSONL file or a list of dicts, each with a prompt; the other
    columns are kept. positions is "last", "last:N" or "all". behaviour gets
    each row with what was generated and returns a dict of further columns; it
    may return a shorter generated. Returns a Summary.
    """
    if isinstance(prompts, (str, os.PathLike)):
        rows = read_jsonl(prompts)
        check_prompts(rows, prompts)
    else:
        rows = list(prompts)
        check_prompts(rows, "prompts")
    keep = parse_positions(positions)
    if max_new_tokens < 1 or batch_size < 1:
        raise ExportError("max_new_tokens and batch_size: expected at least 1")
    chat_template = bool(chat_template and tokenizer.chat_template)
    tokens = [encode(tokenizer, row["prompt"], chat_template) for row in rows]
    settings = {
        **identity(model),
        "positions": positions,
        "max_new_tokens": max_new_tokens,
        "batch_size": batch_size,
        "chat_template": chat_template,
        "tokens_sha256": digest(json.dumps(tokens)),
        "behaviour": source_of(behaviour),
    }
    generate = Generator(model, tokenizer, max_new_tokens)
    keep = keep or max(map(len, tokens))
    model.eval()
    with Writer(out, rows, dtype=dtype, format=format, settings=settings, embedding_layer=0) as writer:
        with tqdm(total=len(rows), initial=writer.done, unit="row", disable=None if progress else True) as bar:
            for batch in writer.batches(batch_size):
                at = writer.done
                states, said = generate(tokens[at : at + len(batch)], keep)
                for row, columns, ids in zip(batch, said, tokens[at:]):
                    columns["n_prompt_tokens"] = len(ids)
                    if positions != "last":
                        columns["length"] = min(keep, len(ids))
                    columns.update(behave(behaviour, row, columns))
                writer.append(states[:, :, 0] if positions == "last" else states, said)
                bar.update(len(batch))
        return writer.finish()


def behave(behaviour, row, columns):
    if behaviour is None:
        return {}
    more = behaviour({**row, **columns})
    if not isinstance(more, dict):
        raise ExportError(f"behaviour: found {more!r}, expected a dict of columns")
    clash = more.keys() & (row.keys() | columns.keys()) - {"generated"}
    if clash:
        raise ExportError(f"behaviour: column {min(clash)!r} is there already")
    return more


def identity(model):
    """What has to be the same for a second run to go on with the rows of a first."""
    import transformers

    head = [p.detach().flatten()[:64].float().cpu().numpy().tobytes() for p in model.parameters() if not p.is_meta]
    return {
        "model": model.config._name_or_path,
        "model_dtype": str(model.dtype).removeprefix("torch."),
        "device": model.device.type,
        "weights_sha256": digest(b"".join(head)),
        "torch": torch.__version__,
        "transformers": transformers.__version__,
    }


def source_of(function):
    """Name a function by its own name and the text of the file it is in."""
    if function is None:
        return None
    function = inspect.unwrap(function.func if isinstance(function, functools.partial) else function)
    try:
        text = Path(inspect.getsourcefile(function)).read_bytes()
    except (TypeError, OSError):
        text = b""
    return f"{getattr(function, '__qualname__', type(function).__name__)} {digest(text)[:16]}"


def load_function(name):
    module, _, function = name.partition(":")
    sys.path.insert(0, os.getcwd())
    try:
        return getattr(importlib.import_module(module), function)
    except (ImportError, AttributeError, ValueError) as err:
        raise ExportError(f"behaviour: found {name!r}, expected module:function ({err})") from None


def load_model(name, gguf, dtype, device):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    extra = {"gguf_file": gguf} if gguf else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, **extra)
        model = AutoModelForCausalLM.from_pretrained(name, dtype=dtype, **extra)
    except (ImportError, OSError, ValueError) as err:
        raise ExportError(f"model {name}: {err}") from err
    return model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")), tokenizer


def parser():
    p = argparse.ArgumentParser(prog="tell-export", description="Write the hidden states of a model, and what it says, for tell.")
    p.add_argument("--model", required=True, help="name or folder of a transformers model")
    p.add_argument("--gguf", metavar="FILE", help="GGUF file in that folder or repository")
    p.add_argument("--prompts", required=True, metavar="FILE", help="JSONL with a prompt on every line; other columns are kept")
    p.add_argument("--out", required=True, metavar="DIR", help="folder that the dump becomes")
    p.add_argument("--max-new-tokens", type=int, default=14, metavar="N", help="tokens to generate (default: 14)")
    p.add_argument("--positions", default="last", metavar="P", help="tokens of the prompt to keep: last, last:N or all (default: last)")
    p.add_argument("--dtype", choices=DTYPES, default="float16", help="type of the stored numbers (default: float16)")
    p.add_argument("--format", choices=FORMATS, default="npy", help="file format of the states (default: npy)")
    p.add_argument("--behaviour", metavar="MODULE:FUNCTION", help="function that turns a row into a dict of further columns")
    p.add_argument("--no-chat-template", action="store_true", help="give the model the bare prompt")
    p.add_argument("--batch-size", type=int, default=8, metavar="N", help="prompts at a time (default: 8)")
    p.add_argument("--model-dtype", default="auto", metavar="TYPE", help="type that the model computes in, such as float32 (default: auto)")
    p.add_argument("--device", metavar="D", help="cpu, cuda, cuda:1, mps (default: cuda where there is one)")
    p.add_argument("--version", action="version", version=__version__)
    return p


def main(arguments=None):
    a = parser().parse_args(arguments)
    try:
        behaviour = load_function(a.behaviour) if a.behaviour else None
        model, tokenizer = load_model(a.model, a.gguf, a.model_dtype, a.device)
        summary = export(
            model,
            tokenizer,
            a.prompts,
            a.out,
            max_new_tokens=a.max_new_tokens,
            positions=a.positions,
            dtype=a.dtype,
            format=a.format,
            behaviour=behaviour,
            chat_template=not a.no_chat_template,
            batch_size=a.batch_size,
        )
    except KeyboardInterrupt:
        print(f"tell-export: interrupted; {a.out}.partial keeps the rows so far, the same command goes on", file=sys.stderr)
        return 130
    except (ExportError, OSError) as err:
        print(f"tell-export: {err}", file=sys.stderr)
        return 1
    for line in summary.warnings():
        print(f"tell-export: {line}", file=sys.stderr)
    print(f"{summary.out}: {' x '.join(map(str, summary.shape))} as {a.dtype}; set the target in {summary.out / 'study.yaml'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
