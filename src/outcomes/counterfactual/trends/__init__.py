"""Whether the groups moved alike before the start, and what it would take to overturn the effect."""
