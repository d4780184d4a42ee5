"""What the core needs from the outside, as small Protocols; no implementation may ever live here."""
