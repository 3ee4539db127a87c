"""The `outcomes` command: one file per command, thin; no arithmetic happens here."""
