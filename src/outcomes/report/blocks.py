"""The blocks of a report.  A report is made once, as blocks, and then rendered.

Text only, never markup: each renderer escapes for its own format.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

__all__ = [
    "Block",
    "Bridge",
    "Callout",
    "Column",
    "Definitions",
    "Figure",
    "Heading",
    "KeyFigure",
    "KeyFigures",
    "Listing",
    "Paragraph",
    "ReportContent",
    "SignOff",
    "Table",
]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading below the report's title; level 2 opens a section."""

    text: str
    level: Literal[2, 3] = 2


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; `small` is for notes."""

    text: str
    small: bool = False


@dataclass(frozen=True, slots=True)
class KeyFigure:
    """One number that answers the reader's question, and what it is."""

    label: str
    value: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class KeyFigures:
    """The answer, first."""

    figures: tuple[KeyFigure, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; numbers stand right."""

    title: str
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a caption; the first cell of each row names the row.

    `prose` is for cells of sentences: its columns are equally wide, and an empty line
    within a cell opens a paragraph.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    prose: bool = False

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of the table {self.caption!r} has not {len(self.columns)} cells")


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture: the title says what it shows, the data stand beside it."""

    title: str
    svg: bytes
    alt: str
    table: Table
    name: str
    """File name without ending, for the figure and its data."""


@dataclass(frozen=True, slots=True)
class Bridge:
    """Labelled amounts from a start to an end that sum exactly.

    A subtotal is a label and the number of steps after which it stands.
    """

    caption: str
    start: tuple[str, Decimal]
    steps: tuple[tuple[str, Decimal], ...]
    end: tuple[str, Decimal]
    currency: str
    subtotals: tuple[tuple[str, int], ...] = ()

    @property
    def lines(self) -> tuple[tuple[str, Decimal, bool], ...]:
        """Every line in order: its label, its amount, and whether it is a sum of those above."""
        found: list[tuple[str, Decimal, bool]] = [(*self.start, False)]
        running = self.start[1]
        for place in range(len(self.steps) + 1):
            found += [(label, running, True) for label, after in self.subtotals if after == place]
            if place < len(self.steps):
                running += self.steps[place][1]
                found.append((*self.steps[place], False))
        return (*found, (*self.end, True))

    def __post_init__(self) -> None:
        total = sum((amount for _, amount in self.steps), self.start[1])
        if total != self.end[1]:
            raise ValueError(f"the bridge {self.caption!r} gives {total}, not {self.end[1]}")


@dataclass(frozen=True, slots=True)
class Callout:
    """Words set apart: information, or a warning."""

    kind: Literal["information", "warning"]
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of sentences."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Definitions:
    """Terms and what they mean here."""

    items: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class SignOff:
    """Empty lines for names, dates and signatures."""

    roles: tuple[str, ...]
    caption: str = "Sign-off"


Block = Heading | Paragraph | KeyFigures | Table | Figure | Bridge | Callout | Listing | Definitions | SignOff


@dataclass(frozen=True, slots=True)
class ReportContent:
    """One report: title, who may see it, blocks, and the facts that identify it."""

    title: str
    subtitle: str
    label: str
    blocks: tuple[Block, ...]
    facts: tuple[tuple[str, str], ...]
    """Printed at the foot: run, contract and data by hash."""
