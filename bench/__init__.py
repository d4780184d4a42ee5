"""Benchmarks, each a documented command; the product never imports them."""
