"""Reads of how much of a service's error budget is used up; nothing here may promise anything to customers."""
