"""The sub-agent that writes what each audience may know; it has no tools, and never sends anything itself."""
