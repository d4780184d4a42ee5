"""Reads of the cluster that runs the services; nothing here may change it."""
