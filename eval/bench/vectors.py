"""Whether the encoder of questions and the encoder of passages give the same vectors."""

from __future__ import annotations

import io
import json
import subprocess
import sys

import numpy as np

from agent.corpus.notes import load_passages
from agent.resources import data_dir
from agent.retrieval.encoder import QueryEncoder
from eval.cases import load_questions, load_use_cases

LEAST = 0.999
# In a process of its own, so that torch bears on no other figure.
REFERENCE = """
import sys, json, numpy as np
from sentence_transformers import SentenceTransformer
from agent.retrieval.transformer import model_folder
model = SentenceTransformer(str(model_folder()), device="cpu")
vectors = model.encode(json.load(sys.stdin), normalize_embeddings=True, show_progress_bar=False)
np.save(sys.stdout.buffer, vectors.astype(np.float32))
"""


def measure(*, most: int = 300) -> str:
    """Return a line with the lowest cosine over questions, cases and passages."""
    texts = [case.text for case in load_questions().cases]
    texts += [case.text for case in load_use_cases().cases]
    texts += [passage.text for passage in load_passages(data_dir("corpus"))]
    step = max(1, len(texts) // most)
    chosen = texts[::step][:most]
    done = subprocess.run(
        [sys.executable, "-c", REFERENCE], input=json.dumps(chosen).encode(), capture_output=True, check=True
    )
    reference = np.load(io.BytesIO(done.stdout[done.stdout.index(b"\x93NUMPY") :]))
    cosines = np.sum(QueryEncoder().encode(chosen) * reference, axis=1)
    verdict = "ok" if cosines.min() >= LEAST else "BELOW"
    return f"least cosine of both encoders {cosines.min():.6f} over {len(chosen)} texts; at least {LEAST}: {verdict}"
