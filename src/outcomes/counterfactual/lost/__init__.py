"""People without an outcome: how many, what they could change at most, and what the contract counts them as."""
