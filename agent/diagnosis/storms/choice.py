"""A conditional logit over (candidate, kind of failure): fitted with a penalty, read as weights of named features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix

from agent.diagnosis.storms.features import Feature, depends_on_kind

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Rows = Sequence[Mapping[Feature, float]]

# The penalty (precision of the weights' normal prior) and how far kinds may differ: chosen on the development split
# by cross-validation; the penalty halved or doubled changes HR@1 by at most two cases in a hundred.
_PENALTY = 4.0
_KIND_SCALE = 0.7
# The optimum is flat: more steps change no rank.
_STEPS = 120
_TOLERANCE = 1e-5


@dataclass(frozen=True, slots=True)
class Chances:
    """Of one storm: the chance of each candidate in each kind of failure; the whole sums to 1."""

    joint: Floats

    @property
    def candidates(self) -> Floats:
        """Return the chance of each candidate."""
        return np.asarray(self.joint.sum(axis=1))

    def kind(self, candidate: int) -> tuple[int, float]:
        """Return the likeliest kind if this candidate is the cause, and its chance then."""
        row = self.joint[candidate]
        best = int(row.argmax())
        return best, float(row[best] / max(row.sum(), 1e-300))


@dataclass(frozen=True, slots=True)
class Choice:
    """The fitted weights: `weights` of all features, `by_kind` (feature, kind) on top of them."""

    columns: Mapping[Feature, int]
    kind_columns: Mapping[Feature, int]
    kinds: tuple[str, ...]
    weights: Floats
    by_kind: Floats
    bias: Floats

    def chances(self, rows: Rows) -> Chances:
        """Return the chances of the candidates of one storm."""
        plain, kinded = _matrix(rows, self.columns), _KIND_SCALE * _matrix(rows, self.kind_columns)
        scores = (plain @ self.weights)[:, None] + kinded @ self.by_kind + self.bias
        odds = np.exp(scores - scores.max())
        return Chances(odds / odds.sum())

    def pull(self, features: Mapping[Feature, float], kind: int) -> list[tuple[float, Feature]]:
        """Return what each feature adds to a candidate's score in one kind, the strongest first."""
        found = []
        for feature, value in features.items():
            column = self.columns.get(feature)
            if column is not None:
                weight = self.weights[column]
                if feature in self.kind_columns:
                    weight += _KIND_SCALE * self.by_kind[self.kind_columns[feature], kind]
                found.append((float(weight * value), feature))
        return sorted(found, key=lambda pair: (-abs(pair[0]), pair[1]))


def fit(storms: Sequence[tuple[Rows, int, str]]) -> Choice:
    """Fit the weights to resolved storms: features of the candidates, which of them it was, and the kind."""
    features = sorted({f for rows, _, _ in storms for row in rows for f in row})
    columns = {feature: number for number, feature in enumerate(features)}
    varied = {feature: number for number, feature in enumerate(filter(depends_on_kind, features))}
    kinds = tuple(sorted({kind for _, _, kind in storms}))
    every = [row for rows, _, _ in storms for row in rows]
    starts = np.cumsum([0, *(len(rows) for rows, _, _ in storms)])
    truth = np.array([starts[i] + guilty for i, (_, guilty, _) in enumerate(storms)], dtype=np.intp)
    truth_kind = np.array([kinds.index(kind) for _, _, kind in storms], dtype=np.intp)
    loss = _Loss(
        _matrix(every, columns), _KIND_SCALE * _matrix(every, varied), starts, truth, truth_kind, len(kinds)
    )
    size = len(columns) + (len(varied) + 1) * len(kinds)
    best = minimize(
        loss, np.zeros(size), jac=True, method="L-BFGS-B", options={"maxiter": _STEPS, "ftol": _TOLERANCE}
    )
    weights, by_kind, bias = loss.split(best.x)
    return Choice(columns, varied, kinds, weights, by_kind, bias)


@dataclass(frozen=True, slots=True)
class _Loss:
    """The penalised negative log-likelihood and its gradient."""

    plain: csr_matrix
    kinded: csr_matrix
    starts: Ints
    truth: Ints
    truth_kind: Ints
    kinds: int

    def split(self, x: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the parts of the parameter vector."""
        wide, varied = self.plain.shape[1], self.kinded.shape[1]
        middle = wide + varied * self.kinds
        return x[:wide], x[wide:middle].reshape(varied, self.kinds), x[middle:]

    def __call__(self, x: Floats) -> tuple[float, Floats]:
        weights, by_kind, bias = self.split(x)
        scores = (self.plain @ weights)[:, None] + self.kinded @ by_kind + bias
        storm = np.repeat(np.arange(len(self.truth)), np.diff(self.starts))
        peak = np.maximum.reduceat(scores.max(axis=1), self.starts[:-1])
        odds = np.exp(scores - peak[storm][:, None])
        total = np.add.reduceat(odds.sum(axis=1), self.starts[:-1])
        chances = odds / total[storm][:, None]
        fitted = (scores[self.truth, self.truth_kind] - peak - np.log(total)).sum()
        chances[self.truth, self.truth_kind] -= 1
        gradient = np.concatenate(
            [self.plain.T @ chances.sum(axis=1), (self.kinded.T @ chances).ravel(), chances.sum(axis=0)]
        )
        return float(_PENALTY / 2 * (x @ x) - fitted), gradient + _PENALTY * x


def _matrix(rows: Rows, columns: Mapping[Feature, int]) -> csr_matrix:
    """Return the features that have a column, a row for each candidate."""
    found = [
        (value, number, columns[feature])
        for number, row in enumerate(rows)
        for feature, value in row.items()
        if feature in columns
    ]
    values, at, to = zip(*found, strict=True) if found else ((), (), ())
    return csr_matrix((np.array(values, dtype=float), (at, to)), shape=(len(rows), len(columns)))
