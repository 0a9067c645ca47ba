"""actions/cache and its restore and save: scoped as on GitHub.

A run sees the caches of its own ref, of the branch its pull request goes to, and of the default branch; it
saves to its own ref only. A cache is found again only under the same paths.
"""

from __future__ import annotations

import io
import tarfile
from hashlib import sha256
from pathlib import Path

from workflows.runner.model import CacheEntry
from workflows.runner.problems import StepFailed
from workflows.runner.using import ACTIONS, Action, Use

_INPUTS = {"path": "", "key": "", "enableCrossOsArchive": "false"}
_RESTORE = {"restore-keys": "", "fail-on-cache-miss": "false", "lookup-only": "false"}


def restore(use: Use) -> None:
    """Unpack the newest cache of the first key or prefix that has one."""
    found = _find(use)
    use.result.outputs["cache-primary-key"] = use["key"]
    use.result.outputs["cache-hit"] = "" if found is None else str(found.key == use["key"]).lower()
    if found is None:
        if use.flag("fail-on-cache-miss"):
            raise StepFailed(f"Failed to restore cache entry. Input key: {use['key']}")
        use.log(f"Cache not found for input keys: {use['key']}")
        return
    use.result.outputs["cache-matched-key"] = found.key
    use.log(f"Cache restored from key: {found.key}")
    if not use.flag("lookup-only"):
        with tarfile.open(fileobj=io.BytesIO(found.data)) as archive:
            if hasattr(tarfile, "data_filter"):  # Python 3.11.4
                archive.extraction_filter = tarfile.data_filter
            archive.extractall(use.job.machine.work)


def save(use: Use) -> None:
    """Pack the paths; a key that the ref has already is left alone."""
    github, ref, version = use.job.github, use.job.event.ref, _version(use)
    if any((entry.ref, entry.key, entry.version) == (ref, use["key"], version) for entry in github.caches):
        use.log(f"Failed to save: another job may have created this cache: {use['key']}")
        return
    machine = use.job.machine
    present = [path for name in use.lines("path") for path in _there(machine.workspace, name.rstrip("/"))]
    if not present:
        use.log("Path Validation Error: Path(s) specified in the action for caching do(es) not exist")
        return
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for path in present:
            archive.add(path, str(path.relative_to(machine.work)))
    order = len(github.caches)
    github.caches.append(CacheEntry(ref, use["key"], version, data.getvalue(), order))
    use.log(f"Cache saved with key: {use['key']}")


def both(use: Use) -> None:
    """Restore now; save at the end of a successful job unless the key was found."""
    restore(use)

    def at_the_end() -> None:
        if use.result.outputs["cache-hit"] != "true" and not use.job.failed:
            save(use)

    use.after.append(at_the_end)


def _find(use: Use) -> CacheEntry | None:
    event, github = use.job.event, use.job.github
    refs = [event.ref, f"refs/heads/{event.base_ref}", f"refs/heads/{github.default_branch}"]
    mine = [entry for entry in github.caches if entry.ref in refs and entry.version == _version(use)]
    for ref in refs:
        here = sorted((entry for entry in mine if entry.ref == ref), key=lambda entry: -entry.order)
        for key in [use["key"], *use.lines("restore-keys")]:
            exact = [entry for entry in here if entry.key == key]
            if fitting := exact or [entry for entry in here if entry.key.startswith(key)]:
                return fitting[0]
    return None


def _there(workspace: Path, name: str) -> list[Path]:
    """What a pattern below the workspace names, or one folder elsewhere on the machine."""
    if Path(name).is_absolute():
        return [Path(name)] if Path(name).exists() else []
    return sorted(workspace.glob(name))


def _version(use: Use) -> str:
    """The same for the same paths; on GitHub every machine has its folders in one place."""
    paths = "\n".join(use.lines("path")).replace(str(use.job.machine.work), "")
    return sha256(paths.encode()).hexdigest()


ACTIONS["actions/cache"] = Action({**_INPUTS, **_RESTORE, "save-always": "false"}, both)
ACTIONS["actions/cache/restore"] = Action({**_INPUTS, **_RESTORE}, restore)
ACTIONS["actions/cache/save"] = Action(dict(_INPUTS), save)
