"""What tags mean now: their digests, asked of the registries that the settings know."""

import asyncio
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from seawall.app.compose import build_registries
from seawall.errors import (
    BrokenReplyError,
    DigestMismatchError,
    ManifestSyntaxError,
    OfflineError,
    RateLimitedError,
    SeawallError,
    UnreachableError,
    UpstreamError,
)
from seawall.kit.clock import SystemClock
from seawall.oci.digest import Digest
from seawall.oci.manifest import MAX_MANIFEST_BYTES, parse_manifest
from seawall.oci.mediatypes import ACCEPT, Kind
from seawall.oci.reference import Reference, RepositoryName
from seawall.settings.effective import Settings
from seawall.supply.images.registries import KnownRegistries
from seawall.transfer.asker import Asker
from seawall.transfer.auth.tokens import Tokens
from seawall.transfer.budget.desk import Budget
from seawall.transfer.care.experiences import Experiences
from seawall.transfer.history.events import Event
from seawall.transfer.history.subject import Subject
from seawall.transfer.network.answers import ManifestBody
from seawall.transfer.sources.place import Wire
from seawall.transfer.sources.registry import RegistrySource
from seawall.transfer.standing.roster import Roster
from seawall.transfer.transport import Transport

AnswerT = TypeVar("AnswerT")

_AT_ONCE = 6
_MOST_TAGS = 1000
_ANSWER_S = 60.0
RUN_S = 600.0
"""Nothing is asked later than that: a registry may be slow a thousand times over."""

_NO_HEAD = frozenset({400, 405, 501})
_ACCEPT = ACCEPT[Kind.INDEX]  # what a tag means by itself, not to one platform

Progress = Callable[[int, int], None]
"""Is told how many tags have been asked for, and of how many."""


@dataclass(frozen=True, slots=True)
class Tag:
    """One question: what this tag of a repository means."""

    repository: RepositoryName
    name: str

    @classmethod
    def of(cls, reference: Reference) -> "Tag":
        """Give the tag of a reference; one without means `latest`."""
        return cls(reference.repository, reference.tag or "latest")

    def __str__(self) -> str:
        """Write it in full."""
        return f"{self.repository}:{self.name}"


@dataclass(frozen=True, slots=True)
class Answers:
    """What was answered, and why the rest was not.

    Attributes:
        digests: What tags mean: the digest of their index where they have one.
        errors: Why others are not known.
    """

    digests: dict[Tag, Digest] = field(default_factory=dict)
    errors: dict[Tag, SeawallError] = field(default_factory=dict)


class Nobody:
    """Whom a command that keeps no history tells what happens."""

    def happened(self, subject: Subject | None, event: Event) -> None:
        """Forget it: the answer says enough."""


async def ask_digests(
    settings: Settings,
    references: Iterable[Reference],
    progress: Progress | None = None,
    *,
    run_s: float = RUN_S,
) -> Answers:
    """Ask what tags mean now; each is asked for once, several at a time.

    Only registries of these settings are asked. One that limits, or does not answer,
    is left alone from then on. No error is raised: each is an answer.

    Args:
        settings: The user's own; they say who may be asked, and how.
        references: Images; what digest they have already does not matter.
        progress: Is told how far it is.
        run_s: How long all of it may take.
    """
    tags = list(dict.fromkeys(Tag.of(one) for one in references))
    answers = Answers()
    async with open_inquirer(settings, run_s) as inquirer:
        waiting = deque(tags)

        async def work() -> None:
            while waiting:
                place = len(tags) - len(waiting)
                tag = waiting.popleft()
                try:
                    if place >= _MOST_TAGS:
                        raise _refuse_more()
                    answers.digests[tag] = await inquirer.ask(tag)
                except SeawallError as exc:
                    answers.errors[tag] = exc
                if progress is not None:
                    done = len(answers.digests) + len(answers.errors)
                    progress(done, len(tags))

        async with asyncio.TaskGroup() as group:
            for _ in range(min(_AT_ONCE, len(tags))):
                group.create_task(work())
    return answers


