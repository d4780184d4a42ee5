## Checklists: the words that every check shares
check-unseen = could not be looked at
check-no-data = no data
