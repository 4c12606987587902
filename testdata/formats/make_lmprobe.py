"""Have lmprobe write its dataset format 2.0: a Parquet index of safetensors shards.

    pip install lmprobe transformers
    python make_lmprobe.py

push_dataset writes the directory and uploads it; here the upload is a copy. Two
datasets: the last token of every prompt, with the prompts shuffled as lmprobe
does unless it is told otherwise, and all tokens, the last ones of which are in
separate shards. And the directory that extract writes, of all tokens.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

home = tempfile.mkdtemp()
os.environ.update(HF_HOME=home, LMPROBE_CACHE_DIR=home + "/cache", HF_HUB_OFFLINE="1")

import huggingface_hub  # noqa: E402
import lmprobe  # noqa: E402
import pyarrow as pa  # noqa: E402
import pyarrow.parquet as pq  # noqa: E402

import tiny_states as tiny  # noqa: E402


def write(out, repo, pooled, shard_bytes, shuffle):
    """Extract, cache and publish."""
    prompts = [row["prompt"] for row in tiny.rows]
    cache = lmprobe.UnifiedCache(model, layers="all", compute_perplexity=False, cache_pooled=pooled, device="cpu")
    cache.warmup(prompts)

    def upload(self, repo_id, folder_path, **_):
        shutil.copytree(folder_path, out, ignore=shutil.ignore_patterns("_stage_complete", "README.md", "lmprobe_info.json"))

    huggingface_hub.HfApi.create_repo = lambda self, *_, **__: None
    huggingface_hub.HfApi.upload_large_folder = upload
    lmprobe.push_dataset(
        repo, model, prompts, labels=[row["label"] for row in tiny.rows],
        metadata=[{"id": row["id"], "group": row["group"], "city": row["city"]} for row in tiny.rows],
        shard_max_bytes=shard_bytes, shuffle=shuffle)

    # What the index says of the machine and the hour is left out.
    index = out / "index" / "train-00000-of-00001.parquet"
    table = pq.read_table(index)
    kept = {k: v for k, v in table.schema.metadata.items() if k not in (b"lmprobe:model", b"lmprobe:provenance")}
    pq.write_table(table.replace_schema_metadata(kept), index)
    for path in (out / "tensors").iterdir():
        os.chmod(path, 0o644)


def write_extraction(out):
    """Extract into a directory, in batches of five prompts."""
    lmprobe.extract(
        model, [row["prompt"] for row in tiny.rows], output_dir=str(out), batch_size=5, remote=False, backend="local", device="cpu",
        labels=[row["label"] for row in tiny.rows], metadata=[{"id": row["id"], "group": row["group"], "city": row["city"]} for row in tiny.rows])
    manifest = out / "manifest.json"
    said = json.loads(manifest.read_text())
    manifest.write_text(json.dumps({**said, "model_name": "tiny", "created_at": ""}, ensure_ascii=False))
    for path in out.rglob("*.safetensors"):
        os.chmod(path, 0o644)


if __name__ == "__main__":
    model = home + "/tiny"
    tiny.model.save_pretrained(model)
    tiny.tokenizer.save_pretrained(model)
    here = Path(__file__).parent
    for name in ("lmprobe_last", "lmprobe_tokens", "lmprobe_extraction"):
        shutil.rmtree(here / name, ignore_errors=True)
    write(here / "lmprobe_last", "tell/last", True, 5 * 16 * 4, True)
    shutil.rmtree(home + "/cache")
    lmprobe.cache.clear_header_cache()
    write(here / "lmprobe_tokens", "tell/tokens", False, 40 * 16 * 4, False)
    write_extraction(here / "lmprobe_extraction")
    shutil.rmtree(home)
