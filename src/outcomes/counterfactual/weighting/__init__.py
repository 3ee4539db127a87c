"""Comparison people weighted to look like the programme's."""
