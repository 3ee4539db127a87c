"""Encoding: names, terms, collinear columns, and errors that name columns and never people."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.cohort.objects import Covariates
from outcomes.counterfactual.design_matrix import balance_columns, encode, independent_columns, strata
from outcomes.errors import InputError, Refused


def _people(**columns: object) -> Covariates:
    return Covariates(tuple(columns), tuple(np.asarray(value) for value in columns.values()))


def test_numbers_dummies_and_terms() -> None:
    people = _people(
        race=np.array(["white", "black", "hispan", "black", "white", "black"], dtype=object),
        re74=np.array([0.0, 5.0, 0.0, 2.0, 3.0, 0.0]),
    )
    design = encode(people, ("re74", "race", "re74 = 0", "race = black"))
    assert design.names == ("re74", "race[hispan]", "race[white]", "re74 = 0")
    assert design.values[:, 3].tolist() == [1, 0, 1, 0, 0, 1]
    assert [check.name for check in design.checks] == ["covariates"]
    assert "race = black" in design.checks[0].sentence
    assert not design.values.flags.writeable


def test_balance_shows_every_level() -> None:
    people = _people(race=np.array(["a", "b", "c"], dtype=object), sex=np.array(["f", "m", "f"], dtype=object))
    assert balance_columns(people, ("race", "sex")).names == ("race[a]", "race[b]", "race[c]", "sex[m]")


def test_all_problems_in_one_pass_without_ids() -> None:
    people = _people(age=np.array([30.0, np.nan]), area=np.array(["north", None], dtype=object))
    with pytest.raises(InputError) as caught:
        encode(people, ("age", "area", "agee", "age = old"))
    codes = [problem.code for problem in caught.value.problems]
    assert codes == ["covariate-missing", "covariate-missing", "term-value", "covariate-unknown"]
    assert "1 of 2 people" in str(caught.value)
    assert "Did you mean age?" in str(caught.value)


def test_a_word_cannot_equal_a_number() -> None:
    with pytest.raises(InputError, match="is not a number"):
        encode(_people(age=np.array([1.0, 2.0])), ("age = old",))


def test_too_many_levels_are_refused() -> None:
    with pytest.raises(Refused, match="too-many-levels"):
        encode(_people(postcode=np.array([f"p{i}" for i in range(1001)], dtype=object)), ("postcode",))


def test_constant_and_repeated_columns_are_found() -> None:
    x = np.random.default_rng(1).normal(size=(50, 2))
    values = np.column_stack([x[:, 0], np.full(50, 0.1), x[:, 1], x[:, 0] * 3 - x[:, 1] + 7])
    assert independent_columns(values).tolist() == [True, False, True, False]


def test_strata_number_the_combinations() -> None:
    people = _people(sex=np.array(["f", "m", "f"], dtype=object), age=np.array([1.0, 1.0, 2.0]))
    assert len(set(strata(people, ("sex", "age")).tolist())) == 3
    assert strata(people, ()).tolist() == [0, 0, 0]
