"""Reads of alerts, rules and silences; judging an alert never happens here."""
