"""The team's rules as data, with their tests beside them; no code may ever live here."""
