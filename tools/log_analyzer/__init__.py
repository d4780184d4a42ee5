"""Reads of logs, their counts and mined patterns; nothing here may write or delete a log."""
