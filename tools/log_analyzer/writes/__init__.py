"""Log indices as actions.

Never here: a wildcard, an alias or anything else that could mean more than the indices that were looked at.
"""
