"""ONE RUN: evaluate, cases, manifest, run folder.

`outcomes.run` is this room and the public function of that name: calling the room calls
`outcomes.run.evaluate.run`.
"""

import sys
from types import ModuleType
from typing import Any


class _Room(ModuleType):
    """A module that can be called."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from outcomes.run.evaluate import run

        return run(*args, **kwargs)


sys.modules[__name__].__class__ = _Room
