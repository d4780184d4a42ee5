"""The channel of an incident's own: opened, headed, joined by the right people; never what is said in it."""
