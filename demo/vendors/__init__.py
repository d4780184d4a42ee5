"""Doubles of the vendors that carry messages out, for the demo and the tests; nothing of the product may live here."""
