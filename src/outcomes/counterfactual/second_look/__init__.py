"""What the causal graph says, what refits show, what another learner finds."""
