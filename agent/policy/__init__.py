"""The team's rules as data, and pure functions that decide by them; no I/O but reading the files, no clock, no effect."""
