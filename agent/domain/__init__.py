"""The nouns of an incident, and Alertmanager's matchers; stdlib and pydantic only, never any I/O or rendering."""
