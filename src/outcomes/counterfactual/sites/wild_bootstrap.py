"""The restricted wild cluster bootstrap, where a table says that it holds for the shape at hand.

Lives here: p value and interval.  Does not live here: the table of shapes
(`wild_shapes.json`, made by `scripts/calibrate_wild_bootstrap.py`).
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.inference import cluster_sums
from outcomes.counterfactual.sites.site_regression import SiteRegression

__all__ = ["WildResult", "WildShape", "null_p", "shape_of", "wild_bootstrap", "wild_shapes"]

DRAWS = 9_999
FEWEST = 5
"""Sites in the programme below which it never holds."""
_WEBB = np.sqrt(np.array([1.5, 1.0, 0.5]))
_STEPS, _FARTHEST = 60, 1e6
"""Halvings, and the standard errors beyond which an interval has no end."""


@dataclass(frozen=True, slots=True)
class WildShape:
    """One calibrated shape: sites by arm, and how often a true null was rejected at 5 %."""

    treated: int
    comparison: int
    rejects: float
    runs: int

    @property
    def holds(self) -> bool:
        """Within 2 Monte Carlo errors of 3.5 to 6.5 %."""
        error = 2 * math.sqrt(0.05 * 0.95 / self.runs)
        return 0.035 - error <= self.rejects <= 0.065 + error


@dataclass(frozen=True, slots=True)
class WildResult:
    """p value of no effect and interval of effects that would not be rejected, natural units."""

    p: float
    low: float
    high: float
    t: float


@cache
def wild_shapes() -> tuple[WildShape, ...]:
    """The calibrated shapes."""
    text = files("outcomes.counterfactual.sites").joinpath("wild_shapes.json").read_text("utf-8")
    return tuple(WildShape(**row) for row in json.loads(text)["shapes"])


def shape_of(treated: int, comparison: int) -> WildShape | None:
    """The largest calibrated shape at most as large, and half as large at least, in each arm; None without one."""
    if treated < FEWEST:
        return None
    fits = [
        s
        for s in wild_shapes()
        if s.holds and s.treated <= treated <= 2 * s.treated and s.comparison <= comparison <= 2 * s.comparison
    ]
    return max(fits, key=lambda s: (s.treated + s.comparison, s.treated), default=None)


def wild_bootstrap(data: SiteRegression, confidence: float, seed: int, draws: int = DRAWS) -> WildResult:
    """WCR bootstrap-t of the difference between arms, Webb's six-point weights, CR1.

    Notes
    -----
    ``y = a + tau T + x b + T x c + e``, x centred as in the levels reported, so that tau is the
    effect reported; restricted to tau.  With D what is left of T beside the rest, and u the
    restricted residuals, a draw v of one weight per site has ``tau* - tau = sum_g v_g D_g'u_g / D'D``
    and scores ``K v``, so no draw touches people: all are products of a site-by-site matrix.
    The p value is the share of ``|t*| >= |t|``; the interval holds every tau whose p value is
    above ``1 - confidence``, by bisection.

    References
    ----------
    Cameron, Gelbach & Miller (2008); Webb (2023); MacKinnon & Webb (2017) on few treated clusters.
    """
    parts = _Parts.of(data)
    v = _webb(parts.size, draws, seed)
    t = parts.statistic(0.0)
    step = max(abs(parts.estimate / t) if t else 0.0, 1e-12)
    low, high = (parts.estimate + side * _reach(parts, v, side * step, 1 - confidence) for side in (-1, 1))
    return WildResult(parts.p(0.0, v), low, high, t)


def _reach(parts: _Parts, v: NDArray[np.float64], step: float, alpha: float) -> float:
    """How far from the estimate, on the side of `step`, effects are not rejected; infinite where none is."""
    size, tau = abs(step), parts.estimate

    def kept(steps: float) -> bool:
        return parts.p(tau + steps * step, v) > alpha

    far = 1.0
    while kept(far):
        far *= 2
        if far >= _FARTHEST:
            return math.inf
    near = 0.0
    for _ in range(_STEPS):
        middle = (near + far) / 2
        near, far = (middle, far) if kept(middle) else (near, middle)
        if far - near < 1e-6:
            break
    return near * size


def null_p(data: SiteRegression, seed: int, draws: int) -> float:
    """The p value of no effect alone."""
    parts = _Parts.of(data)
    return parts.p(0.0, _webb(parts.size, draws, seed))


def _webb(size: int, draws: int, seed: int) -> NDArray[np.float64]:
    """Webb's six-point weights, shape (size, draws)."""
    random = np.random.Generator(np.random.PCG64(seed))
    points = np.concatenate([-_WEBB, _WEBB])
    return points[random.integers(0, 6, (size, draws))]


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What of the data every draw needs, site by site (G, ...)."""

    size: int
    estimate: float
    spread: float  # D'WD
    own_y: NDArray[np.float64]  # D_g'W u_g is own_y - tau * own_t
    own_t: NDArray[np.float64]
    outer: NDArray[np.float64]  # (G, k): D_g'W X_g M
    inner_y: NDArray[np.float64]  # (G, k): X_g'W u_g is inner_y - tau * inner_t
    inner_t: NDArray[np.float64]

    @staticmethod
    def of(data: SiteRegression) -> _Parts:
        w, arm = data.weights, data.treated.astype(np.float64)
        # Beside both arms' constants, the interacted columns: the same span, and tau is the effect reported.
        rest = np.column_stack([np.ones(w.size), data.design[:, 2:]])
        rest /= np.sqrt(w @ rest**2)
        fit = np.linalg.pinv((rest * w[:, None]).T @ rest) @ (rest * w[:, None]).T
        d, u = arm - rest @ (fit @ arm), data.y - rest @ (fit @ data.y)
        x = np.column_stack([rest, arm])
        own = cluster_sums(np.column_stack([w * d * u, w * d * d]), data.site)
        outer, inner = (cluster_sums((w * v)[:, None] * x, data.site) for v in (d, u))
        m = np.linalg.pinv((x * w[:, None]).T @ x)
        spread = float(np.sum(w * d * d))
        slope = float(np.sum(w * d * data.y)) / spread
        return _Parts(len(own), slope, spread, own[:, 0], own[:, 1], outer @ m, inner, outer)

    def statistic(self, tau: float) -> float:
        """t of the hypothesis `tau` in the data themselves (the CR1 factor is common to all and left out)."""
        scores = self._scores(tau, np.ones((self.size, 1)))[:, 0]
        error = float(np.sqrt(np.sum(scores**2))) / self.spread
        return (self.estimate - tau) / error if error > 0 else 0.0

    def p(self, tau: float, v: NDArray[np.float64]) -> float:
        """Share of draws `v` (G, B) at least as far from `tau` as the data are."""
        own = self.own_y - tau * self.own_t
        top = own @ v
        bottom = np.sqrt(np.sum(self._scores(tau, v) ** 2, axis=0))
        drawn = np.abs(top) / np.where(bottom > 0, bottom, np.inf)
        return float(np.mean(drawn >= abs(self.statistic(tau)) - 1e-12))

    def _scores(self, tau: float, v: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums of D times the unrestricted residuals of each draw, shape (G, B)."""
        own, inner = self.own_y - tau * self.own_t, self.inner_y - tau * self.inner_t
        return np.asarray(own[:, None] * v - self.outer @ (inner.T @ v))
