"""What all tests share: the hypothesis profile, the example frame, and how an error is checked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

import citysample as cs

settings.register_profile(
    "citysample",
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("citysample")

EXAMPLES = Path(__file__).resolve().parents[1] / "examples"

DuelPath = tuple[Fraction, list[Fraction], set[int]]
Refused = Callable[..., AbstractContextManager[None]]

KINDS = {
    "FRAME": cs.FrameError,
    "DESIGN": cs.DesignError,
    "DATA": cs.DataError,
    "ESTIMATE": cs.EstimateError,
    "EXPRESSION": cs.EstimateError,
    "FILE": cs.FileError,
    "TABLE": cs.FileError,
    "STUDY": cs.StudyError,
    "EXTRA": cs.MissingExtraError,
}


@contextmanager
def _refused(code: str, *words: str) -> Iterator[None]:
    with pytest.raises(cs.CitySampleError) as caught:
        yield
    error, text = caught.value, str(caught.value)
    assert error.code == code, text
    assert type(error) is KINDS[code.split("-", maxsplit=1)[0]]
    absent = [word for word in words if word not in text]
    assert not absent, f"{absent} not in:\n{text}"
    assert error.what
    assert error.remedy
    assert f"[{code}]" in text


@pytest.fixture(scope="session")
def refused() -> Refused:
    """A context that expects an error with this code, a remedy, and these words in its text."""
    return _refused


@pytest.fixture(scope="session")
def swiss_frame() -> cs.CityFrame:
    """The example frame: 2896 Swiss communes."""
    return cs.CityFrame.read(
        EXAMPLES / "switzerland" / "frame.csv", id="commune", size="population", name="name"
    )


def _pivotal_paths(pi: list[Fraction]) -> Iterator[DuelPath]:
    """All paths of duels in the order 0, 1, ...: probability, thresholds' sides as numbers, sample.

    Written from Deville and Tille (1998), independently of the package: in each duel the two
    probabilities (a, b) become (a + b, 0) or (0, a + b) if a + b < 1, else (1, a + b - 1) or
    (a + b - 1, 1), with the chances that keep both expectations.
    """

    def duel(
        holder: int, held: Fraction, rival: int, chance: Fraction, numbers: list[Fraction], taken: set[int]
    ) -> Iterator[DuelPath]:
        if rival == len(pi):
            assert held in (0, 1)
            yield chance, numbers, taken | ({holder} if held == 1 else set())
            return
        total = held + pi[rival]
        first = held / total if total < 1 else (1 - pi[rival]) / (2 - total)
        for wins, share, number in ((True, first, first / 2), (False, 1 - first, (1 + first) / 2)):
            if share == 0:
                continue
            winner, loser = (holder, rival) if wins else (rival, holder)
            if total < 1:
                yield from duel(winner, total, rival + 1, chance * share, [*numbers, number], taken)
            else:
                yield from duel(
                    loser, total - 1, rival + 1, chance * share, [*numbers, number], taken | {winner}
                )

    yield from duel(0, pi[0], 1, Fraction(1), [], set())


@pytest.fixture(scope="session")
def pivotal_paths() -> Callable[[list[Fraction]], Iterator[DuelPath]]:
    """A second, exact implementation of pivotal selection, which enumerates instead of drawing."""
    return _pivotal_paths
