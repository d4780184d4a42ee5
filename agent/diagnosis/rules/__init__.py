"""One module per family of causes, each a pure function from facts to hypotheses; never a claim without evidence."""
