"""The small language of a plan's `covariates`: `age`, `re74 = 0`, `age^2`, `age * race`, `age or missing`.

Lives here: words into `Term`s, with every problem in one pass.  Does not live here: the
numbers (`term_columns.py`).  Nothing is evaluated; what is not in the grammar is refused.

    term    = column "or missing" | product
    product = factor { ("*" | ":") factor }
    factor  = column [ "^" power ] | "log(" column [ "+" number ] ")" | column "=" value

A column whose name is the whole text is that column, whatever signs the name holds.
``a:b`` is the product alone; ``a * b`` stands for a, b and their product.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from outcomes.errors import Problem

__all__ = ["Factor", "Term", "Terms", "columns_of", "parse_terms"]

_MISSING = re.compile(r"^(?P<column>.+?)\s+or\s+missing$")
_LOG = re.compile(r"^log\(\s*(?P<column>.+?)\s*(?:\+\s*(?P<shift>[0-9.eE+-]+)\s*)?\)$")
_POWER = re.compile(r"^(?P<column>.+?)\s*\^\s*(?P<power>.+)$")
_EQUALS = re.compile(r"^(?P<column>.+?)\s*=\s*(?P<value>.+)$")
_PRODUCT = re.compile(r"\s*([*:])\s*")
_HIGHEST, _MOST_FACTORS, _LARGEST = 5, 3, 1e12

Kind = Literal["column", "power", "log", "equals"]


@dataclass(frozen=True, slots=True)
class Factor:
    """One column, or one function of it.

    Attributes
    ----------
    kind : str
        ``column``, ``power``, ``log`` or ``equals``.
    column : str
    name : str
        As it stands in tables: ``age^2``, ``re74 = 0``.
    power : int
    shift : float
        Added before the logarithm.
    value : str
        What the column is compared with.
    """

    kind: Kind
    column: str
    name: str
    power: int = 1
    shift: float = 0.0
    value: str = ""


@dataclass(frozen=True, slots=True)
class Term:
    """A product of factors; most have one."""

    factors: tuple[Factor, ...]

    @property
    def name(self) -> str:
        """``age:race``."""
        return ":".join(factor.name for factor in self.factors)


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything a plan's list says.

    Attributes
    ----------
    terms : tuple of Term
        Each once, in the order of the list.
    declared : tuple of str
        Columns whose missing values have a rule (``or missing``).
    repeated : tuple of str
        Terms that stand in the list more than once.
    problems : tuple of Problem
    """

    terms: tuple[Term, ...]
    declared: tuple[str, ...]
    repeated: tuple[str, ...]
    problems: tuple[Problem, ...]


class _Unreadable(Exception):
    """A text that is no term; carries its problem."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse_terms(wanted: tuple[str, ...], columns: tuple[str, ...]) -> Terms:
    """The terms of a plan's list, given the columns that there are.

    Examples
    --------
    >>> [term.name for term in parse_terms(("age * race", "age^2"), ("age", "race")).terms]
    ['age', 'race', 'age:race', 'age^2']
    """
    terms: dict[Term, None] = {}
    declared: dict[str, None] = {}
    own: dict[str, None] = {}
    repeated: dict[str, None] = {}
    problems: list[Problem] = []
    for text in wanted:
        try:
            found = _read(text.strip(), columns, declared)
        except _Unreadable as fault:
            problems.append(fault.problem)
            continue
        name = found[-1].name
        if name in own:
            repeated[name] = None
        own[name] = None
        terms.update(dict.fromkeys(found))
    return Terms(tuple(terms), tuple(declared), tuple(repeated), tuple(dict.fromkeys(problems)))


def columns_of(wanted: tuple[str, ...], columns: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The columns that a plan's list reads, by its form alone, whether or not they are among `columns`.

    Examples
    --------
    >>> columns_of(("age or missing", "re74 = 0", "age^2:race"))
    ('age', 're74', 'race')
    """
    found: dict[str, None] = {}
    for text in wanted:
        term = text.strip()
        if term in columns:
            found[term] = None
        elif missing := _MISSING.match(term):
            found[missing["column"]] = None
        elif _one_comparison(term, columns):
            found[_column_of(term)] = None
        else:
            found.update(dict.fromkeys(_column_of(piece) for piece in _PRODUCT.split(term)[::2]))
    return tuple(found)


