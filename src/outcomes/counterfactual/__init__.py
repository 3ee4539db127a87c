"""WHAT WOULD HAVE HAPPENED ANYWAY: one file per design; matching never sees outcomes."""
