"""Words for the model, one file per agent, and runbooks; no code may ever live here."""
