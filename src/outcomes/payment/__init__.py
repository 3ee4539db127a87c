"""WHAT IS DUE: evidence, stages, statement, trace, payment curve."""
