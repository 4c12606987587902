"""Write the same table of examples as JSONL, CSV and TSV with pandas.

    pip install pandas
    python make_tables.py
"""

import pandas as pd

table = pd.DataFrame(
    {
        "id": ["a-0", "a-1", "b-0", "b-1", "c-0"],
        "code": ["007", "010", "1", "2", "3"],
        "label": [1, 0, 1, 0, 1],
        "margin": [0.5, -1.25, 3.0, 1e-3, 2.0],
        "right": [True, False, True, True, False],
        "prompt": ["Is 2 > 1?", 'Say "yes", please', "two\nlines", "tab\there", "ünïcode ✓"],
    }
)
table.to_json("table.jsonl", orient="records", lines=True, force_ascii=False)
table.to_csv("table.csv", index=False)
table.to_csv("table.tsv", index=False, sep="\t")
