"""One verb per module, each a step that may run again from its first line; never a vendor import."""