@asynccontextmanager
async def open_inquirer(
    settings: Settings, run_s: float = RUN_S
) -> AsyncIterator["Inquirer"]:
    """Connect to nobody yet, and know whom these settings know; close it at the end."""
    until = asyncio.get_running_loop().time() + run_s
    clock = SystemClock()
    transport = Transport(settings.transport, clock)
    experiences = Experiences()
    wire = Wire(
        transport,
        Tokens(transport, clock, experiences=experiences),
        Budget(clock, jitter=random.random),
        clock,
        experiences=experiences,
    )
    registries = KnownRegistries(
        build_registries(settings, wire),
        default=settings.default_registry,
        offline=settings.file.offline,
    )
    roster = Roster(clock, settings.engine.circuit)
    try:
        yield Inquirer(registries, Asker(roster, clock, Nobody()), until)
    finally:
        await transport.close()


@dataclass
class Inquirer:
    """Asks registries, and remembers those that need not be asked again.

    Attributes:
        registries: Those that may be asked.
        asker: Asks one.
        until: When the loop's clock says that, nothing is asked any more.
        closed: Those that limit or do not answer, with what they said.
    """

    registries: KnownRegistries
    asker: Asker
    until: float
    closed: dict[str, SeawallError] = field(default_factory=dict)

    async def ask(self, tag: Tag) -> Digest:
        """Ask what one tag means.

        Raises:
            UnknownRegistryError: The settings do not know its registry.
            SeawallError: It was not answered.
        """
        return await self.put(
            tag.repository.registry, lambda source: _ask_source(source, tag)
        )

    async def put(
        self, name: str, question: Callable[[RegistrySource], Awaitable[AnswerT]]
    ) -> AnswerT:
        """Put a question to a registry.

        Raises:
            UnknownRegistryError: The settings do not know it.
            SeawallError: It was not answered.
        """
        registry = self.registries.find(name)
        if self.registries.offline:
            raise OfflineError(
                "Seawall is offline by its settings", cause="policy.offline"
            )
        if name in self.closed:
            raise self.closed[name]
        now = asyncio.get_running_loop().time()
        if now >= self.until:
            raise OfflineError("what is not answered by now is not asked in this run")
        try:
            async with asyncio.timeout_at(min(now + _ANSWER_S, self.until)):
                return await self.asker.ask(registry.name_sources, question)
        except TimeoutError:
            label = registry.origin.label
            error = UnreachableError(
                f"{label} has not answered in time",
                cause="net.silence",
                host=label,
            )
            self.closed.setdefault(name, error)
            raise error from None
        except (RateLimitedError, UnreachableError) as exc:
            # What it said first tells more than that it is then left alone.
            raise self.closed.setdefault(name, exc) from None


async def _ask_source(source: RegistrySource, tag: Tag) -> Digest:
    """Ask by HEAD, which limits do not count; by GET where that does not tell."""
    try:
        head = await source.head_manifest(tag.repository, tag.name, accept=_ACCEPT)
    except UpstreamError as exc:
        if exc.status not in _NO_HEAD:
            raise
    else:
        if head.digest is not None:
            return head.digest
    body = await source.get_manifest(
        tag.repository, tag.name, accept=_ACCEPT, max_bytes=MAX_MANIFEST_BYTES
    )
    return verify(body, tag, source.label)


def verify(body: ManifestBody, tag: object, label: str) -> Digest:
    """Give the digest of a manifest's bytes.

    Args:
        body: The bytes, and what was said of them.
        tag: What was asked for, as people call it.
        label: Who answered.

    Raises:
        DigestMismatchError: Its header says another one.
        BrokenReplyError: It is no manifest.
    """
    promised = body.digest_header
    digest = Digest.of(body.body, promised.algorithm if promised else "sha256")
    if promised is not None and promised != digest:
        raise DigestMismatchError(
            f"{label} answered {tag} with bytes that are not {promised}",
            cause="content.digest_mismatch",
        )
    try:
        parse_manifest(body.body, media_type=body.media_type or None)
    except ManifestSyntaxError as exc:
        raise BrokenReplyError(
            f"{label} answered {tag} with something that is no manifest: {exc}",
            cause="registry.protocol_bug",
            host=label,
        ) from exc
    return digest


def _refuse_more() -> SeawallError:
    return OfflineError(f"more than {_MOST_TAGS} tags are not asked for in one run")
