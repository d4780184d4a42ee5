"""Reads of metrics through named signals and free PromQL; nothing here may change a metrics system."""
