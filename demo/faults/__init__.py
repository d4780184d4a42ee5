"""Faults that really change how the shop behaves; the shop's own code and the bot's answers must never live here."""
