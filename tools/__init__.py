"""The hands: every read and write of the outside world; nothing here decides, remembers or talks to people."""
