"""One investigation as a graph of verbs over ids; never effects on the outside world beyond reads and the card's slot."""
