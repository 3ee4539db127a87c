"""A comparison drawn by lot: the difference in arms.

Lives here: the experiment's levels.  Balance is chance by construction and never blocks.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from outcomes.counterfactual.estimators.regression import RegressionKind, regression_levels
from outcomes.counterfactual.inference import ArmLevels

__all__ = ["experiment_levels"]


def experiment_levels(
    y: NDArray[np.float64],
    treated: NDArray[np.bool_],
    covariates: NDArray[np.float64] | None = None,
    kind: RegressionKind = "hc2",
    cluster: NDArray[np.int64] | None = None,
) -> ArmLevels:
    """The mean of each arm, as assigned (intention to treat), and the error of their difference.

    Parameters
    ----------
    y, treated : ndarrays, shape (m,)
    covariates : ndarray of float64, shape (m, k), optional
        For adjustment by a fully interacted regression; None for the plain difference.
    kind : RegressionKind
        ``hc2`` is Neyman's ``s_1^2 / n_1 + s_0^2 / n_0``; t with Welch's degrees of freedom.
    cluster : ndarray of int64, shape (m,), optional
        Sites, where sites and not people were drawn.

    References
    ----------
    Neyman (1923); Lin (2013) for the adjustment.

    Examples
    --------
    >>> import numpy as np
    >>> y, t = np.array([1.0, 3.0, 0.0, 1.0]), np.array([True, True, False, False])
    >>> round(experiment_levels(y, t).difference, 12)
    1.5
    """
    return regression_levels(y, treated, np.ones(y.size), covariates, kind, cluster)
