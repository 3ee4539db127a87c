"""Pseudonyms made with a shared key: the same person gets the same one from whoever holds the key.

HMAC-SHA-256 of the kind and the identifier.  Without the key nobody can try out all NHS
numbers; with it anybody can, so the key never travels with the data.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from dataclasses import dataclass
from pathlib import Path

from outcomes.document.canonical import sha256_hex
from outcomes.document.yaml import read_text
from outcomes.errors import InputError, IntegrityError, Problem

__all__ = ["PseudonymKey", "key_text", "new_key", "pseudonym", "read_key"]

_HEAD = "outcomes pseudonym key 1"
_LETTERS = 27
"""Letters of a pseudonym: 5 bits each, 135 bits in all."""


@dataclass(frozen=True, slots=True, repr=False)
class PseudonymKey:
    """32 secret bytes; never printed."""

    secret: bytes

    @property
    def fingerprint(self) -> str:
        """What the parties compare to know that they hold the same key; it does not give the key away."""
        digest = hmac.digest(self.secret, b"fingerprint", "sha256").hex()
        return "-".join(digest[start : start + 4] for start in (0, 4, 8, 12))


def new_key() -> PseudonymKey:
    """A key from the operating system's source of chance."""
    return PseudonymKey(secrets.token_bytes(32))


def key_text(key: PseudonymKey) -> bytes:
    """The key as a small text file, with a checksum that notices a letter lost in copying."""
    secret = key.secret.hex()
    return f"{_HEAD}\n{secret}\n{sha256_hex(secret.encode())[:8]}\n".encode()


def read_key(path: Path) -> PseudonymKey:
    """The key in a file.

    Raises
    ------
    InputError
        If there is no key file here.
    IntegrityError
        If it was damaged.
    """
    if not path.is_file():
        hint = "Make one with: outcomes data key FILE; all who send data need the same."
        raise InputError(Problem("key-missing", str(path), "there is no key file here.", hint))
    lines = read_text(path, path.name).split("\n")
    if lines[0].strip() != _HEAD:
        raise InputError(Problem("not-a-key", str(path), "this is not a key file.", "Check the path."))
    secret, check = (line.strip() for line in (*lines, "", "")[1:3])
    whole = len(secret) == 64 and all(letter in "0123456789abcdef" for letter in secret)
    if not whole or sha256_hex(secret.encode())[:8] != check:
        message = "the key file is damaged: its checksum is not that of its key."
        raise IntegrityError(Problem("key-damaged", str(path), message, "Copy the file again; never type it."))
    return PseudonymKey(bytes.fromhex(secret))


def pseudonym(key: PseudonymKey, kind: str, identifier: str) -> str:
    """The pseudonym of an identifier in its one form (see `identifiers.normalise`).

    The kind goes into it: an NHS number and a learner number with the same digits differ.
    """
    digest = hmac.digest(key.secret, f"{kind}\0{identifier}".encode(), "sha256")
    return base64.b32encode(digest).decode()[:_LETTERS].lower()
