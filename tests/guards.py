"""Takes each guard out, one at a time, and sees its test fail: `make guards`.

A test that passes with its guard removed guards nothing. The tree is copied, the
guard's line is changed in the copy, and the named tests run against the copy.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.unit.policy import guarded

ROOT = Path(__file__).parents[1]
FAILED = 1  # pytest's exit code for tests that failed, as opposed to tests not found


@dataclass(frozen=True, slots=True)
class Guard:
    """One line that an invariant hangs on, what breaks it, and who must notice."""

    invariant: str
    file: str
    line: str
    broken: str
    tests: str


GUARDS = (
    Guard(
        "1 the last bytes wait for the digest",
        "transfer/flight.py",
        "stop = min(stop, size - self.options.tail_bytes)",
        "pass",
        "test_contents.py -k no_reader_completes",
    ),
    Guard(
        "1 nothing is kept unverified",
        "transfer/crew.py",
        "if flight.exceeds(size) or scribe.hexdigest() != flight.want.digest.hex:",
        "if flight.exceeds(size):",
        "test_contents.py -k no_reader_completes",
    ),
    Guard(
        "1 small contents are verified first",
        "transfer/readers/boarding.py",
        "if size <= flight.options.small_bytes:",
        "if size < 0:",
        "test_contents.py -k small_contents",
    ),
    Guard(
        "1 a wrong body cannot be resumed",
        "transfer/engine.py",
        "if until > self._clock.monotonic():",
        "if until < 0:",
        "test_contents.py -k cannot_be_resumed",
    ),
    Guard(
        "1 answers asked for ahead keep their bytes",
        "doors/web.py",
        "if self._is_plain() and not self._protocol.streams:",
        "if self._is_plain():",
        "test_pipelining.py",
    ),
    Guard(
        "2 one flight per content",
        "transfer/engine.py",
        "flight = self._flights.get(want.digest)\n        while",
        "flight = None\n        while",
        "test_contents.py -k many_readers",
    ),
    Guard(
        "1 unproven bytes come from one source at a time",
        "transfer/flight.py",
        "if self.mixed:",
        "if self.mixed < 0:",
        "wire/test_convoy.py -k boards_in_mid_air",
    ),
    Guard(
        "1 no helper gives what a client is already reading",
        "transfer/crew.py",
        "elif flight.followers and not flight.mixed:",
        "elif flight.followers < 0:",
        "wire/test_convoy.py -k sent_away",
    ),
    Guard(
        "2 a far range is part of the flight",
        "transfer/crew.py",
        "other.span = Span(other.span.start, at)",
        "pass",
        "test_contents.py -k far_range",
    ),
    Guard(
        "3 what is held needs nobody",
        "supply/pullthrough.py",
        "file = await self._open_files.open(digest)",
        "raise NotStoredError",
        "test_contents.py -k needs_nobody",
    ),
    Guard(
        "4 a name outlives its origin",
        "supply/resolver.py",
        "return self._answer(record, Outcome.STALE, min(ttl_s, 0.0), error)",
        "raise error",
        "test_names.py -k invariant_4",
    ),
    Guard(
        "4 an answer too old is none",
        "supply/freshness.py",
        "return age_s <= (options.refused_max_s if refused else options.stale_max_s)",
        "return age_s >= 0 or refused",
        "test_names.py -k too_old",
    ),
    Guard(
        "5 manifests are never changed",
        "supply/images/manifests.py",
        "KeptManifest(digest, body, media_type or manifest.media_type)",
        "KeptManifest(digest, body.strip() + b' ', media_type)",
        "test_names.py -k invariant_5",
    ),
    Guard(
        "6 redirects stay within the settings",
        "transfer/network/redirect.py",
        "if target == start or rule.lists(target):",
        "if rule is not None:",
        "test_names.py -k redirects_stay",
    ),
    Guard(
        "6 a foreign realm gets no visit",
        "transfer/auth/tokens.py",
        "check_realm(wish)",
        "pass",
        "test_names.py -k foreign_realm",
    ),
    Guard(
        "7 no secret is told",
        "app/telemetry.py",
        'path = redact_url(f"{path}?{request.query}")',
        'path = f"{path}?{request.query}"',
        "test_names.py -k no_secret",
    ),
    Guard(
        "8 what arrived survives a kill",
        "transfer/flight.py",
        "self.partial.checkpoint()",
        "pass",
        "test_contents.py -k kill_loses_nothing",
    ),
    Guard(
        "9 a full store breaks no pull",
        "transfer/readers/boarding.py",
        "        except StoreFullError:\n            self._sit()\n            want",
        "        except ZeroDivisionError:\n            self._sit()\n            want",
        "test_contents.py -k full_store",
    ),
    Guard(
        "9 a disk that others fill takes nothing away",
        "store/janitor.py",
        "if wanted > (await self._catalog.totals()).bytes:",
        "if wanted < 0:",
        "contract/test_janitor.py -k others_filled",
    ),
    Guard(
        "9 no answer begins that could only be cut",
        "transfer/readers/boarding.py",
        "await flight.wait_finished(or_begun=True)",
        "pass",
        "wire/test_engine_full.py -k before_its_answer",
    ),
    Guard(
        "9 no manifest leads to blobs that are refused",
        "doors/registry/supplies.py",
        "if not self.contents.is_crowded:",
        "if self.contents:",
        "test_contents.py -k beyond_the_bound",
    ),
    Guard(
        "9 straight through is verified, too",
        "transfer/passthrough.py",
        "if hasher.hexdigest() != self._want.digest.hex:",
        "if self._want is None:",
        "test_contents.py -k full_disk_too",
    ),
    Guard(
        "10 an answer says how it was found",
        "doors/telling.py",
        'status = f"Seawall; hit{ttl}"',
        'status = "Seawall"',
        "test_names.py -k says_how",
    ),
    Guard(
        "7 no explanation shows a secret",
        "supply/explaining/outlook.py",
        "cleaned = redact_text(value)",
        "pass",
        "unit/supply/explaining/test_stories.py -k secret",
    ),
    Guard(
        "7 no span holds a secret",
        "app/tracing/spans.py",
        "value = redact_text(value)",
        "pass",
        "unit/app/test_tracing.py -k secret",
    ),
    Guard(
        "10 what happened is remembered",
        "app/telemetry.py",
        "self.journal.note(subject, event)",
        "pass",
        "wire/test_explaining.py -k before_and_after",
    ),
    Guard(
        "10 a liar is named",
        "transfer/engine.py",
        "self._observer.happened(want.digest, lied)",
        "pass",
        "test_explain.py -k left_alone",
    ),
    Guard(
        "10 a liar is left alone",
        "transfer/engine.py",
        "self.roster.note_lie(source)",
        "pass",
        "test_explain.py -k left_alone",
    ),
    Guard(
        "11 private is what refuses anonymous callers",
        "supply/images/privacy.py",
        "anonymous=True,",
        "anonymous=False,",
        "test_names.py -k anonymous_callers",
    ),
    Guard(
        "12 a hung process is ended",
        "app/watcher.py",
        "os.kill(watched, signal.SIGKILL)",
        "return",
        "test_hang.py -k is_ended",
    ),
    Guard(
        "12 a paused machine ends nothing",
        "app/watcher.py",
        "elif now_s - looked_s > 8 * step_s:",
        "elif now_s < 0:",
        "test_hang.py -k paused",
    ),
    Guard(
        "1 a suite is what its keys signed",
        "doors/archive/suites/candidates.py",
        "signed = keyring.verify_inline(files[INLINE])",
        "signed = Signed(signed_text(files), ())",
        "wire/test_archive_refusals.py -k bad_suite",
    ),
    Guard(
        "1 a suite never goes back",
        "doors/archive/suites/acceptance.py",
        "if release.date < since:",
        "if release.date < 0:",
        "wire/test_archive_refusals.py -k rolled_back",
    ),
    Guard(
        "1 a suite is the one that was asked for",
        "doors/archive/suites/acceptance.py",
        "if options.check_suite and not is_expected(directory, release):",
        "if not options.check_suite:",
        "wire/test_archive_refusals.py -k another_suite",
    ),
    Guard(
        "1 an expired suite is no news",
        "doors/archive/suites/acceptance.py",
        "if expired and options.check_valid_until:",
        "if expired is None:",
        "wire/test_archive_refusals.py -k expired",
    ),
    Guard(
        "1 a suite flips with all that clients want",
        "doors/archive/indexes/gathering.py",
        "if not lenient and self._waits_for(path, exc):",
        "if lenient:",
        "wire/test_archive_flips.py -k waits_for_nothing",
    ),
    Guard(
        "1 what nothing verifies is marked",
        "doors/archive/door.py",
        "headers[0] = name, status + b'; detail=\"unverified\"'",
        "headers[0] = name, status",
        "wire/test_archive_serving.py -k unknown_files",
    ),
    Guard(
        "1 packages wait for their index",
        "doors/archive/indexes/lookup.py",
        "while found is None and await self.indexing.wait(",
        "while found is not None and await self.indexing.wait(",
        "wire/test_archive_contents.py -k wait_for_the_table",
    ),
    Guard(
        "3 eviction spares the suite that is served",
        "doors/archive/generations.py",
        "await self._catalog.pin(digest, pinned=held)",
        "pass",
        "wire/test_archive_store.py -k eviction_spares",
    ),
    Guard(
        "4 a suite outlives its archive",
        "settings/archives.py",
        "keep_deleted=True,",
        "keep_deleted=False,",
        "wire/test_archive_flips.py -k gone_is_served",
    ),
    Guard(
        "4 a part goes on by its own content's date alone",
        "doors/archive/replies.py",
        "return bool(text) and read_instant(text) == self.modified",
        "return bool(text) and (read_instant(text) or 0) >= self.modified",
        "wire/test_archive_contents.py -k what_a_client_has",
    ),
    Guard(
        "4 no two unverified files become one",
        "doors/archive/passing.py",
        "return begun is not None and begun == read_instant(modified)",
        "return begun is not None",
        "wire/test_archive_passing.py -k changed_file",
    ),
    Guard(
        "6 what leads back to Seawall ends",
        "doors/archive/door.py",
        'if self._via and any(self._via in v for v in request.values(b"via")):',
        "if not self._via:",
        "process/test_archives.py -k leads_back",
    ),
    Guard(
        "7 passwords in apt's sources are not told",
        "settings/machine.py",
        "told = tuple(_hide(note) for note in (*notes, *found.notes))",
        "told = (*notes, *found.notes)",
        "unit/settings/test_machine.py -k password",
    ),
    Guard(
        "11 digests give no rights to archives' clients",
        "doors/archive/contents.py",
        "if await self.catalog.is_linked(archive.repository, digest):",
        "if digest is not None:",
        "wire/test_archive_contents.py -k private",
    ),
    *(Guard(*row) for row in guarded.GUARDS),
)


def try_guard(guard: Guard, place: Path) -> str:
    """Break one guard in a copy of the tree, and tell whether its tests noticed."""
    copy = place / "tree"
    shutil.rmtree(copy, ignore_errors=True)
    for part in ("src", "tests"):
        shutil.copytree(ROOT / part, copy / part)
    shutil.copy(ROOT / "pyproject.toml", copy)
    file = copy / "src" / "seawall" / guard.file
    text = file.read_text()
    if text.count(guard.line) != 1:
        return f"its line is there {text.count(guard.line)} times"
    file.write_text(text.replace(guard.line, guard.broken))
    name, *chosen = guard.tests.split()
    name = name if "/" in name else f"process/{name}"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", f"tests/{name}", *chosen],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode == FAILED and f"FAILED tests/{name}" in done.stdout:
        return ""
    return f"pytest ended with {done.returncode}:\n{done.stdout[-1500:]}"


def main() -> int:
    """Try every guard, or those whose names contain an argument."""
    wanted = sys.argv[1:] or [""]
    guards = [g for g in GUARDS if any(word in g.invariant for word in wanted)]
    unguarded = 0
    with tempfile.TemporaryDirectory() as place:
        for guard in guards:
            problem = try_guard(guard, Path(place))
            unguarded += bool(problem)
            verdict = f"NOT NOTICED, {problem}" if problem else "noticed"
            print(f"{guard.invariant:<46} {guard.file:<32} {verdict}", flush=True)  # noqa: T201
    print(f"{len(guards) - unguarded} passed, {unguarded} failed")  # noqa: T201
    return 1 if unguarded or not guards else 0


if __name__ == "__main__":
    sys.exit(main())
