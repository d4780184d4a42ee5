"""Work handed to sub-agents, each with one typed question and one typed answer; never an effect, a message or a model:
what is to be done is proposed through a port, what is to be told is stored, and a model is asked through `Counsel`."""
