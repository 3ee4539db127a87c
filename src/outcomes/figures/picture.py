"""A picture with all that a reader without it needs: its words and its numbers."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure, drawn.

    Attributes
    ----------
    svg : bytes
        The same result gives the same bytes on one platform.
    alt : str
        What the picture shows, for someone who cannot see it.
    header : tuple of str, length k
        Column titles of the data; the first column names the row.
    rows : tuple of tuple of str, each of length k
        The numbers behind the picture, as they are read.
    """

    svg: bytes
    alt: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def data(self) -> tuple[tuple[str, ...], ...]:
        """Header and rows together, as a table file has them."""
        return (self.header, *self.rows)
