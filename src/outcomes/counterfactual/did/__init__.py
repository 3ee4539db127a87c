"""Difference-in-differences with several periods: one file per estimator."""
