"""How surprising a change is, in nats, and how surprises are weighed; cases, files and live reads never live here."""
