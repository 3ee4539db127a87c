"""Encoding: names, terms, collinear columns, and errors that name columns and never people."""

from __future__ import annotations

import numpy as np
import pytest

from outcomes.cohort.objects import Covariates
from outcomes.counterfactual.score.design_matrix import balance_columns, encode, independent_columns, strata
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


def _work() -> Covariates:
    random = np.random.default_rng(1)
    return _people(
        age=random.integers(18, 60, 40).astype(np.float64),
        pay=random.integers(0, 5, 40) * 100.0,
        race=np.array(["black", "hispan", "white", "white"] * 10, dtype=object),
        married=(np.arange(40) % 3 == 0).astype(np.float64),
    )


def test_powers_logarithms_and_products() -> None:
    people = _work()
    age, pay, married = (people.column(name) for name in ("age", "pay", "married"))
    design = encode(people, ("age", "age^2", "age^3", "log(pay + 1)", "age * married", "pay = 0"))
    assert design.names == ("age", "age^2", "age^3", "log(pay + 1)", "married", "age:married", "pay = 0")
    expected = np.column_stack([age, age**2, age**3, np.log(pay + 1), married, age * married, pay == 0])
    assert (design.values == expected).all()
    assert not design.checks


def test_products_with_categories() -> None:
    people = _work()
    age, race = people.column("age"), people.column("race")
    design = encode(people, ("age * race", "married:race = white"))
    assert design.names == (
        "age",
        "race[hispan]",
        "race[white]",
        "age:race[hispan]",
        "age:race[white]",
        "married:race = white",
    )
    assert (design.values[:, 4] == age * (race == "white")).all()
    assert "married:race = white" in next(c.sentence for c in design.checks if c.name == "covariates-products")
    shown = balance_columns(people, ("age:race",))
    assert shown.names == ("age:race[black]", "age:race[hispan]", "age:race[white]")


def test_three_way_products_stand_for_all_their_parts() -> None:
    names = encode(_work(), ("age * pay * married",)).names
    assert names == ("age", "pay", "married", "age:pay", "age:married", "pay:married", "age:pay:married")


def test_a_product_means_the_same_in_any_writing() -> None:
    people = _work()
    one, other = encode(people, ("age*married",)), encode(people, ("age", "married", "age  :  married"))
    assert one.names == other.names and (one.values == other.values).all()


def test_missing_values_with_a_rule() -> None:
    """The mean where there is none, and a column that says so; for words a level of its own."""
    people = _people(
        age=np.array([30.0, np.nan, 50.0, 20.0, 41.0, np.nan]),
        area=np.array(["north", None, "south", "south", "north", "north"], dtype=object),
        pay=np.array([0.0, 5.0, np.nan, 0.0, 1.0, 7.0]),
    )
    wanted = ("age or missing", "age^2", "area or missing", "pay = 0", "pay or missing")
    design = balance_columns(people, wanted)
    mean = (30 + 50 + 20 + 41) / 4
    filled = np.array([30, mean, 50, 20, 41, mean])
    columns = dict(zip(design.names, design.values.T, strict=True))
    assert (columns["age"] == filled).all() and (columns["age^2"] == filled**2).all()
    assert columns["age missing"].tolist() == [0, 1, 0, 0, 0, 1]
    assert [name for name in design.names if name.startswith("area")] == ["area[north]", "area[south]", "area[missing]"]
    assert columns["pay = 0"].tolist() == [1, 0, 0, 1, 0, 0], "who has no value has not this one"
    checks = {check.name: check for check in encode(people, wanted).checks}
    assert "age (2 people), area (1 people), pay (1 people)" in checks["covariates-missing"].sentence
    assert strata(people, ("area or missing",)).tolist() == [0, 2, 1, 1, 0, 0]


def test_a_rule_without_anyone_missing_adds_nothing() -> None:
    people = _work()
    assert encode(people, ("age or missing",)).names == ("age",)
    assert not encode(people, ("age or missing",)).checks


def test_a_column_without_any_value_has_no_rule() -> None:
    with pytest.raises(InputError, match="40 of 40 people"):
        encode(_people(age=np.full(40, np.nan)), ("age or missing",))


def test_repeated_terms_are_said_once() -> None:
    checks = {check.name: check.sentence for check in encode(_work(), ("age", "pay", "age", "age", "age * pay")).checks}
    assert checks == {"covariates-repeated": "Named more than once and used once: age."}


def test_names_with_signs_of_the_grammar_are_columns_first() -> None:
    people = _people(**{"a*b": np.array([1.0, 2.0, 4.0]), "x or missing": np.array([3.0, 1.0, 1.0])})
    assert encode(people, ("a*b", "x or missing")).names == ("a*b", "x or missing")
    towns = _people(town=np.array(["a:b", "c", "a:b", "c"], dtype=object), age=np.array([1.0, 2.0, 3.0, 5.0]))
    assert encode(towns, ("town = a:b",)).values[:, 0].tolist() == [1, 0, 1, 0]
    assert encode(towns, ("age", "town = c", "town = c:age")).names[-1] == "town = c:age"


@pytest.mark.parametrize(
    ("term", "words"),
    [
        ("agee * race", "Did you mean age or race?|Did you mean age?"),
        ("age^7", "Write a whole number from 2 to 5"),
        ("age^x", '"x" is no power'),
        ("race^2", "holds words, so it has no power"),
        ("log(race)", "holds words, so it has no log"),
        ("log(pay)", r"have a value that has no logarithm.*Write log\(pay \+ 1\)"),
        ("age * age", "For a square write a power"),
        ("age * pay * race * married", "at most 3 factors"),
        ("age or missing * race", "as a term of its own"),
        ("", "no column is called nothing"),
        ("age *", "no column is called nothing"),
        ("__import__('os')", "no column is called"),
        ("age + pay", "no column is called age \\+ pay"),
        ("log(age + 1e)", "is not a number"),
    ],
)
def test_what_is_not_in_the_grammar_is_refused(term: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        encode(_work(), (term,))


def test_every_problem_of_every_term_in_one_pass() -> None:
    with pytest.raises(InputError) as caught:
        encode(_work(), ("agee", "race^2", "age^9", "log(pay)", "age * age", "pay"))
    assert len(caught.value.problems) == 5


def test_too_many_products_are_refused() -> None:
    a = np.array([f"a{i % 40}" for i in range(2_000)], dtype=object)
    b = np.array([f"b{i % 39}" for i in range(2_000)], dtype=object)
    with pytest.raises(Refused, match="1,482 columns"):
        encode(_people(a=a, b=b), ("a:b",))
    assert len(set(strata(_people(a=a, b=b), ("a", "b")).tolist())) == 1_560


def test_a_term_can_be_a_stratum() -> None:
    people = _people(re74=np.array([0.0, 5.0, 0.0]), sex=np.array(["f", "f", "m"], dtype=object))
    assert strata(people, ("re74 = 0", "sex")).tolist() == [1, 0, 2]


def test_row_order_moves_nothing() -> None:
    people = _work()
    order = np.random.default_rng(2).permutation(40)
    turned = Covariates(people.names, tuple(column[order] for column in people.columns))
    wanted = ("age * race", "age^2", "pay = 0")
    one, other = encode(people, wanted), encode(turned, wanted)
    assert one.names == other.names and (one.values[order] == other.values).all()
