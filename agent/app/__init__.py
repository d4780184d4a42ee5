"""The composition root: the only room that names every adapter; no rule of the product may ever live here."""
