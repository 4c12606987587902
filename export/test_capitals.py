"""The prompts, the columns and the stored table of the capitals. Nothing here needs the model."""

import math
from pathlib import Path

import numpy as np
import pytest

import capitals
import tell_export
import tiny

TABLE = Path(__file__).parent.parent / "testdata" / "capitals" / "examples.jsonl"


class Fixed:
    """A model that weighs countries by their first letter: the sooner in the alphabet, the likelier."""

    def weigh(self, prompt, city):
        return {country: -float(ord(country[0])) for country in capitals.patterns()}

    def unasked(self, city, truth):
        return 0, 0.25


def graded(claim, said=""):
    row = {"group": "Paris", "truth": "France", "claim": claim, "prompt": "?"}
    return capitals.graded(Fixed(), row, said)


@pytest.mark.parametrize("claim", ["France", "Egypt", "Canada", "Japan"])
def test_right_and_wrong_claims_are_weighed_alike(claim):
    got = graded(claim)
    other = min({"France", "Egypt", "Canada", "Japan"} - {claim})
    assert got["other"] == other and got["any_other"][0] == "A" and got["logp_any_other"] == -ord("A")
    assert got["logp_claimed"] == -ord(claim[0]) and got["logp_other"] == -ord(other[0])
    odds = math.exp(got["logp_claimed"] - got["logp_other"])
    assert got["p_claimed"] == pytest.approx(odds / (1 + odds), abs=1e-4)


def test_without_a_claim_there_is_nothing_to_act_on():
    got = graded("")
    assert {name for name, value in got.items() if value is not None} == {"logp_true", "knows", "p_knows"}


@pytest.mark.parametrize("claim, said, other", [
    ("Egypt", "The answer is Egypt.", 0),
    ("Egypt", "The answer is Japan.", 1),
    ("France", "Paris is in France, not in Egypt.", 1),
    ("Egypt", "It is in the African continent.", 0),
])
def test_names_other(claim, said, other):
    assert graded(claim, said)["names_other"] == other


@pytest.mark.parametrize("city, said, countries", [
    ("Lima", "Lima is in South America, in the Americas.", set()),
    ("Boston", "Boston is in New England, in the United States", {"America"}),
    ("Prague", "It is in the Czech Republic.", {"Czechia"}),
    ("Dubai", "Dubai is in the UAE.", {"Emirates"}),
    ("Seoul", "in North Korea", set()),
    ("Seoul", "in South Korea, not Indian", {"Korea"}),
    ("Auckland", "New Zealand.", {"Zealand"}),
    ("Singapore", "Singapore is in Ireland.", {"Ireland"}),
    ("Geneva", "Geneva is in Singapore.", {"Singapore"}),
])
def test_named(city, said, countries):
    assert capitals.named(said, city) == countries


def test_the_names_of_a_country_add_up():
    assert capitals.log_sum([-1000.0, -1000.0]) == pytest.approx(-1000 + math.log(2))
    model = capitals.Model(tiny.model(), tiny.tokenizer())
    weighed = model.weigh("which country is paris in", "Auckland")
    forms = ["Auckland is in Zealand", "Auckland is in New Zealand"]
    apart = tell_export.answer_logps(model.model, model.tokenizer, "which country is paris in", forms)
    assert len(weighed) == 66
    assert weighed["Zealand"] == pytest.approx(np.logaddexp(*apart))


def test_the_stored_table_follows_the_rules():
    rows = tell_export.read_jsonl(TABLE)
    assert [{name: row[name] for name in given} for row, given in zip(rows, capitals.prompts(), strict=True)] == capitals.prompts()
    knows = {row["group"]: (row["correct"], row["p_knows"]) for row in rows if not row["claim"]}
    for row in rows:
        said = row["generated"]
        assert row["correct"] == capitals.names(said, row["truth"]) and row["echoed"] == capitals.names(said, row["claim"])
        assert (row["knows"], row["p_knows"]) == knows[row["group"]]
        claimed, other, any_other = row["logp_claimed"], row["logp_other"], row["logp_any_other"]
        if not row["claim"]:
            assert {name for name in capitals.GRADED if row[name] is not None} == {"logp_true", "knows", "p_knows"}
            continue
        assert row["names_other"] == bool(capitals.named(said, row["group"]) - {row["claim"]})
        assert row["other"] in set(capitals.countries()[row["group"]]) - {row["claim"]}
        assert row["any_other"] != row["claim"] and any_other >= other >= (row["logp_true"] if row["user_wrong"] else -math.inf)
        assert row["user_wrong"] or row["logp_true"] == claimed
        assert row["p_claimed"] == pytest.approx(1 / (1 + math.exp(other - claimed)), abs=1e-4)
