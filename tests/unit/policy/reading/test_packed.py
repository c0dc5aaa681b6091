"""Packed charts are read within bounds, and nothing in them leads out."""

import gzip
import io
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.policy.casebook import gather

from seawall.errors import InputError
from seawall.policy.checking.checker import Checker
from seawall.policy.checking.fixing import mend
from seawall.policy.facts.charts import Template
from seawall.policy.facts.images import ImageUse
from seawall.policy.facts.troubles import Trouble
from seawall.policy.fix import FixKind
from seawall.policy.options import LimitOptions
from seawall.policy.reading.charts import packed

PATH = "shop/charts/db-1.2.3.tgz"
CHART = b"apiVersion: v2\nname: db\nversion: 1.2.3\n"
VALUES = b"image:\n  repository: quay.io/shop/db\n  tag: latest\nimagePullSecrets: []\n"
POD = b"""\
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ .Release.Name }}-db
spec:
  template:
    spec:
      containers:
        - name: db
          image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
"""
TEST = b"""\
apiVersion: v1
kind: Pod
metadata:
  name: test
spec:
  containers:
    - name: test
      image: busybox:1.37
"""
FILES = {
    "db/Chart.yaml": CHART,
    "db/values.yaml": VALUES,
    "db/templates/db.yaml": POD,
}


def pack(files: dict[str, bytes], form: int = tarfile.GNU_FORMAT) -> bytes:
    """Pack files as Helm does."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz", format=form) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return made.getvalue()


def _unpack(data: bytes, **limits: int) -> packed.Unpacked:
    return packed.unpack(PATH, data, LimitOptions(**limits))


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_files_have_a_place_in_their_archive(form: int) -> None:
    """What stands in a packed chart is told where it stands, long names included."""
    long = f"db/templates/{'x' * 60}/{'y' * 90}.yaml"

    repository = gather({PATH: pack({**FILES, long: POD}, form)})

    assert [f"{PATH}!/db/templates/db.yaml", f"{PATH}!/{long}"] == [
        one.path for one in repository.all(Template)
    ]
    (image,) = repository.all(ImageUse)
    assert f"{PATH}!/db/values.yaml" == image.path
    assert 0 == len(repository.all(Trouble))


def test_old_archives_are_read() -> None:
    """The oldest form has no magic word, and ends its numbers otherwise."""
    form = bytearray(gzip.decompress(pack({"db/values.yaml": VALUES})))
    form[257:265] = bytes(8)
    form[148:156] = b" " * 8
    form[148:156] = b"%06o\0 " % sum(form[:512])

    assert {"db/values.yaml": VALUES} == _unpack(gzip.compress(form)).files


def test_findings_in_it_have_lines_and_no_fix(tmp_path: Path) -> None:
    """An archive is read and never edited, and what is in it has its lines."""
    place = tmp_path / PATH
    place.parent.mkdir(parents=True)
    before = pack({**FILES, "db/templates/test.yaml": TEST})
    place.write_bytes(before)
    checker = Checker([tmp_path])

    outcome = checker.judge()

    assert () == tuple(outcome.troubles)
    found = {
        (one.rule, one.place.path.rpartition("!")[2], one.place.line)
        for one in outcome.counted()
    }
    assert ("PUL010", "/db/templates/db.yaml", 8) in found
    assert ("IMG007", "/db/templates/test.yaml", 8) in found
    assert {None} == {one.fix for one in outcome.counted()}
    assert {} == mend(checker, outcome, set(FixKind)).files
    assert before == place.read_bytes()


def test_charts_in_packed_charts_are_read() -> None:
    """A packed chart may have packed ones itself, but not for ever."""
    inner = pack({"sub/values.yaml": VALUES})
    data = pack({**FILES, "db/charts/sub-1.tgz": inner})
    assert "db/charts/sub-1.tgz!/sub/values.yaml" in _unpack(data).files
    for _ in range(3):
        data = pack({"db/charts/db-1.tgz": data})
    found = _unpack(data)
    assert {} == found.files
    assert ["packed more than 3 times"] == [one[-24:] for one in found.faults]


def test_no_name_leads_out() -> None:
    """Names that mean a place elsewhere are told, and not read."""
    names = [
        "../values.yaml",
        "/etc/values.yaml",
        "a/../../values.yaml",
        "a\\values.yaml",
    ]

    found = _unpack(pack({**dict.fromkeys(names, VALUES), "db/values.yaml": VALUES}))

    assert ["db/values.yaml"] == list(found.files)
    assert 4 == len(found.faults)


def check_packed(data: bytes) -> None:
    """See that any archive is unpacked within its bounds, or refused."""
    try:
        found = _unpack(data)
    except InputError:
        return
    assert sum(map(len, found.files.values())) <= 16 * 1024 * 1024
    assert len(found.files) <= 5000
    assert len(found.faults) <= 100
    for name in found.files:
        assert not name.startswith("/")
        assert {"", ".", ".."}.isdisjoint(name.split("/"))
        assert name.isprintable()


def _garbled(at: int, new: bytes, *, inside: bool) -> bytes:
    data = pack(FILES)
    data = gzip.decompress(data) if inside else data
    at %= len(data)
    data = data[:at] + new + data[at + len(new) :]
    return gzip.compress(data) if inside else data


def _summed(at: int, new: bytes) -> bytes:
    """Change the first header, and make its sum right again."""
    data = bytearray(gzip.decompress(pack(FILES)))
    data[at : at + len(new)] = new
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    return gzip.compress(data)


@given(
    st.binary(max_size=600)
    | st.builds(
        _garbled,
        st.integers(0, 10_000),
        st.binary(min_size=1, max_size=12),
        inside=st.booleans(),
    )
    | st.builds(_summed, st.integers(0, 500), st.binary(min_size=1, max_size=12))
)
def test_any_archive_is_bounded(data: bytes) -> None:
    """Whatever an archive says of itself, what comes of it has its bounds."""
    check_packed(data)
    check_packed(gzip.compress(data))


def test_links_and_devices_are_no_files() -> None:
    """A link is not followed, whatever it is called."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        for kind in (
            tarfile.SYMTYPE,
            tarfile.LNKTYPE,
            tarfile.FIFOTYPE,
            tarfile.CHRTYPE,
        ):
            member = tarfile.TarInfo("db/values.yaml")
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)

    assert ({}, []) == (_unpack(made.getvalue()).files, _unpack(made.getvalue()).faults)


