"""What is printed at start: where it listens, and how to point each client at it."""

from seawall.settings.effective import Settings

_SHOWN = 6


def write_greeting(settings: Settings) -> str:
    """Say how to use this service, in lines that can be copied."""
    address = str(settings.listen)
    scheme = "https" if settings.file.tls.certificate else "http"
    names = sorted(settings.registries)
    default = settings.default_registry
    example = f"{address}/{default or names[0] if names else 'docker.io'}"
    plain = " --tls-verify=false" if scheme == "http" else ""
    source = " --src-tls-verify=false" if scheme == "http" else ""
    lines = [
        f"Seawall listens on {scheme}://{address}, data in {settings.data}",
        (
            f"  registries: {len(names)} known ({', '.join(names[:_SHOWN])}"
            f"{', …' if len(names) > _SHOWN else ''}); all others are refused"
        ),
        "  point a client at it:",
        (
            f"    skopeo      skopeo copy{source}"
            f" docker://{example}/library/busybox:latest dir:busybox"
        ),
        f"    podman      podman pull{plain} {example}/library/busybox:latest",
        "    containerd  /etc/containerd/certs.d/_default/hosts.toml:",
        f'                  [host."{scheme}://{address}"]',
        '                  capabilities = ["pull", "resolve"]',
    ]
    if default == "docker.io":
        lines.append(
            "    docker      /etc/docker/daemon.json:"
            f' {{ "registry-mirrors": ["{scheme}://{address}"] }}'
        )
    lines += _greet_archives(settings, f"{scheme}://{address}")
    if settings.file.offline:
        lines.append("  offline: nobody upstream is asked")
    return "\n".join(lines)


def _greet_archives(settings: Settings, url: str) -> list[str]:
    """Say which archives are served, which were found, and how apt is pointed here."""
    names = sorted(settings.archives)
    lines = [f"  archives: {note}, left out" for note in settings.machine.notes]
    if not names:
        return lines
    found = sorted(settings.machine.archives)
    from_apt = f"; from this machine's apt sources: {', '.join(found)}" if found else ""
    return [
        f"  archives: {', '.join(names)}{from_apt}; all others are refused",
        *lines,
        f"    apt         in its sources, {url}/debian/{names[0]} for the archive, or",
        f'                /etc/apt/apt.conf.d/30seawall: Acquire::http::Proxy "{url}";',
    ]
