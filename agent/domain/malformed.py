"""What reading a noun from text raises: which field is wrong, and why, in a sentence for people."""


class Malformed(ValueError):
    """A text that does not follow its format; whoever read it for a person turns it into an error of agent.errors."""

    def __init__(self, sentence: str, *, field: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
