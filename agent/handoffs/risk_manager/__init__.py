"""The risk-manager: it assesses actions and keeps the risk register; never a word that makes anything less strict."""
