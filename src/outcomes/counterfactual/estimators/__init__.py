"""Both arms' levels and their sampling error, one file for each estimator."""
