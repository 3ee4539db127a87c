"""What the errors of a stratified sample say of all claims: a rate, its standard error, its interval.

One estimator for both readings.  By count each claim weighs one and an error is 0 or 1; by
money it weighs what it was paid, and its error is what was paid too much.  Does not live
here: what is recovered (`recovery`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isinf, log, sqrt

from outcomes.numbers import exact_from_float

__all__ = ["CheckedStratum", "ErrorRate", "estimate_rate"]


@dataclass(frozen=True, slots=True)
class CheckedStratum:
    """One stratum and the claims of it that were checked.

    Attributes
    ----------
    claims : int
        How many there are, N_h.
    size : Fraction
        What they weigh in all, A_h: their number, or their money.
    weights, errors : tuple of Fraction, length n_h
        What each checked claim weighs, and how much of that is wrong: 0 <= error <= weight.
    """

    claims: int
    size: Fraction
    weights: tuple[Fraction, ...]
    errors: tuple[Fraction, ...]

    @property
    def rate(self) -> Fraction:
        """R_h, the share of what was checked that is wrong."""
        return sum(self.errors, Fraction(0)) / sum(self.weights, Fraction(0))


@dataclass(frozen=True, slots=True)
class ErrorRate:
    """A share that is wrong, of everything that the sample stands for.

    Attributes
    ----------
    rate : Fraction
        The estimate, exact.
    low, high : Fraction
        Ends of the interval, at 12 significant digits.
    standard_error : float
        Of the stratified estimate, with finite population correction.
    effective_size : float
        Claims drawn without strata from an endless population that would say as much;
        infinite where everything was checked.
    """

    rate: Fraction
    low: Fraction
    high: Fraction
    standard_error: float
    effective_size: float


def estimate_rate(strata: Sequence[CheckedStratum], confidence: Fraction, sides: str = "two") -> ErrorRate:
    """The error rate of everything, from a stratified sample drawn without replacement.

    Parameters
    ----------
    strata : sequence of CheckedStratum, length H
        Each with at least one checked claim.
    confidence : Fraction
        Of the interval: 9/10.
    sides : {"two", "one"}
        With ``one``, each end alone has the confidence.

    Notes
    -----
    With A the sum of A_h, w_h = A_h / A, and a_hi, e_hi the weights and errors:

    - rate R = sum_h w_h R_h, with R_h = sum_i e_hi / sum_i a_hi;
    - variance V = sum_h w_h^2 (1 - n_h / N_h) s_h^2 / (n_h abar_h^2), with s_h^2 the variance
      of e_hi - R_h a_hi (Cochran 1977, 5.6 and 6.10);
    - interval: Clopper-Pearson on the effective sample size n* and the count n* R, as Korn
      and Graubard (1998) do.

    n* compares R (1 - R) with V without its correction, but never with less than R (1 - R)
    times sum_h w_h^2 sum_i a_hi^2 / (sum_i a_hi)^2.  A few errors show too little of their
    own spread, and none show none; so strata cannot lend the interval more than a plain
    sample would have.

    The finite population enters n* as -ln(1 - f) / f rather than as 1 / (1 - f): the chance
    that a checked share f misses all of K errors is (1 - f)^K.  Both are endless at f = 1; the
    second would promise too much where errors are rare.  Errors that were found and claims
    that were found right are known, whatever the draw: the interval stays within them.

    References
    ----------
    Korn, E. L. and Graubard, B. I. (1998), Confidence intervals for proportions with small
    expected number of positive counts estimated from survey data, Survey Methodology 24,
    193-201.  Clopper and Pearson (1934), Biometrika 26.  Cochran, W. G. (1977), Sampling
    Techniques, 3rd edition.

    Examples
    --------
    >>> one, none = Fraction(1), Fraction(0)
    >>> found = CheckedStratum(1240, Fraction(1240), (one,) * 60, (one,) * 3 + (none,) * 57)
    >>> rate = estimate_rate([found], Fraction(9, 10))
    >>> float(rate.rate), round(float(rate.low), 4), round(float(rate.high), 4)
    (0.05, 0.0141, 0.1231)
    """
    whole = sum((stratum.size for stratum in strata), Fraction(0))
    rate = sum((stratum.size / whole * stratum.rate for stratum in strata), Fraction(0))
    size = _effective_size(strata, whole, rate)
    variance = sum(_variance(one, whole) * (1 - len(one.weights) / one.claims) for one in strata)
    low, high = _interval(rate, size, float((1 - confidence) / (2 if sides == "two" else 1)))
    known = sum((sum(one.errors, Fraction(0)) for one in strata), Fraction(0)) / whole
    right = sum((sum(one.weights, Fraction(0)) - sum(one.errors, Fraction(0)) for one in strata), Fraction(0)) / whole
    return ErrorRate(rate, min(max(low, known), rate), max(min(high, 1 - right), rate), sqrt(variance), size)


def _variance(stratum: CheckedStratum, whole: Fraction) -> float:
    """Of a stratum's part of the rate, without finite population correction; 0 where one claim shows no spread."""
    n, rate = len(stratum.weights), stratum.rate
    if n == 1:
        return 0.0
    off = [error - rate * weight for error, weight in zip(stratum.errors, stratum.weights, strict=True)]
    spread = sum((value * value for value in off), Fraction(0)) / (n - 1)
    mean = sum(stratum.weights, Fraction(0)) / n
    return float((stratum.size / whole) ** 2 * spread / (n * mean * mean))


def _plain_variance(stratum: CheckedStratum, whole: Fraction) -> float:
    """The same for one and the same rate everywhere, in units of rate (1 - rate): never 0."""
    checked = sum(stratum.weights, Fraction(0))
    squares = sum((weight * weight for weight in stratum.weights), Fraction(0))
    return float((stratum.size / whole) ** 2 * squares / (checked * checked))


def _effective_size(strata: Sequence[CheckedStratum], whole: Fraction, rate: Fraction) -> float:
    n = sum(len(stratum.weights) for stratum in strata)
    left = [1 - len(stratum.weights) / stratum.claims for stratum in strata]
    plain = [_plain_variance(stratum, whole) for stratum in strata]
    own = [_variance(stratum, whole) for stratum in strata]
    spread = float(rate * (1 - rate))
    # Of two variances the larger, and of two shares not yet checked the larger: see the notes.
    # (n - 1) / n makes the one, a variance estimated without bias, comparable with the other.
    size = 1 / max(sum(plain), sum(own) * (n - 1) / n / spread if spread else 0.0)
    unchecked = max(_mean(left, plain), _mean(left, own))
    return size * _correction(1 - unchecked)


def _mean(values: Sequence[float], weights: Sequence[float]) -> float:
    total = sum(weights)
    return sum(v * w for v, w in zip(values, weights, strict=True)) / total if total else 0.0


def _correction(checked: float) -> float:
    if checked >= 1:
        return float("inf")
    return -log(1 - checked) / checked


def _interval(rate: Fraction, size: float, tail: float) -> tuple[Fraction, Fraction]:
    from scipy.stats import beta

    if isinf(size):
        return rate, rate
    errors = size * float(rate)
    low = float(beta.ppf(tail, errors, size - errors + 1)) if rate > 0 else 0.0
    high = float(beta.ppf(1 - tail, errors + 1, size - errors)) if rate < 1 else 1.0
    return exact_from_float(low), exact_from_float(high)
