"""The covariates as numbers, and the chance of being in the programme."""
