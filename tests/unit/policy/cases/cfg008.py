"""CFG008: a mirror that Docker cannot use."""

from tests.unit.policy.casebook import Case

MUST_FIRE = {
    "a file that a script writes": Case(
        {
            "up.sh": "cat <<EOF | sudo tee /etc/docker/daemon.json\n"
            '{"registry-mirrors": ["https://a.example/hub"]}\nEOF\n'
        },
        ("up.sh:2",),
    ),
    "a path": Case(
        {"daemon.json": '{\n\t"registry-mirrors": [\n\t\t"https://a.example/hub"]}'},
        ("daemon.json:3",),
        "does not start with a path",
    ),
    "one that was shut down": Case(
        {"daemon.json": '{"registry-mirrors": ["https://registry.docker-cn.com"]}'},
        ("daemon.json:1",),
        "shut down",
    ),
    "no scheme, and another registry": Case(
        {"daemon.json": '{"registry-mirrors": ["a.example",\n"https://ghcr.io"]}'},
        ("daemon.json:1", "daemon.json:2"),
        "no images of Docker Hub",
    ),
}

MUST_NOT_FIRE = {
    "mirrors": Case(
        {
            "daemon.json": '{"registry-mirrors": ["https://a.example/",'
            ' "http://127.0.0.1:5000", "https://mirror.gcr.io"]}'
        }
    ),
    "of another program": Case({"daemon.json": '["https://a.example/hub"]'}),
    "of another client": Case(
        {"buildkitd.toml": '[registry."docker.io"]\nmirrors = ["a.example/hub"]\n'}
    ),
}
