"""Setting reports on pages; never what they say, and no text of theirs ever becomes part of a template."""
