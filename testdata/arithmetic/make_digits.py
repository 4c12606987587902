"""digits.jsonl: the rows of examples.jsonl with the number of digits of the right answer
and of the one that the model gave.

    python make_digits.py < examples.jsonl > digits.jsonl

The answer given is the last number of a text that ended by itself, its digits those
before the point. A text that was cut off at 24 tokens, or that has no number, gives none.
"""
import json
import re
import sys

for line in sys.stdin:
    row = json.loads(line)
    found = re.findall(r"\d[\d,]*(?:\.\d+)?", row["generated"]) if row["n_generated"] < 24 else []
    first, second = re.findall(r"\d+", row["prompt"])
    print(json.dumps({
        "id": row["id"], "op": row["op"], "first": int(first), "second": int(second), "first_digits": len(first), "second_digits": len(second),
        "answer_digits": len(str(abs(row["answer"]))), "given_digits": len(str(int(float(found[-1].replace(",", ""))))) if found else None,
        "prompt": row["prompt"], "generated": row["generated"],
    }))
