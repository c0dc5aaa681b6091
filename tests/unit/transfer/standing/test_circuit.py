"""When a source is left alone, and how it comes back."""

from seawall.transfer.standing.circuit import Circuit, CircuitOptions

OPTIONS = CircuitOptions(failures=3, shut_s=10, longest_s=30, probe_s=5, lie_s=100)


def broken(*times: float) -> Circuit:
    """Make the circuit of a source that failed at these times."""
    circuit = Circuit(OPTIONS)
    for now in times:
        circuit.fail(now)
    return circuit


def test_few_failures_shut_nothing() -> None:
    """A source that fails now and then is not left alone."""
    circuit = broken(1, 2)

    assert not circuit.is_shut
    assert circuit.shut_until < 2


def test_failures_in_a_row_shut_it() -> None:
    """The more failures, the longer it is left alone, up to a bound."""
    until = [broken(*range(n)).shut_until - (n - 1) for n in range(3, 8)]

    assert [10, 20, 30, 30, 30] == until


def test_one_request_finds_out() -> None:
    """After its time one probe is let through, and the next only after that one."""
    circuit = broken(0, 0, 0)

    assert [False, True, False, True] == [
        circuit.take_probe(now) for now in (9, 10, 14, 15)
    ]


def test_success_opens_it() -> None:
    """A source that brought what was asked for is as good as any."""
    circuit = broken(0, 0, 0)
    circuit.thrive()
    circuit.fail(1)

    assert not circuit.is_shut
    assert not circuit.wants_probe(1000)


def test_success_excuses_no_lie() -> None:
    """Other right bytes do not make a liar honest."""
    circuit = broken()
    circuit.lie(1)
    circuit.thrive()

    assert 101 == circuit.lied_until
