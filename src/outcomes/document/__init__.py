"""Files as documents: YAML with positions, canonical JSON, hashes.  Knows nothing of contracts."""
