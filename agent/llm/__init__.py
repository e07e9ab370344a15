"""The language model, where one is configured: it reads facts and writes prose, and never decides.

Owns the endpoint, the prompts, the agent with its tools and middleware, and the merging of two readings. Retrieval,
rules and the gate reach it as plain functions; `openai` and LangChain are imported when a model is asked, not before.
"""
