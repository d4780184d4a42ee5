"""An incident among people: how it opens, changes and ends; never any rendering, and never the choice of a cause."""
