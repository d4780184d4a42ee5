"""What is drawn of people's work below and on a card: hand-offs, tasks, updates, calls; never any change of them."""