def _read(text: str, columns: tuple[str, ...], declared: dict[str, None]) -> list[Term]:
    """The terms one text stands for, the text's own last; declarations go into `declared`."""
    if text not in columns and (found := _MISSING.match(text)):
        declared[_known(found["column"], text, columns)] = None
        return [Term((_factor(found["column"], text, columns),))]
    if text in columns or _one_comparison(text, columns):
        return [Term((_factor(text, text, columns),))]
    pieces = _PRODUCT.split(text)
    factors = [_factor(piece, text, columns) for piece in pieces[::2]]
    if len(factors) > _MOST_FACTORS:
        raise _Unreadable(_problem("term-product", text, f"a product has at most {_MOST_FACTORS} factors."))
    if len(set(factors)) < len(factors):
        hint = "For a square write a power, such as age^2."
        raise _Unreadable(_problem("term-product", text, "a factor stands twice in the product.", hint))
    if len(factors) == 1 or "*" not in pieces[1::2]:
        return [Term(tuple(factors))]
    return [Term(some) for size in range(1, len(factors) + 1) for some in combinations(factors, size)]


def _one_comparison(text: str, columns: tuple[str, ...]) -> bool:
    """True for ``area = north:east``: one comparison whose value holds a sign of the grammar."""
    found = _EQUALS.match(text)
    return found is not None and found["column"] in columns and not _compares_twice(found["value"], columns)


def _compares_twice(value: str, columns: tuple[str, ...]) -> bool:
    """True where what follows a sign in the value is a factor itself: ``0 * married``."""
    return any(
        _column_of(rest) in columns
        for found in _PRODUCT.finditer(value)
        for rest in (value[found.end() :], _PRODUCT.split(value[found.end() :])[0])
    )


def _column_of(text: str) -> str:
    """Which column a factor is about, by its form alone."""
    for form in (_LOG, _EQUALS, _POWER):
        if found := form.match(text):
            return found["column"]
    return text


def _factor(text: str, term: str, columns: tuple[str, ...]) -> Factor:
    """One factor of `term`."""
    if text in columns:
        return Factor("column", text, text)
    if found := _LOG.match(text):
        column = _known(found["column"], term, columns)
        shift = _number(found["shift"] or "0", term)
        return Factor("log", column, f"log({column}{f' + {shift:g}' if shift else ''})", shift=shift)
    if found := _EQUALS.match(text):
        column = _known(found["column"], term, columns)
        return Factor("equals", column, f"{column} = {found['value']}", value=found["value"])
    if found := _POWER.match(text):
        column = _known(found["column"], term, columns)
        power = found["power"]
        if power not in {str(number) for number in range(2, _HIGHEST + 1)}:
            message = f'"{power}" is no power that can be taken.'
            raise _Unreadable(_problem("term-power", term, message, f"Write a whole number from 2 to {_HIGHEST}."))
        return Factor("power", column, f"{column}^{power}", power=int(power))
    if _MISSING.match(text):
        hint = 'Write "age or missing" as a term of its own; products then use the filled value.'
        raise _Unreadable(_problem("term-product", term, f'"{text}" cannot stand in a product.', hint))
    return Factor("column", _known(text, term, columns), text)


def _known(column: str, term: str, columns: tuple[str, ...]) -> str:
    """`column` itself, if there is one of that name."""
    if column in columns:
        return column
    near = difflib.get_close_matches(column, columns, n=3)
    hint = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(columns)}."
    raise _Unreadable(_problem("covariate-unknown", term, f"no column is called {column or 'nothing'}.", hint))


def _number(text: str, term: str) -> float:
    try:
        number = float(text)
    except ValueError:
        raise _Unreadable(_problem("term-value", term, f'"{text}" is not a number.')) from None
    if abs(number) > _LARGEST:
        message = f'"{text}" is too large: everyone would have the same logarithm.'
        raise _Unreadable(_problem("term-value", term, message, "Write a small number, such as log(re74 + 1)."))
    return number


def _problem(code: str, term: str, message: str, hint: str = "") -> Problem:
    return Problem(code, f"covariates: {term}", message, hint)
