"""Doors to the outside: Slack, HTTP, terminal, outbox delivery; no decision about an incident is ever taken here."""
