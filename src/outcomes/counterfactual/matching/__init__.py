"""Who is compared with whom, one person at a time."""
