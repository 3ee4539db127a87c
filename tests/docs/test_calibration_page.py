"""docs/calibration.md is what the kept figures and the template make."""

from __future__ import annotations

import json
import math

import pytest

from tests.calibration.page import FIGURES, PAGE, TEMPLATE, page_of


def test_the_page_is_written_from_the_figures() -> None:
    found = json.loads(FIGURES.read_text(encoding="utf-8"))
    assert page_of(found, TEMPLATE.read_text(encoding="utf-8")) == PAGE.read_text(encoding="utf-8")


def test_what_the_page_says_first_is_in_the_figures() -> None:
    """The numbers in its prose: how far AIPW falls short with poor overlap, and comparing with those never served."""
    lines = json.loads(FIGURES.read_text(encoding="utf-8"))["grid"]
    found = {(line["world"], line["estimator"], line["people"]): line for line in lines}
    poor = "D2 chosen, poor overlap"
    short = {people: 1 - found[poor, "odds weights, AIPW", people]["spread"] for people in (50, 100, 250)}
    assert all(0.2 < short[people] < 0.3 for people in (50, 100)), "about a quarter"
    assert 0.12 < short[250] < 0.17, "about a seventh"
    pairs = [line for (world, name, _), line in found.items() if world == poor and name == "pairs, regression"]
    assert pairs
    assert not any(line["missed"] for line in pairs), "pairs adjusted by regression are the way to go"
    waiting = [line for line in lines if line["world"] == "D14 waiting"]
    assert all(line["bias"] < -3 for line in waiting if line["estimator"] == "with those never served")
    right = [line for line in waiting if line["estimator"] == "risk sets, regression"]
    # As the page counts misses: the target, and two Monte Carlo errors of a bias in standard errors.
    assert all(abs(line["bias"]) < 0.1 + 2 / math.sqrt(line["worlds"]) for line in right)
    two_way = [line["bias"] for line in lines if line["estimator"] == "one two-way effect"]
    assert two_way == sorted(two_way, reverse=True), "by more standard errors the more people there are"
    assert max(two_way) < -1
    two_sites = [line for line in lines if line["world"].startswith("D8") and line["people"] == 2]
    clustered = [line for line in two_sites if line["estimator"] == "site-clustered t"]
    assert clustered
    assert all(line["cover_90"] < 0.8 for line in clustered), "more than one case of five"
    assert all(line["cover_90"] > 0.85 for line in two_sites if line["estimator"] != "site-clustered t")


def test_what_the_page_says_of_broken_assumptions_is_in_the_figures() -> None:
    found = {
        (line["world"], line["people"]): line for line in json.loads(FIGURES.read_text(encoding="utf-8"))["broken"]
    }
    slight = found["D5 trends apart by 0.1 SD a period", 50]
    assert 0.15 < slight["flagged"] < 0.35, "about a quarter"
    assert slight["flagged"] == pytest.approx(slight["promised"], abs=3 * math.sqrt(0.25 / slight["worlds"]))
    assert abs(found["D7 lost by need", 250]["gap"]) < 0.5, "moves the estimate little"
    assert found["D7 lost by need", 250]["flagged"] > 0.5, "it is said all the same"