def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    """A bomb costs no more than its bound, wherever it stands."""
    bomb = gzip.compress(bytes(65 * 1024 * 1024), 9)
    assert len(bomb) < 100_000
    with pytest.raises(InputError, match="unpacks to more"):
        _unpack(bomb)
    found = _unpack(pack({"db/charts/a-1.tgz": bomb, "db/values.yaml": VALUES}))
    assert ["db/values.yaml"] == list(found.files)
    assert "unpacks to more" in found.faults[0]


def test_bytes_and_members_that_are_read_are_bounded() -> None:
    """Many files, large files, and one that is too large, cost what they may."""
    large = VALUES + b"#" * 3_900_000
    many = {f"db/{n}/values.yaml": large for n in range(6)}
    assert 4 == len(_unpack(pack(many)).files)
    found = _unpack(pack({"db/values.yaml": large}), file_bytes=1000)
    assert ({}, 1) == (found.files, len(found.faults))
    tiny = {f"db/{n}/values.yaml": b"" for n in range(5001)}
    found = _unpack(pack(tiny))
    assert (5000, 1) == (len(found.files), len(found.faults))


@pytest.mark.parametrize(
    "broken",
    [
        b"\x1f\x8b\x08nothing",
        gzip.compress(b"x" * 600),
        pack(FILES)[:-20],
        gzip.compress(gzip.decompress(pack({"db/values.yaml": VALUES}))[:520]),
    ],
    ids=["no gzip", "no archive", "cut", "a member that is not there"],
)
def test_what_is_broken_is_told(broken: bytes) -> None:
    """A broken archive is a line, and no more."""
    with pytest.raises(InputError):
        _unpack(broken)
    (trouble,) = gather({PATH: broken}).all(Trouble)
    assert PATH == trouble.path


def test_other_archives_are_let_be() -> None:
    """Only what stands in a chart's `charts` is a chart that is packed."""
    assert 0 == len(gather({"dist/db-1.2.3.tgz": pack(FILES)}).all(ImageUse))
