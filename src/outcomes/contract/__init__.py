"""WHAT WAS AGREED: terms, evaluation plan, clauses, structural lint, schema."""
