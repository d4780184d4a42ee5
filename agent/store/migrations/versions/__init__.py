"""One module per schema step, in order; no product code may be imported here, since it changes and steps do not."""
