"""Areas against a weighted mix of other areas: donor weights, placebo areas, synthetic difference-in-differences."""
