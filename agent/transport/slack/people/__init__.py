"""Commands, buttons and dialogs for people's work in an incident; never the rules of that work, which lifecycle has."""
