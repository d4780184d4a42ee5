"""Which entity a storm of alerts comes from, with or without resolved storms; alerts are never grouped here."""
