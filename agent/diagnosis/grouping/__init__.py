"""On-line grouping of an alert stream into incidents, pure and causal; incidents themselves never live here."""
