"""CFG006: config_path together with what it replaces."""

from tests.unit.policy.casebook import Case

_FILE = "etc/containerd/config.toml"
_PLUGIN = 'plugins."io.containerd.cri.v1.images".registry'
_PATH = f'version = 3\n[{_PLUGIN}]\nconfig_path = "/etc/containerd/certs.d"\n'

MUST_FIRE = {
    "mirrors": Case(
        {_FILE: _PATH + f'[{_PLUGIN}.mirrors."docker.io"]\nendpoint = []\n'},
        (f"{_FILE}:4",),
        "refuses to start",
    ),
    "certificates": Case(
        {_FILE: _PATH + f'[{_PLUGIN}.configs."a.example".tls]\nca_file = "/a"\n'},
        (f"{_FILE}:4",),
        "tls",
    ),
}

MUST_NOT_FIRE = {
    "a folder and credentials": Case(
        {_FILE: _PATH + f'[{_PLUGIN}.configs."a.example".auth]\nusername = "a"\n'}
    ),
    "mirrors alone": Case(
        {_FILE: f'[{_PLUGIN}.mirrors."docker.io"]\nendpoint = ["https://a.example"]\n'}
    ),
    "an empty path": Case(
        {
            _FILE: f'[{_PLUGIN}]\nconfig_path = ""\n'
            f'[{_PLUGIN}.mirrors."docker.io"]\nendpoint = []\n'
        }
    ),
    "another program": Case({"config.toml": '[registry]\nconfig_path = "x"\n'}),
}
