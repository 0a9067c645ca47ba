"""Variables of the environment that several modules read, and what programs that we start get of it.

These get what they need by name, never the rest.

The name of a model's key is free (``api_key_env``), so no list of names could say what is one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

REGISTRY, TOKEN = "CUEBOOK_REGISTRY", "CUEBOOK_TOKEN"
"""Where an app finds its prompts, also one that is tested, and what opens that registry and no other."""
COPIES = "CUEBOOK_CACHE_DIR"
"""Where it keeps copies of them on disk."""

_MACHINE = """
    PATH HOME USER LOGNAME SHELL LANG LANGUAGE LC_ALL LC_CTYPE LC_MESSAGES TZ TMPDIR TMP TEMP
    LD_LIBRARY_PATH DYLD_LIBRARY_PATH
    SYSTEMROOT SYSTEMDRIVE WINDIR COMSPEC PATHEXT USERPROFILE USERNAME HOMEDRIVE HOMEPATH APPDATA LOCALAPPDATA
    PROGRAMDATA PROGRAMFILES PROGRAMFILES(X86) PROGRAMW6432
"""
"""How any program finds its files, its user's folders and their language."""

_BARE = "PATH LANG TZ SYSTEMROOT COMSPEC PATHEXT"
"""What any program needs to start; the rest of a machine is nothing to a program that may tell it on."""

_PYTHON = "PYTHONPATH PYTHONHOME VIRTUAL_ENV SOURCE_DATE_EPOCH"

_SERVERS = """
    XDG_CONFIG_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR SSH_AUTH_SOCK SSH_AGENT_PID SSH_ASKPASS DISPLAY
    WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS GNUPGHOME HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY
    SSL_CERT_FILE SSL_CERT_DIR CURL_CA_BUNDLE NIX_SSL_CERT_FILE
    GH_TOKEN GITHUB_TOKEN GH_HOST GH_CONFIG_DIR GITLAB_TOKEN CI_JOB_TOKEN
"""
"""How git reaches a server: agents, proxies, certificates, and a forge's tokens for credential helpers."""


def for_python(environ: Mapping[str, str]) -> dict[str, str]:
    """What a Python program of ours needs that asks no server."""
    return _named(environ, _MACHINE + _PYTHON)


def for_target(environ: Mapping[str, str], passed_on: Iterable[str]) -> dict[str, str]:
    """What an app that is tested gets: how to find programs, its language, and what the settings name."""
    return _named(environ, _BARE) | {name: environ[name] for name in passed_on if name in environ}


def for_git(environ: Mapping[str, str]) -> dict[str, str]:
    """What git needs; without ``GIT_*``, which hooks export and which point elsewhere."""
    return _named(environ, _MACHINE + _SERVERS)


def _named(environ: Mapping[str, str], names: str) -> dict[str, str]:
    known = set(names.split())
    # Proxies are also written in small letters, and on Windows any name is.
    return {name: value for name, value in environ.items() if name.upper() in known}
