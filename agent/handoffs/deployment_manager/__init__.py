"""The sub-agent for releases: it explains them and proposes ways back; it never changes anything itself."""
