"""What it would pay, before signing: made-up worlds with a known truth."""
