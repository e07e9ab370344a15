"""Fits how short texts are read: `python -m eval.fit_turns`, two minutes on two cores.

Learns from `eval/data/turns.jsonl`, single turns of chats with all the facts that their words state, and beside them
from `statements*.jsonl`; writes `agent/intake/data/short.npz`: weights on top of the reader's layers. These never saw
the turns; each statement is taken as layers that never saw it score it. Prints what is found in the turns of each fifth
by weights that learned from the others. Seeded; same data, same file.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from msgspec import Struct
from torch import nn

from agent.intake.cues import Key
from agent.intake.heads import Told, gram_values, load_sentence_heads, tell
from agent.intake.reading import LEAST_IN_REMARK, WIDTH, prepare, tables
from agent.intake.sentences import flatten
from agent.intake.short import GRAM_SCALE, SHORT_HEADS, WEIGHED, Turn, features
from agent.retrieval.encoder import QueryEncoder
from eval.fit_encoder import Floats, vocabulary, words_in_bytes
from eval.sentences import Statement, load_texts, load_turns, load_unseen

FOLDS = 5
STEPS = 200
RATE = 0.02
STATEMENT_WEIGHT = 0.4
"""Of a statement beside a turn: it is plainer, and there are more."""
WEIGHT_PENALTY = 0.5
APART_PENALTY = 1.0
"""Of the distance of a key's step from the mean of all keys', which most keys have too few turns to leave."""
OTHER_PENALTY = 2.0
SEED = 7


class Material(Struct, frozen=True):
    """What is learned from; r texts, the turns first, n keys, v words and word pairs."""

    keys: tuple[Key, ...]
    columns: dict[str, Floats]
    """By name (r, d): vectors, what is `WEIGHED`, grams, open, stated, weight."""
    names: dict[str, int]
    rarity: Floats

    def given(self, rows: Any) -> dict[str, Any]:
        """Return the columns of some texts."""
        return {name: torch.from_numpy(column[rows]) for name, column in self.columns.items()}


class Short(nn.Module):
    """The steps under training, one of each kind for each key, and the weights of vectors and words."""

    def __init__(self, keys: int, grams: int) -> None:
        super().__init__()
        begin = torch.tensor([0.8, 1.0, -0.5, 0.0, 0.0, -0.5])
        self.steps = nn.Parameter(begin[:, None].repeat(1, keys))
        self.vectors = nn.Parameter(torch.zeros(768, keys))
        self.grams = nn.Parameter(torch.zeros(grams, keys))

    def forward(self, given: dict[str, Any]) -> Any:
        """Return (r, n) logits."""
        total = self.steps[5] + sum(step * given[name] for step, name in zip(self.steps[:5], WEIGHED, strict=True))
        return total + given["vectors"] @ self.vectors + given["grams"] @ self.grams

    def penalty(self) -> Any:
        """Return what large weights cost, and steps that leave the others'."""
        shared, seldom = self.steps[:3], self.steps[3:5]
        apart = ((shared - shared.mean(dim=1, keepdim=True)) ** 2).sum()
        weights = (self.vectors**2).sum() + (self.grams**2).sum()
        return WEIGHT_PENALTY * weights + APART_PENALTY * apart + OTHER_PENALTY * (seldom**2).sum()


def main() -> None:
    """Fit, report and write."""
    turns = load_turns()
    texts = load_texts()
    material = gather(turns, texts.statements, load_unseen(texts.sentences))
    rows = np.arange(len(material.columns["stated"]))
    likely = np.zeros_like(material.columns["stated"])
    for part in range(FOLDS):
        held = rows % FOLDS == part
        likely[held] = probabilities(fit(material, ~held), material, held)
    print(f"{len(turns)} turns, {len(material.keys)} fact values, {len(material.names)} words and pairs")
    print(shown(likely[: len(turns)], material.columns["stated"][: len(turns)]))
    save(fit(material, rows >= 0), material)
    print(f"wrote {SHORT_HEADS.name}, {SHORT_HEADS.stat().st_size:,} bytes")


def gather(turns: Sequence[Statement], statements: Sequence[Statement], unseen: Told) -> Material:
    """Read every text as one sentence, by the reader's layers; `unseen` (r, n) is what statements say to others."""
    encoder, heads = QueryEncoder(), load_sentence_heads()
    names, rarity = vocabulary([flatten(statement.text) for statement in (*turns, *statements)])
    rows: list[dict[str, Floats]] = []
    for at, statement in enumerate([*turns, *statements], start=-len(turns)):
        sheet, flat = encoder.encode_read([statement.text]), flatten(statement.text)
        told = tell(heads, sheet[:, WIDTH : -len(heads.keys)], [flat])
        told = told if at < 0 else Told(unseen.scores[at, None], unseen.hints[at, None])
        turn = Turn(sheet[0, : 2 * WIDTH], told, flat)
        prepared = prepare(statement.text)
        cues, mask = tables(heads.keys, prepared, np.repeat(turn.told.scores, len(prepared.sentences), axis=0))
        grams = np.zeros(len(names), dtype=np.float32)
        for gram, value in gram_values(flat, names, rarity).items():
            grams[gram] = value * GRAM_SCALE
        stated = np.array([statement.facts.get(fact) == value for fact, value in heads.keys], dtype=np.float32)
        rows.append(
            features(heads.keys, turn, cues, mask)
            | {
                "grams": grams,
                "open": mask.max(axis=0, initial=0),
                "stated": stated,
                "weight": np.full_like(stated, 1.0 if at < 0 else STATEMENT_WEIGHT),
            }
        )
    columns = {name: np.array([row[name] for row in rows], dtype=np.float32) for name in rows[0]}
    return Material(heads.keys, columns, names, rarity)


def fit(material: Material, rows: Any) -> Short:
    """Return the weights learned from some turns."""
    torch.manual_seed(SEED)
    given = material.given(rows)
    short = Short(len(material.keys), len(material.names))
    optimizer = torch.optim.Adam(short.parameters(), lr=RATE)
    for _ in range(STEPS):
        optimizer.zero_grad()
        logits = short(given)
        crossed = nn.functional.binary_cross_entropy_with_logits
        loss = crossed(logits, given["stated"], given["weight"], reduction="sum")
        (loss + short.penalty()).backward()
        optimizer.step()
    return short.eval()


def probabilities(short: Short, material: Material, rows: Any) -> Floats:
    """Return (r, n) how likely some turns state each value."""
    given = material.given(rows)
    with torch.inference_mode():
        return np.asarray(torch.sigmoid(short(given)) * (given["open"] > 0), dtype=np.float32)


def shown(likely: Floats, stated: Floats) -> str:
    """Return a line of figures at the probability from which a value is stated."""
    said = likely >= LEAST_IN_REMARK
    found, labelled = (said * stated).sum(), stated.sum()
    right = (said == (stated > 0)).all(axis=1).mean()
    beyond = (said.sum() - found) / len(said)
    return f"found {found / labelled:.3f}, beyond the labels {beyond:.3f} a turn, all right {right:.3f}"


def save(short: Short, material: Material) -> None:
    """Write the weights."""
    np.savez(
        SHORT_HEADS,
        **words_in_bytes(material.names, material.rarity, short.grams.detach().numpy()),
        vector_weights=short.vectors.detach().numpy().astype(np.float16),
        steps=short.steps.detach().numpy().astype(np.float32),
    )


if __name__ == "__main__":
    main()
