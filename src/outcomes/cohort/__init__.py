"""WHO AND WHAT HAPPENED: units, eligibility, windows, metrics, flow."""
