"""What thinks: playbook, models and the list of reads; anything that changes the world must never live here."""
