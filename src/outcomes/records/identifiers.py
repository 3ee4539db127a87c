"""Identifiers that are written in several ways, brought to one; with check digits where there are any.

A name, a date of birth or a postcode is not offered: alone or together they belong to more
than one person, and joining by them joins strangers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["KINDS", "IdentifierKind", "normalise"]

_SPACES = re.compile(r"[\s\-\u2010-\u2015\u00a0]+")
_TEN = re.compile(r"^[0-9]{10}\Z")
_NINO = re.compile(r"^[ABCEGHJKLMNOPRSTWXYZ][ABCEGHJKLMNPRSTWXYZ][0-9]{6}[ABCD]\Z")
_NO_NINO = ("BG", "GB", "KN", "NK", "NT", "TN", "ZZ")
_WEIGHTS = range(10, 1, -1)


@dataclass(frozen=True, slots=True)
class IdentifierKind:
    """A kind of identifier: what it must look like, in words, and how it is brought to one form."""

    words: str
    one_form: Callable[[str], str | None]


def normalise(kind: str, text: str) -> str | None:
    """The one form of an identifier; None where it cannot be one of its kind.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    text : str

    Examples
    --------
    >>> normalise("nhs-number", "943 476 5919")
    '9434765919'
    >>> normalise("nhs-number", "943 476 5918") is None
    True
    """
    return KINDS[kind].one_form(text)


def _nhs_number(text: str) -> str | None:
    """Ten digits; the last makes the weighted sum a multiple of 11.  Ten equal digits are a placeholder.

    NHS Data Dictionary, "NHS NUMBER": weights 10 to 2 on the first nine digits; check digit =
    11 - (sum mod 11), where 11 is written 0 and 10 is no NHS number.
    """
    digits = _SPACES.sub("", text)
    if not _TEN.match(digits) or len(set(digits)) == 1:
        return None
    check = (11 - _weighted(digits) % 11) % 11
    return digits if check == int(digits[9]) else None


def _uln(text: str) -> str | None:
    """Ten digits; the last is 10 - (sum mod 11).

    Learning Records Service, "Validating a ULN"; HESA, field ULN: weights 10 to 2 on the first
    nine digits, which do not begin with 0; a remainder of 0 is no ULN.
    """
    digits = _SPACES.sub("", text)
    if not _TEN.match(digits) or digits[0] == "0":
        return None
    remainder = _weighted(digits) % 11
    return digits if remainder and 10 - remainder == int(digits[9]) else None


def _weighted(digits: str) -> int:
    return sum(weight * int(digit) for weight, digit in zip(_WEIGHTS, digits[:9], strict=True))


def _nino(text: str) -> str | None:
    """Two letters, six digits, a letter A to D; there is no check digit, so only the form is checked.

    HMRC, National Insurance Manual NIM39110: D, F, I, Q, U and V are not used in the prefix,
    O not as its second letter; BG, GB, KN, NK, NT, TN and ZZ are not used.
    """
    # Checked before capitals are made: some letters beyond ASCII become one that is.
    letters = _SPACES.sub("", text).upper() if text.isascii() else ""
    return letters if _NINO.match(letters) and letters[:2] not in _NO_NINO else None


def _text(text: str) -> str | None:
    """The text as it stands, in Unicode's composed form; spaces at its ends are a fault, not cleaned away."""
    composed = unicodedata.normalize("NFC", text)
    return composed if composed and composed == composed.strip() and composed.isprintable() else None


KINDS: Mapping[str, IdentifierKind] = {
    "nhs-number": IdentifierKind("an NHS number: ten digits with its check digit", _nhs_number),
    "nino": IdentifierKind("a National Insurance number: two letters, six digits, a letter from A to D", _nino),
    "uln": IdentifierKind("a Unique Learner Number: ten digits with its check digit", _uln),
    "text": IdentifierKind("a plain identifier, without spaces at its ends", _text),
}
"""Every kind that can be asked for, by name."""
