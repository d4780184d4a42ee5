"""Understands, decides, remembers and talks; it never holds a vendor's hand outside its one adapter."""
