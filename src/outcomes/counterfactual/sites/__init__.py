"""Sampling error where whole sites were assigned, and few of them."""
