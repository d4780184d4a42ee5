"""Claude behind the brain's port; no effect on the world may ever start here, and only `wire` knows the vendor's SDK."""
