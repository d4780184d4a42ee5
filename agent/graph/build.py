"""The life of an investigation; read this to know the product.

triage ──► investigate ──► diagnose ──► prioritise ──► communicate
             ▲      │
             └──────┘  reads only, at most `max_iterations` times and never past the deadline
"""

from functools import partial
from typing import TYPE_CHECKING, Any

from agent.graph.kit import Kit
from agent.graph.nodes.communicate import communicate
from agent.graph.nodes.diagnose import diagnose
from agent.graph.nodes.investigate import investigate
from agent.graph.nodes.prioritise import prioritise
from agent.graph.nodes.triage import triage
from agent.graph.state import State

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph


def build(
    kit: Kit, checkpointer: "BaseCheckpointSaver[Any] | None"
) -> "CompiledStateGraph[State, None, State, State]":
    """Return the graph of one run, ready to start or to go on from its checkpoint."""
    from langgraph.graph import END, START, StateGraph

    graph = StateGraph(State)
    graph.add_node("triage", partial(triage, kit=kit))
    graph.add_node("investigate", partial(investigate, kit=kit))
    graph.add_node("diagnose", partial(diagnose, kit=kit))
    graph.add_node("prioritise", partial(prioritise, kit=kit))
    graph.add_node("communicate", partial(communicate, kit=kit))
    graph.add_edge(START, "triage")
    graph.add_edge("triage", "investigate")
    graph.add_conditional_edges("investigate", next_step, ["investigate", "diagnose"])
    graph.add_edge("diagnose", "prioritise")
    graph.add_edge("prioritise", "communicate")
    graph.add_edge("communicate", END)
    return graph.compile(checkpointer=checkpointer)


def next_step(state: State) -> str:
    """Choose between another iteration and the diagnosis."""
    return "diagnose" if state["done"] else "investigate"
