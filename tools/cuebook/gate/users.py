"""Which models apps and judgements depend on, and through which versions."""

from __future__ import annotations

from cuebook.core.refs import parse_ref
from cuebook.registry.judges import pinned_judges
from cuebook.registry.reader import Registry
from cuebook.registry.settings import Settings
from cuebook.shapes.run import Version


def live_versions(registry: Registry, settings: Settings, prompt: str) -> list[Version]:
    """The versions of a prompt that protected aliases make live, ascending."""
    numbers = registry.live(prompt, settings.protected_aliases)
    return [registry.version(prompt, number) for number in numbers]


def users(registry: Registry, settings: Settings) -> dict[str, list[str]]:
    """The refs of live versions, and of judges that suites pin, by the model that is asked for them."""
    found = {
        version.ref: version
        for name in registry.names()
        for version in live_versions(registry, settings, name)
    }
    # A pinned judge is asked by every gate, though no alias may point to it.
    for name in registry.suite_names():
        for ref in pinned_judges(registry.suite(name)):
            judge = registry.resolve(parse_ref(ref))
            found[judge.ref] = judge
    by_model: dict[str, list[str]] = {}
    for ref in sorted(found):
        by_model.setdefault(settings.resolve(found[ref].model), []).append(ref)
    return by_model
