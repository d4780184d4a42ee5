"""An online textbook shop of real HTTP services; what makes it break on purpose lives in demo/faults, never here."""
