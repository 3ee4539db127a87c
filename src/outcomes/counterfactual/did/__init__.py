"""Difference-in-differences: several periods and starts, unit and period effects, other scales of the trend."""
