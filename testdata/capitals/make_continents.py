"""continents.jsonl: the rows of examples.jsonl with the continent of the city and the
one that the answer names.

    python make_continents.py < examples.jsonl > continents.jsonl
"""
import json
import sys

LANDS = {
    "Africa": "Egypt Ghana Kenya Morocco Nigeria Senegal Tunisia",
    "America": "America Canada Chile Colombia Cuba Ecuador Peru Uruguay Venezuela",
    "Asia": "Afghanistan Arabia Bangladesh China Emirates India Indonesia Iran Iraq Israel Japan Jordan Korea Lanka Lebanon Nepal "
    "Pakistan Philippines Singapore Syria Thailand Turkey Vietnam",
    "Europe": "Austria Belgium Bulgaria Croatia Czechia Denmark England Finland France Germany Greece Hungary Ireland Italy Netherlands "
    "Norway Poland Portugal Romania Russia Serbia Spain Sweden Switzerland Ukraine",
    "Oceania": "Australia Zealand",
}
CONTINENT = {land: continent for continent, lands in LANDS.items() for land in lands.split()}

for line in sys.stdin:
    row = json.loads(line)
    # The claimed country if the answer repeats it, else the true one if it names that.
    said = row["claim"] if row["echoed"] == 1 else row["truth"] if row["correct"] == 1 else None
    print(json.dumps({
        "id": row["id"], "city": row["group"], "user_wrong": row["user_wrong"],
        "continent": CONTINENT[row["truth"]], "said": said and CONTINENT[said],
        "prompt": row["prompt"], "generated": row["generated"],
    }))
