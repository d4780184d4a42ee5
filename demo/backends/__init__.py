"""Starts real servers on loopback ports; knowledge of the shop or of its faults must never live here."""
