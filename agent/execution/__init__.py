"""The only way to change the world: propose, vote, run exactly once, verify, undo; never a rendering or a client."""
