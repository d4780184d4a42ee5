"""Changes of log indices, one class per catalogued action; nothing that could mean more than the listed ones lives here."""
