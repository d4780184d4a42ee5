"""Pure calculation over series, texts and graphs; I/O, clocks and settings must never live here."""
