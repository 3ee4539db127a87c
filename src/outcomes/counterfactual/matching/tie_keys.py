"""The order in which equals are taken: a keyed hash of the raw id, not the order of a file.

Lives here: the keys.  Whether ties matter for the result is in `ties.py`.
"""

from __future__ import annotations

import hashlib
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

__all__ = ["TieKeys", "TieRule", "order_keys"]

TieRule = Literal["keyed", "file"]


class TieKeys:
    """The keys of `order_keys`, ``keyed``, made when they are asked for: most people tie with nobody.

    Parameters
    ----------
    ids : ndarray of str objects, shape (n,)
    seed : int

    Examples
    --------
    >>> import numpy as np
    >>> ids = np.array(["a", "b"], dtype=object)
    >>> TieKeys(ids, 1)[np.array([1])][0] == order_keys(ids, 1)[1]
    True
    """

    def __init__(self, ids: NDArray[np.object_], seed: int) -> None:
        self._ids, self._seed = ids, seed

    def __getitem__(self, codes: Any) -> Any:
        """The key of one code, or the keys (m,) of several."""
        one = np.ndim(codes) == 0
        found = order_keys(self._ids[[codes] if one else codes], self._seed)
        return found[0] if one else found


def order_keys(ids: NDArray[np.object_], seed: int, rule: TieRule = "keyed") -> NDArray[np.uint64]:
    """A number per unit, shape (n,); among equals the smallest is taken first.

    ``keyed`` is a hash (BLAKE2b, 64 bits) of the raw id under a key made from `seed`:
    nobody can move a result by sorting a file, and the order is the same on every
    machine.  ``file`` is the units' own order, for comparing with other software.

    Examples
    --------
    >>> import numpy as np
    >>> order_keys(np.array(["a", "b"], dtype=object), seed=1, rule="file").tolist()
    [0, 1]
    """
    if rule == "file":
        return np.arange(ids.shape[0], dtype=np.uint64)
    start = hashlib.blake2b(digest_size=8, key=f"ties:{seed}".encode())
    digests = bytearray()
    for raw in ids.tolist():
        state = start.copy()
        state.update(str(raw).encode())
        digests += state.digest()
    return np.frombuffer(bytes(digests), dtype="<u8").astype(np.uint64)
