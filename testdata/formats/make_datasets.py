"""Save Hugging Face datasets: nested sequences, Array2D, and List, in shards.

    pip install datasets
    python make_datasets.py
"""

import pathlib
import shutil

from datasets import Array2D, Dataset, Features, List, Sequence, Value

from planted import columns, states

table = {
    "id": Value("string"),
    "condition": Value("string"),
    "label": Value("int64"),
    "margin": Value("float32"),
    "right": Value("bool"),
}


def save(name, feature, array, shards):
    dataset = Dataset.from_dict({**columns, "states": array.tolist()}, features=Features({**table, "states": feature}))
    shutil.rmtree(name, ignore_errors=True)
    dataset.save_to_disk(name, num_shards=shards)
    for cache in pathlib.Path(name).glob("cache-*"):
        cache.unlink()


save("hf_array2d", Array2D(states.shape[1:], "float32"), states, shards=2)
save("hf_sequence", Sequence(Sequence(Value("float16"), length=4), length=3), states, shards=1)
save("hf_list", List(Value("float64")), states[:, 0], shards=2)
