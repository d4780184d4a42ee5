"""How surprising each new point of a series is, and when a series changed; I/O and clocks must never live here."""
