"""From a question to ranked passages: vectors and words over one corpus, fused."""

from agent.retrieval.index import open_index
from agent.retrieval.search import Retriever

__all__ = ["Retriever", "open_index"]
