"""The notation of a causal graph: what is read, and every fault in one pass."""

from itertools import pairwise

import pytest

from outcomes.contract.causal_graph import GraphNotation, graph_problems, read_graph
from outcomes.errors import InputError


def place(path: tuple[str | int, ...]) -> str:
    return "plan " + ".".join(map(str, path))


def codes(**terms: tuple[str, ...]) -> list[str]:
    return [f"{p.where.removeprefix('plan ')} {p.code}" for p in graph_problems(written(**terms), place)]


def written(**terms: tuple[str, ...]) -> GraphNotation:
    base: dict[str, tuple[str, ...]] = {"metrics": ("arrests",), "covariates": ("age",)}
    return GraphNotation(**{**base, **terms})


FINE = ("programme -> arrests", "age -> programme, arrests")


def test_chains_and_lists_are_several_arrows() -> None:
    graph = read_graph(
        written(arrows=("age, mood -> programme -> arrests", "mood -> arrests"), unseen=("mood",)), place
    )
    assert graph.arrows == (
        ("age", "programme"),
        ("mood", "arrests"),
        ("mood", "programme"),
        ("programme", "arrests"),
    )
    assert graph.factors == ("age", "arrests", "mood", "programme")


def test_an_indicator_stands_for_its_column() -> None:
    graph = read_graph(
        written(
            arrows=("programme -> arrests", "re74, re75 -> programme"), covariates=("re74 = 0", "re75", "re75 = 0")
        ),
        place,
    )
    assert graph.adjusted == ("re74", "re75")
    assert graph.partly == ("re74",)


@pytest.mark.parametrize(
    ("terms", "found"),
    [
        ({"arrows": ()}, ["graph graph-empty"]),
        ({"arrows": (*FINE, "age programme")}, ["graph.2 graph-arrow"]),
        ({"arrows": (*FINE, "programme <- age")}, ["graph.2 graph-arrow"]),
        ({"arrows": (*FINE, "age -> , programme")}, ["graph.2 graph-arrow"]),
        ({"arrows": (*FINE, "age -> programme")}, ["graph.2 graph-twice"]),
        ({"arrows": (*FINE, "age -> age")}, ["graph.2 graph-itself"]),
        ({"arrows": (*FINE, "agee -> arrests")}, ["graph.2 graph-name"]),
        ({"arrows": (*FINE, "arrests -> age")}, ["graph graph-circle"]),
        ({"arrows": ("age -> programme, arrests",)}, ["graph graph-no-path"]),
        ({"arrows": ("arrests -> programme",)}, ["graph graph-no-path"]),
        ({"arrows": FINE, "unseen": ("mood",)}, ["unseen.0 graph-unused"]),
        ({"arrows": FINE, "unseen": ("age",)}, ["unseen.0 graph-two-meanings"]),
        (
            {"arrows": (*FINE, "mood -> arrests"), "unseen": ("mood",), "recorded": ("mood",)},
            ["recorded.0 graph-two-meanings"],
        ),
        ({"arrows": FINE, "metrics": ("arrests", "age")}, ["graph graph-two-meanings", "graph graph-no-path"]),
        ({"arrows": FINE, "covariates": ("age", "programme")}, ["graph graph-programme"]),
    ],
)
def test_each_fault_is_named_where_it_stands(terms: dict[str, tuple[str, ...]], found: list[str]) -> None:
    assert codes(**terms) == found


def test_all_faults_come_at_once() -> None:
    with pytest.raises(InputError) as refused:
        read_graph(written(arrows=("agee -> arrests", "age"), unseen=("mood",)), place)
    assert [p.code for p in refused.value.problems] == ["graph-unused", "graph-name", "graph-arrow", "graph-no-path"]
    assert "Did you mean age?" in str(refused.value)


def test_a_circle_is_named_in_the_direction_of_its_arrows() -> None:
    (problem,) = graph_problems(written(arrows=(*FINE, "arrests -> mood -> age"), recorded=("mood",)), place)
    steps = problem.message.removeprefix("the arrows go in a circle: ").removesuffix(".").split(" -> ")
    assert steps[0] == steps[-1]
    drawn = {
        ("age", "programme"),
        ("age", "arrests"),
        ("programme", "arrests"),
        ("arrests", "mood"),
        ("mood", "age"),
    }
    assert set(pairwise(steps)) <= drawn
