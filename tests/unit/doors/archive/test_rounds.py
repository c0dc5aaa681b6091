"""Mirrors asked in turn: who is asked when, and who is told to have been silent."""

import asyncio
from collections.abc import Mapping
from contextlib import aclosing

from seawall.doors.archive.suites.rounds import ask_in_turn

SILENT_S = 0.05


class Crowd:
    """Places that answer after a while, or never; some with an error."""

    def __init__(self, answers: Mapping[str, float | Exception]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.silent: list[str] = []
        self.cancelled: list[str] = []

    async def ask(self, place: str) -> str:
        """Answer after as long as is said."""
        self.asked.append(place)
        answer = self.answers[place]
        if isinstance(answer, Exception):
            raise answer
        try:
            await asyncio.sleep(answer)
        except asyncio.CancelledError:
            self.cancelled.append(place)
            raise
        return place.upper()

    async def take(self, count: int) -> list[str]:
        """Ask until so many answered; errors are answers, by their words."""
        got: list[str] = []
        asking = ask_in_turn(
            list(self.answers),
            self.ask,
            on_silence=self.silent.append,
            silent_s=SILENT_S,
        )
        async with aclosing(asking) as answers:
            async for place, answer in answers:
                got.append(f"{place}: {answer.exception() or answer.result()}")
                if len(got) == count:
                    break
        return got


async def test_one_answer_is_asked_for_at_a_time() -> None:
    """Whoever answers in time leaves the others in peace."""
    crowd = Crowd({"a": 0.0, "b": 0.0})

    assert ["a: A"] == await crowd.take(1)
    assert (["a"], []) == (crowd.asked, crowd.silent)


async def test_the_next_one_is_asked_beside_a_silent_one() -> None:
    """Its answer is taken, the silent one's question ends with that."""
    crowd = Crowd({"a": 60.0, "b": 0.0, "c": 0.0})

    assert ["b: B"] == await crowd.take(1)
    assert (["a", "b"], ["a"], ["a"]) == (crowd.asked, crowd.silent, crowd.cancelled)


async def test_a_silent_one_may_still_be_the_first() -> None:
    """It is not given up: its answer counts as soon as it comes."""
    crowd = Crowd({"a": 1.5 * SILENT_S, "b": 60.0})

    assert ["a: A"] == await crowd.take(1)
    assert (["a", "b"], ["a"], ["b"]) == (crowd.asked, crowd.silent, crowd.cancelled)


async def test_an_answer_of_no_use_brings_the_next_at_once() -> None:
    """Who answered is not called silent, whoever else is."""
    crowd = Crowd({"a": 60.0, "b": ValueError("no"), "c": 0.0})

    assert ["b: no", "c: C"] == await crowd.take(2)
    assert (["a", "b", "c"], ["a"]) == (crowd.asked, crowd.silent)


async def test_all_are_asked_if_nobody_has_it() -> None:
    """The end comes when the last one has answered."""
    crowd = Crowd({"a": ValueError("no"), "b": 2 * SILENT_S, "c": ValueError("no")})

    assert ["a: no", "c: no", "b: B"] == await crowd.take(4)
    assert ["b"] == crowd.silent
