"""Experiments: strata, people who did or did not receive, balance by the luck of the draw."""
