"""Tests of the exporter on a tiny random model; nothing is downloaded."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

import tell_export
import tiny

HERE = Path(__file__).parent
REPOSITORY = HERE.parent


@pytest.fixture(scope="module")
def model():
    return tiny.model()


@pytest.fixture(scope="module")
def tokenizer():
    return tiny.tokenizer()


def export(model, tokenizer, out, **options):
    options = {"behaviour": tiny.behaviour, "batch_size": 5, "progress": False, **options}
    return tell_export.export(model, tokenizer, tiny.prompts(), out, **options)


def contents(folder):
    return {path.name: path.read_bytes() for path in sorted(Path(folder).iterdir())}


def examples(folder):
    return tell_export.read_jsonl(Path(folder) / "examples.jsonl")


def read_states(folder):
    """The states as other libraries read them: rows x layers x [positions x] width, float64."""
    folder = Path(folder)
    (path,) = folder.glob("hidden_states.*")
    settings = json.loads((folder / "export.json").read_text())["settings"]
    if path.suffix == ".npy":
        a = np.load(path)
    elif path.suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)["hidden_states"].double().numpy()
    else:
        import pyarrow as pa

        with pa.ipc.open_file(path) as f:
            table = f.read_all()
        layers = [name for name in table.column_names if name.startswith("layer_")]
        a = np.stack([np.array(table[name].to_pylist()) for name in layers], axis=1)
    if settings["dtype"] == "bfloat16":
        a = (a.astype("<u4") << 16).view("<f4")
    return a.astype("f8")


def expected_states(model, tokenizer, prompt):
    """Layers x tokens x width, from a forward pass of one prompt alone."""
    ids = tell_export.encode(tokenizer, prompt, True)
    with torch.inference_mode():
        out = model(torch.tensor([ids]), output_hidden_states=True)
    return torch.stack(out.hidden_states)[:, 0].double().numpy()


# What is written.


def test_states_are_those_of_the_last_prompt_token(model, tokenizer, tmp_path):
    summary = export(model, tokenizer, tmp_path / "dump", dtype="float32")
    states = read_states(tmp_path / "dump")
    assert summary.shape == states.shape == (12, 3, 16)
    for row, got in zip(tiny.prompts(), states):
        np.testing.assert_allclose(got, expected_states(model, tokenizer, row["prompt"])[:, -1], rtol=1e-4, atol=1e-5)


def test_generation_is_greedy(tokenizer, tmp_path):
    model = tiny.model()
    model.generation_config.repetition_penalty = 5.0  # as some models ask for
    model.generation_config.no_repeat_ngram_size = 1
    export(model, tokenizer, tmp_path / "dump", max_new_tokens=3)
    for row in examples(tmp_path / "dump"):
        ids = tell_export.encode(tokenizer, row["prompt"], True)
        assert row["n_prompt_tokens"] == len(ids)
        said = []
        for _ in range(3):
            with torch.inference_mode():
                said.append(int(model(torch.tensor([ids + said])).logits[0, -1].argmax()))
        said = said[: said.index(tokenizer.eos_token_id)] if tokenizer.eos_token_id in said else said
        assert row["generated"] == tokenizer.decode(said, skip_special_tokens=True)
        assert row["n_generated"] == len(said)


def test_end_of_sequence_is_not_counted(model, tokenizer):
    generate = tell_export.Generator(model, tokenizer, 4)
    end = tokenizer.eos_token_id
    word = tokenizer.convert_tokens_to_ids("paris")
    assert generate._columns([word, word, end, end]) == {"generated": "paris paris", "n_generated": 2}
    assert generate._columns([end]) == {"generated": "", "n_generated": 0}


@pytest.mark.parametrize("positions, kept", [("last:1", 1), ("last:4", 4), ("last:10", 10), ("all", 15)])
def test_positions_are_the_last_tokens(model, tokenizer, tmp_path, positions, kept):
    export(model, tokenizer, tmp_path / "dump", dtype="float32", positions=positions)
    states = read_states(tmp_path / "dump")
    assert states.shape == (12, 3, kept, 16)
    for row, got in zip(examples(tmp_path / "dump"), states):
        assert row["length"] == min(kept, row["n_prompt_tokens"])
        there = expected_states(model, tokenizer, row["prompt"])[:, -row["length"] :]
        np.testing.assert_allclose(got[:, : row["length"]], there, rtol=1e-4, atol=1e-5)
        assert not got[:, row["length"] :].any()
    ragged = "  position: last\n  length: length\n" in (tmp_path / "dump" / "study.yaml").read_text()
    assert ragged == (kept > 8)


@pytest.mark.parametrize("positions", ["last", "last:4"])
@pytest.mark.parametrize("dtype", tell_export.DTYPES)
@pytest.mark.parametrize("format", tell_export.FORMATS)
def test_formats_hold_the_same_numbers(model, tokenizer, tmp_path, format, dtype, positions):
    export(model, tokenizer, tmp_path / "exact", dtype="float32", positions=positions)
    export(model, tokenizer, tmp_path / "dump", dtype=dtype, format=format, positions=positions)
    exact = torch.from_numpy(read_states(tmp_path / "exact")).float()
    np.testing.assert_array_equal(read_states(tmp_path / "dump"), exact.to(getattr(torch, dtype)).double().numpy())
    assert (tmp_path / "dump" / "examples.jsonl").read_bytes() == (tmp_path / "exact" / "examples.jsonl").read_bytes()


def test_npy_header_is_numpys(tmp_path):
    for shape in [(1, 2, 3), (672, 31, 576), (123456, 99, 12, 4096)]:
        with open(tmp_path / "a.npy", "wb") as f:
            np.lib.format.write_array_header_1_0(f, {"descr": "<f2", "fortran_order": False, "shape": shape})
        with open(tmp_path / "a.npy", "rb") as f:
            f.seek(8)
            theirs = np.lib.format.read_array_header_1_0(f)
        mine = tell_export.npy_header(shape, "<f2")
        assert len(mine) % 64 == 0
        (tmp_path / "b.npy").write_bytes(mine)
        with open(tmp_path / "b.npy", "rb") as f:
            assert np.lib.format.read_magic(f) == (1, 0)
            assert np.lib.format.read_array_header_1_0(f) == theirs


def test_columns_of_prompts_and_behaviour_are_kept(model, tokenizer, tmp_path):
    export(model, tokenizer, tmp_path / "dump")
    written = examples(tmp_path / "dump")
    order = ["id", "group", "label", "truth", "prompt", "generated", "n_generated", "n_prompt_tokens", "correct"]
    for row, given in zip(written, tiny.prompts()):
        assert list(row) == order
        assert {name: row[name] for name in given} == given
        assert row["correct"] == int(given["truth"] in row["generated"].split())


def test_arrow_file_has_the_columns_too(model, tokenizer, tmp_path):
    import pyarrow as pa

    export(model, tokenizer, tmp_path / "dump", format="arrow")
    with pa.ipc.open_file(tmp_path / "dump" / "hidden_states.arrow") as f:
        table = f.read_all()
    columns = [name for name in table.column_names if not name.startswith("layer_")]
    assert table.select(columns).to_pylist() == examples(tmp_path / "dump")


def test_behaviour_may_shorten_what_was_said_and_nothing_else(model, tokenizer, tmp_path):
    export(model, tokenizer, tmp_path / "dump", behaviour=lambda row: {"generated": row["generated"][:4]})
    assert all(len(row["generated"]) <= 4 for row in examples(tmp_path / "dump"))
    for name in ("truth", "n_generated"):
        with pytest.raises(tell_export.ExportError, match=f"{name!r} is there already"):
            export(model, tokenizer, tmp_path / name, behaviour=lambda row, name=name: {name: 0})


def test_chat_template_can_be_left_out(model, tokenizer, tmp_path):
    export(model, tokenizer, tmp_path / "bare", chat_template=False)
    export(model, tiny.tokenizer(chat_template=None), tmp_path / "none")
    export(model, tokenizer, tmp_path / "chat")
    bare, none, chat = (examples(tmp_path / name) for name in ("bare", "none", "chat"))
    assert bare == none
    assert [a["n_prompt_tokens"] - b["n_prompt_tokens"] for a, b in zip(chat, bare)] == [3] * 12


@pytest.mark.parametrize("chat_template", [True, False])
@pytest.mark.parametrize("answers", [
    ["lima is in peru", "peru", "egypt france"],
    ["lima is in peru", "lima is in egypt france quito", "lima is in"],
    ["lima is in", "lima is in"],
    ["lima is in peru"],
    ["peru", "france"],
])
def test_answer_logps_are_those_of_whole_texts(model, tokenizer, answers, chat_template):
    prompt = "which country is lima in"
    got = tell_export.answer_logps(model, tokenizer, prompt, answers, chat_template=chat_template)
    head = tell_export.encode(tokenizer, prompt, chat_template)
    for answer, logp in zip(answers, got, strict=True):
        tail = tokenizer(answer)["input_ids"]
        with torch.inference_mode():
            logps = model(torch.tensor([head + tail])).logits[0, len(head) - 1 : -1].double().log_softmax(-1)
        assert logp == pytest.approx(float(logps[range(len(tail)), tail].sum()), abs=1e-4)


def test_answer_logps_of_all_words_add_up_to_one(model, tokenizer):
    words = list(tokenizer.get_vocab())
    logps = tell_export.answer_logps(model, tokenizer, "which country is lima in", words)
    assert np.exp(logps).sum() == pytest.approx(1)
    assert tell_export.answer_logps(model, tokenizer, "which country is lima in", []) == []
    with pytest.raises(tell_export.ExportError, match="'' has no tokens"):
        tell_export.answer_logps(model, tokenizer, "which country is lima in", ["peru", ""])


# What does not fit.


def test_overflow_is_counted_and_told(tmp_path):
    states = torch.zeros(2, 2, 3)
    states[0, 1, 0], states[1, 1, 2], states[1, 0, 1] = 70000, -1e6, 65504
    states[0, 0, 0] = float("nan")
    with tell_export.Writer(tmp_path / "dump", [{"id": "a"}, {"id": "b"}]) as writer:
        with pytest.warns(UserWarning, match="layer 1 overflows float16: .* reaches 1e[+]06.*bfloat16 or float32"):
            writer.append(states, [{}, {}])
        summary = writer.finish()
    assert summary.layers[0] == tell_export.Layer(largest=65504, overflowed=0, not_finite=1)
    assert summary.layers[1] == tell_export.Layer(largest=1e6, overflowed=2, not_finite=0)
    nan, overflow = summary.warnings()
    assert nan == "layer 0: the model gave 1 of 6 numbers as NaN or infinite."
    assert overflow.startswith("layer 1: 2 of 6 numbers overflow float16")
    assert np.isinf(np.load(tmp_path / "dump" / "hidden_states.npy")).sum() == 2


def test_bfloat16_and_float32_hold_what_float16_cannot(tmp_path):
    for dtype in ("bfloat16", "float32"):
        with tell_export.Writer(tmp_path / dtype, [{"id": "a"}], dtype=dtype) as writer:
            writer.append(torch.full((1, 1, 2), 70000.0), [{}])
            assert writer.finish().warnings() == []


# Interruption.


def interrupt_at(row_number):
    """A behaviour that is interrupted at its n-th row."""
    seen = iter(range(row_number + 1))

    def behaviour(row):
        if next(seen) == row_number:
            raise KeyboardInterrupt
        return tiny.behaviour(row)

    return behaviour


@pytest.mark.parametrize("format", tell_export.FORMATS)
def test_resumed_dump_is_byte_equal(model, tokenizer, tmp_path, format, monkeypatch):
    monkeypatch.setattr(tell_export, "source_of", lambda function: "the same")
    export(model, tokenizer, tmp_path / "whole", format=format)
    for row_number in (0, 4, 5, 11):
        out = tmp_path / f"cut-{row_number}"
        with pytest.raises(KeyboardInterrupt):
            export(model, tokenizer, out, format=format, behaviour=interrupt_at(row_number))
        assert not out.exists()
        assert len(examples(f"{out}.partial")) == row_number // 5 * 5
        export(model, tokenizer, out, format=format)
        assert contents(out) == contents(tmp_path / "whole")
        assert not Path(f"{out}.partial").exists()


def begin(model, tokenizer, out, rows=10):
    with pytest.raises(KeyboardInterrupt), pytest.MonkeyPatch.context() as patch:
        patch.setattr(tell_export, "source_of", lambda function: "the same")
        export(model, tokenizer, out, behaviour=interrupt_at(rows))


@pytest.mark.parametrize("torn", ["hidden_states.npy", "examples.jsonl", "journal.jsonl"])
def test_half_written_batch_is_dropped(model, tokenizer, tmp_path, torn, monkeypatch):
    monkeypatch.setattr(tell_export, "source_of", lambda function: "the same")
    export(model, tokenizer, tmp_path / "whole")
    begin(model, tokenizer, tmp_path / "dump")
    with open(tmp_path / "dump.partial" / torn, "ab") as f:
        f.write(b'{"rows": 12' + b" " * 10000)
    export(model, tokenizer, tmp_path / "dump")
    assert contents(tmp_path / "dump") == contents(tmp_path / "whole")


def test_interrupted_finish_is_taken_up(model, tokenizer, tmp_path, monkeypatch):
    export(model, tokenizer, tmp_path / "whole", format="arrow")

    def interrupted(*_):
        raise KeyboardInterrupt

    for step in ("write_arrow", "starter", "sync_folder"):
        with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
            patch.setattr(tell_export, step, interrupted)
            export(model, tokenizer, tmp_path / "dump", format="arrow")
        assert not (tmp_path / "dump").exists()
    export(model, tokenizer, tmp_path / "dump", format="arrow")
    assert contents(tmp_path / "dump") == contents(tmp_path / "whole")


def test_other_settings_or_prompts_are_refused(model, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tell_export, "source_of", lambda function: "the same")
    begin(model, tokenizer, tmp_path / "dump")
    for options, told in [
        ({"dtype": "float32"}, 'dtype was "float16" and is "float32"'),
        ({"batch_size": 4}, "batch_size was 5 and is 4"),
        ({"positions": "last:2"}, 'positions was "last" and is "last:2"'),
        ({"chat_template": False}, "chat_template was true and is false"),
    ]:
        with pytest.raises(tell_export.ExportError, match="begun with other settings.*" + told):
            export(model, tokenizer, tmp_path / "dump", **options)
    with pytest.raises(tell_export.ExportError, match="weights_sha256 was"):
        export(tiny.model(seed=1), tokenizer, tmp_path / "dump")
    changed = tiny.prompts()
    changed[0]["truth"] = "peru"
    with pytest.raises(tell_export.ExportError, match="rows_sha256 was"):
        tell_export.export(model, tokenizer, changed, tmp_path / "dump", behaviour=tiny.behaviour, batch_size=5)


def test_lost_bytes_are_noticed(model, tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tell_export, "source_of", lambda function: "the same")
    begin(model, tokenizer, tmp_path / "dump")
    path = tmp_path / "dump.partial" / "hidden_states.npy"
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(tell_export.ExportError, match="hidden_states.npy is shorter than the journal says"):
        export(model, tokenizer, tmp_path / "dump")


def test_edited_behaviour_is_refused(model, tokenizer, tmp_path):
    (tmp_path / "hook.py").write_text("def hook(row):\n    return {'correct': 1}\n")
    before = tell_export.source_of(load_from(tmp_path / "hook.py"))
    (tmp_path / "hook.py").write_text("def hook(row):\n    return {'correct': 0}\n")
    assert tell_export.source_of(load_from(tmp_path / "hook.py")) != before


def load_from(path):
    import importlib.util

    spec = importlib.util.spec_from_file_location("hook", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.hook


@pytest.mark.skipif(tell_export.fcntl is None, reason="no file locks")
def test_second_writer_is_refused(tmp_path):
    with tell_export.Writer(tmp_path / "dump", [{"id": "a"}]):
        with pytest.raises(tell_export.ExportError, match="written by another process"):
            tell_export.Writer(tmp_path / "dump", [{"id": "a"}])


def test_existing_dump_is_not_overwritten(model, tokenizer, tmp_path):
    (tmp_path / "empty").mkdir()
    export(model, tokenizer, tmp_path / "empty")
    with pytest.raises(tell_export.ExportError, match="exists and is not empty"):
        export(model, tokenizer, tmp_path / "empty")


# What is refused at once.


@pytest.mark.parametrize(
    "rows, told",
    [
        ([], "no prompts"),
        ([{"id": "a"}], "row 1: found prompt None, expected a text"),
        ([{"prompt": "in", "generated": "x"}], "'generated' is one that the exporter writes"),
        ([{"prompt": "in", "x": 1}, {"prompt": "in", "x": "1"}], "row 2, column 'x': found a string, expected a number as in row 1"),
    ],
)
def test_unfit_prompts(model, tokenizer, tmp_path, rows, told):
    with pytest.raises(tell_export.ExportError, match=told):
        tell_export.export(model, tokenizer, rows, tmp_path / "dump")
    assert not list(tmp_path.iterdir())


def test_unfit_lines(tmp_path):
    (tmp_path / "p.jsonl").write_text('{"prompt": "in"}\n\n{"prompt": }\n')
    with pytest.raises(tell_export.ExportError, match=r"p.jsonl:3: "):
        tell_export.read_jsonl(tmp_path / "p.jsonl")


@pytest.mark.parametrize("text", ["first", "last:0", "last:-1", "last:", "all:2", ""])
def test_unfit_positions(text):
    with pytest.raises(tell_export.ExportError, match="expected last, last:N or all"):
        tell_export.parse_positions(text)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object()])
def test_unfit_behaviour(model, tokenizer, tmp_path, value):
    with pytest.raises(tell_export.ExportError, match="row 1: .*expected texts, finite numbers, bools and None"):
        export(model, tokenizer, tmp_path / "dump", behaviour=lambda row: {"x": value})


def test_numbers_of_numpy_and_torch_are_plain_in_the_table(tmp_path):
    with tell_export.Writer(tmp_path / "dump", [{"id": "a"}]) as writer:
        writer.append(np.zeros((1, 2, 3)), [{"x": np.bool_(True), "y": np.int64(3), "z": torch.tensor(0.5)}])
        writer.finish()
    assert examples(tmp_path / "dump") == [{"id": "a", "x": True, "y": 3, "z": 0.5}]


def test_rows_that_do_not_fit_are_refused(tmp_path):
    with tell_export.Writer(tmp_path / "dump", [{"id": "a"}, {"id": "b"}]) as writer:
        for states, columns in [(torch.zeros(2, 3), [{}, {}]), (torch.zeros(1, 2, 3), [{}, {}]), (torch.zeros(3, 2, 3), [{}] * 3)]:
            with pytest.raises(tell_export.ExportError, match="found states of shape"):
                writer.append(states, columns)
        writer.append(torch.zeros(1, 2, 3), [{}])
        with pytest.raises(tell_export.ExportError, match="as in the rows before"):
            writer.append(torch.zeros(1, 2, 4), [{}])
        with pytest.raises(tell_export.ExportError, match="found 1 rows, expected 2"):
            writer.finish()


# The command.


@pytest.fixture(scope="module")
def workplace(tmp_path_factory):
    folder = tmp_path_factory.mktemp("command")
    tiny.model().save_pretrained(folder / "model")
    tiny.tokenizer().save_pretrained(folder / "model")
    rows = [{**row, "id": f"{row['id']}-{i}"} for i in range(4) for row in tiny.prompts()]
    (folder / "prompts.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "slow.py").write_text("import os, time\n\n\ndef hook(row):\n    time.sleep(float(os.environ.get('PAUSE', 0)))\n    return {}\n")
    return folder


def arguments(out, *options):
    fixed = ["--model", "model", "--prompts", "prompts.jsonl", "--behaviour", "slow:hook", "--batch-size", "4"]
    return [*fixed, "--out", out, *options]


def start(folder, out, pause="0"):
    return subprocess.Popen(
        [sys.executable, HERE / "tell_export.py", *arguments(out)],
        cwd=folder,
        env={**os.environ, "PAUSE": pause},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def stop(folder, kind, batches):
    """Start the command, send it a signal when so many batches are written, and return how it ended."""
    running = start(folder, "cut", pause="0.05")
    journal = folder / "cut.partial" / "journal.jsonl"
    while not (journal.exists() and journal.read_bytes().count(b"\n") >= batches):
        assert running.poll() is None, running.communicate()
        time.sleep(0.01)
    running.send_signal(kind)
    _, stderr = running.communicate()
    return running.returncode, stderr


@pytest.mark.skipif(os.name == "nt", reason="no SIGINT for one process")
def test_signals_leave_whole_rows_and_the_command_goes_on(workplace, monkeypatch, capsys):
    monkeypatch.chdir(workplace)
    assert tell_export.main(arguments("whole")) == 0
    assert capsys.readouterr().out == f"whole: 48 x 3 x 16 as float16; set the target in {Path('whole/study.yaml')}\n"

    code, stderr = stop(workplace, signal.SIGINT, batches=2)
    assert code == 130
    assert "tell-export: interrupted; cut.partial keeps the rows so far, the same command goes on\n" in stderr
    assert "Traceback" not in stderr
    code, _ = stop(workplace, signal.SIGKILL, batches=5)
    assert code == -signal.SIGKILL
    assert not (workplace / "cut").exists()

    resumed = start(workplace, "cut")
    _, stderr = resumed.communicate()
    assert resumed.returncode == 0, stderr
    assert contents("cut") == contents("whole")


@pytest.mark.parametrize(
    "options, told",
    [
        (["--model", "."], "tell-export: model .: "),
        (["--behaviour", "slow:none"], "tell-export: behaviour: found 'slow:none', expected module:function"),
        (["--positions", "middle"], "tell-export: positions: found 'middle', expected last, last:N or all"),
        (["--prompts", "none.jsonl"], "none.jsonl"),
    ],
)
def test_command_says_what_is_wrong(workplace, monkeypatch, capsys, options, told):
    monkeypatch.chdir(workplace)
    assert tell_export.main(arguments("failed", *options)) == 1
    assert told in capsys.readouterr().err


# tell itself.


@pytest.mark.skipif(shutil.which("go") is None, reason="no Go to build tell with")
@pytest.mark.parametrize("format", tell_export.FORMATS)
def test_tell_inspect_agrees_with_numpy(model, tokenizer, tmp_path, format):
    export(model, tokenizer, tmp_path / "dump", format=format, positions="last:2")
    states = read_states(tmp_path / "dump")
    path = tmp_path / "dump" / f"hidden_states.{format}"
    run = subprocess.run(
        ["go", "run", "./cmd/tell", "inspect", "--json", "--scan", "--quiet", path],
        cwd=REPOSITORY, capture_output=True, text=True, check=False,
    )
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout)
    assert found["shape"] == {"rows": 12, "layers": 3, "positions": 2, "width": 16}
    assert found["dtype"] == "f16"
    for site in found["health"]:
        numbers = states[:, site["layer"], site["position"]]
        assert site["max_abs"] == np.abs(numbers).max()
        assert site["constant_columns"] == (numbers == numbers[0]).all(axis=0).sum()
        assert (site["nan"], site["inf"]) == (0, 0)


@pytest.mark.parametrize("format", tell_export.FORMATS)
def test_the_dump_names_its_model(tmp_path, format):
    rows = [{"prompt": "a"}, {"prompt": "b"}]
    for name, options, told in [
        ("named", {"settings": {"model": "org/gpt2"}, "embedding_layer": 0}, {"model": "org/gpt2", "embedding_layer": "0"}),
        ("unnamed", {"settings": {"model": ""}}, {}),
    ]:
        with tell_export.Writer(tmp_path / name, rows, format=format, **options) as writer:
            writer.append(torch.zeros(2, 3, 4), [{}, {}])
            writer.finish()
        if format == "arrow" and told:
            told = {**told, "embedding_layer": "layer_0"}
        record = json.loads((tmp_path / name / "export.json").read_text())
        assert {key: record[key] for key in ("model", "embedding_layer") if key in record} == told
        path = tmp_path / name / f"hidden_states.{format}"
        if format == "safetensors":
            from safetensors import safe_open

            with safe_open(path, "np") as f:
                assert (f.metadata() or {}) == told
        if format == "arrow":
            import pyarrow as pa

            with pa.ipc.open_file(path) as f:
                assert {k.decode(): v.decode() for k, v in (f.schema.metadata or {}).items()} == told
