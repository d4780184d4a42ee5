"""One file per vendor behind the Protocols of readers.py; decisions, wording and parameters of reads never live here."""
