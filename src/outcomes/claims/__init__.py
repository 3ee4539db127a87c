"""WHAT WAS CLAIMED: decisions by the contract's rules."""
