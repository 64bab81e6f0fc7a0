"""From settings to objects, through the hooks; every wrong name is a ConfigError that lists the right ones."""

from __future__ import annotations

import fnmatch
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_aigen import measure, placement, recordings, settings, sources, store, whereabouts
from pytest_aigen.cov_plugin import coverage_config, pytest_cov_measures
from pytest_aigen.data import RECHECKING, Price, Rates, Suite, Target, Usage, Workplace
from pytest_aigen.errors import ConfigError
from pytest_aigen.settings import Settings

if TYPE_CHECKING:
    from pytest_aigen.budget import Ledger
    from pytest_aigen.changes import Changes
    from pytest_aigen.privacy.files import PrivateFiles
    from pytest_aigen.privacy.guard import Redacted
    from pytest_aigen.privacy.redaction import Redactor
    from pytest_aigen.protocols import Check, Executor, Generator, Model, Stage, Watcher

#: The generator that sends nothing.
OFFLINE = "explore"


def read_settings(config: pytest.Config) -> Settings:
    """The settings of the command line and of pyproject.toml."""
    pyproject = config.rootpath / "pyproject.toml"
    given = {f.name: getattr(config.option, settings.dest(f), None) for f in settings.options()}
    table = settings.read_pyproject(pyproject)
    chosen = settings.resolve(given, table, str(pyproject))
    words = given["instructions"] or table.get("instructions", "")
    if words.startswith("@") and private_files(config, chosen)(Path.cwd() / words[1:]):
        raise ConfigError(
            f"--ai-gen-instructions: {words[1:]} is a private file by its name, and so not sent;"
            " rename it, or allow it with --ai-gen-private=!NAME"
        )
    return chosen


def private_files(config: pytest.Config, chosen: Settings) -> PrivateFiles:
    """Which files are never read into a prompt."""
    from pytest_aigen.privacy.files import PrivateFiles

    return PrivateFiles(config.rootpath, chosen.private)


def redactor(chosen: Settings) -> Redactor:
    """What takes secrets out of all that is sent or reported."""
    from pytest_aigen.privacy.redaction import Redactor, secret_values

    return Redactor(emails=chosen.redact_emails, values=secret_values(os.environ))


def model(config: pytest.Config, chosen: Settings, redactor: Redactor) -> Redacted | None:
    """The model, if the engine wants one; ``auto`` goes without where none is configured, and what asks nothing always.

    Nobody holds it but the guard that redacts what it is sent.
    """
    from pytest_aigen.privacy.guard import Redacted

    if not wants_model(chosen) or chosen.mode == "plan":
        return None
    provider, name = settings.asked_model(chosen)
    found: Model | None = config.hook.pytest_aigen_model(provider=provider, model=name, settings=chosen)
    if found is None:
        raise ConfigError(
            f"--ai-gen-model: no provider {provider!r}; write openai:{chosen.model}, or install its plugin"
        )
    if chosen.record is not None and chosen.mode != "preview":
        found = recordings.recorded(found, Path(chosen.record).expanduser().resolve(), redactor.text)
    return Redacted(found, redactor)


def wants_model(chosen: Settings) -> bool:
    """Whether a run with these settings would ask a model."""
    wanted = chosen.engine == "llm" or (chosen.engine == "auto" and chosen.model is not None)
    return wanted and chosen.mode not in RECHECKING


def price(config: pytest.Config, chosen: Settings) -> Price | None:
    """What the model costs, as the settings say, else as who knows; None where nobody does, or no model is asked.

    Raises ConfigError where it is not known and money is capped.
    """
    if chosen.price is not None:
        return Price(Rates(*chosen.price), "--ai-gen-price")
    if not wants_model(chosen):
        return None
    provider, name = settings.asked_model(chosen)
    found: Price | None = config.hook.pytest_aigen_price(provider=provider, model=name, settings=chosen)
    if found is None and chosen.max_cost is not None:
        raise ConfigError(
            f"--ai-gen-max-cost: the price of the model {provider}:{name} is not known; give it with"
            " --ai-gen-price=PROMPT,REPLY (US dollars per million tokens), or try pip install pytest-aigen[prices],"
            " which knows those of many providers, or cap tokens with --ai-gen-max-tokens"
        )
    return found


def ledger(chosen: Settings, price: Price | None, *, spent: Usage = Usage()) -> Ledger:
    """The ledger of a run, opened now, with the caps; ``spent`` is what was asked before."""
    from pytest_aigen.budget import Ledger

    return Ledger(
        max_requests=chosen.max_requests,
        max_tokens=chosen.max_tokens,
        # Where no model is asked, there is nothing to cap.
        max_cost=chosen.max_cost if wants_model(chosen) else None,
        max_time=chosen.max_time,
        price=price,
        spent=spent,
    )


def looked(model: Redacted, chosen: Settings, price: Price | None) -> Usage:
    """What it used to find out whether the model will answer. Raises ModelRefused where it will not."""
    from pytest_aigen.budget import looked

    return looked(model.preflight, ledger(chosen, price))


def remembering(
    model: Model | None, chosen: Settings, ledger: Ledger, redactor: Redactor, root: Path
) -> tuple[Model | None, store.Replies | None]:
    """The model, with the replies of earlier runs, and where these are kept.

    The model alone where they are not kept.
    """
    place = kept_for(chosen)
    if model is None or place is None:
        return model, None
    replies = store.Replies(root)
    return store.Remembering(model, replies, ledger, place=place, redacted=redactor.text), replies


def kept_for(chosen: Settings) -> str | None:
    """The server whose replies are kept; None where they come from a folder, or are to go into one, and with
    ``--ai-gen-no-cache``.
    """
    provider, _ = settings.asked_model(chosen)
    if chosen.no_cache or provider == "replay" or chosen.record is not None:
        return None
    return store.place(provider, chosen.base_url, chosen.api_version, os.environ)


def workplace(config: pytest.Config, chosen: Settings) -> Workplace:
    """Where candidates run, as far as it is known before the suite ran."""
    return Workplace(
        root=config.rootpath.resolve(),
        cwd=config.invocation_params.dir,
        args=options_given(config),
        sys_path=tuple(sys.path),
        folders=(),
        sources=(),
        cov_config=coverage_config(config),
        workers=chosen.workers_count,
        allow=chosen.allow,
        keep_env=chosen.keep_env,
    )


def options_given(config: pytest.Config) -> tuple[str, ...]:
    """The command line without the paths to collect; ``--ai-gen-tests-dir tests tests`` loses its last word only."""
    given = [str(arg) for arg in config.invocation_params.args]
    options: Any = config.pluginmanager.get_plugin("aigen-options")
    marks = {number: f"aigen-path-{number}" for number, arg in enumerate(given) if arg in config.args}
    marked = [marks.get(number, arg) for number, arg in enumerate(given)]
    namespace, unknown = options.parser.parse_known_and_unknown_args(marked)
    paths = {*getattr(namespace, "file_or_dir", ()), *unknown}
    return tuple(arg for number, arg in enumerate(given) if arg != "--" and marks.get(number) not in paths)


def command(config: pytest.Config) -> tuple[str, ...]:
    """The command line that started pytest, as a person would type it."""
    by_module = Path(sys.argv[0]).name == "__main__.py"
    program = ("python", "-m", "pytest") if by_module else ("pytest",)
    return (*program, *map(str, config.invocation_params.args))


def executor(config: pytest.Config, name: str, workplace: Workplace) -> Executor:
    found: Executor | None = config.hook.pytest_aigen_executor(name=name, workplace=workplace)
    if found is None:
        raise ConfigError(f"--ai-gen-executor: there is no {name!r}; write auto, fork, spawn or dask:ADDRESS")
    return found


def generators(
    config: pytest.Config, chosen: Settings, model: Model | None, executor: Executor
) -> list[Generator]:
    """The generators of the engine, in the order in which they are asked; those that may ask a model are not given
    targets in private files.
    """
    from pytest_aigen.privacy.guard import Shielded

    is_private = private_files(config, chosen)
    names = [OFFLINE, *(["llm"] if model else [])] if chosen.engine == "auto" else [chosen.engine]
    found = []
    for name in names:
        generator: Generator | None = config.hook.pytest_aigen_generator(
            name=name, model=model, executor=executor, settings=chosen
        )
        if generator is None:
            raise ConfigError(f"--ai-gen-engine: there is no generator {name!r}")
        offline = model is None or name == OFFLINE
        found.append(generator if offline else Shielded(generator, is_private))
    return found


def private_targets(config: pytest.Config, chosen: Settings, targets: Sequence[Target]) -> list[str]:
    """For each private file with targets, in words, that no model is asked about it."""
    is_private = private_files(config, chosen)
    paths = dict.fromkeys(target.gap.path for target in targets if is_private(target.gap.path))
    return [f"{path} is private: a model is not asked about it (--ai-gen-private)" for path in paths]


def checks(config: pytest.Config, chosen: Settings, suite: Suite) -> list[Check]:
    """The checks that are on, of all that are offered."""
    several: list[Sequence[Check]] = config.hook.pytest_aigen_checks(settings=chosen, suite=suite)
    offered: dict[str, dict[Stage, Check]] = {}
    for check in (check for some in several for check in some):
        offered.setdefault(check.name, {})[check.stage] = check
    for name in chosen.checks:
        if name not in offered:
            raise ConfigError(
                f"--ai-gen-checks: there is no {name!r}; there are {', '.join(sorted(offered))}"
            )
    return [check for name in chosen.checks or offered for check in offered[name].values()]


def watchers(config: pytest.Config, chosen: Settings) -> list[Watcher]:
    """All who show how the run is going."""
    found: list[Watcher | None] = config.hook.pytest_aigen_watcher(settings=chosen, config=config)
    return [watcher for watcher in found if watcher is not None]


def source_files(config: pytest.Config, chosen: Settings) -> tuple[Path, ...]:
    """What to cover: the option, else pytest-cov's, else coverage's configuration, else what the project ships."""
    by_pytest_cov = getattr(config.option, "cov_source", None) if pytest_cov_measures(config.option) else None
    named: Sequence[tuple[str, Sequence[Any]]] = (
        ("--ai-gen-source", chosen.source),
        ("--cov", [str(entry) for entry in by_pytest_cov or () if entry is not True]),
        ("", measure.configured_sources(coverage_config(config))),
    )
    for place, entries in named:
        found = sources.source_files(
            entries, root=config.rootpath, cwd=config.invocation_params.dir, sys_path=sys.path, option=place
        )
        if found or (place and entries):
            return found
    pythonpath = [Path(place) for place in config.getini("pythonpath")]
    return sources.discover(config.rootpath, pythonpath)


def names_of_tests(config: pytest.Config) -> None:
    """Raises ConfigError where pytest would not run what is written: all new tests are called ``test_…``."""
    patterns: Sequence[str] = config.getini("python_functions")
    if not any("test_x".startswith(one) or fnmatch.fnmatch("test_x", one) for one in patterns):
        raise ConfigError(
            f"python_functions = {' '.join(patterns)} collects no function test_…, which is what new tests are called;"
            " add test_* to it, or run with -o 'python_functions={' '.join([*patterns, 'test_*'])}'"
        )


def changes(config: pytest.Config, chosen: Settings) -> Changes | None:
    """What the branch changed, where only that counts; old tests are proven again whatever changed."""
    if chosen.since is None or chosen.mode in RECHECKING:
        return None
    from pytest_aigen.changes import since

    return since(chosen.since, config.rootpath)


def repository(
    config: pytest.Config,
    chosen: Settings,
    suite: Suite,
    names: Mapping[Path, str],
    *,
    read: Callable[[Path], str | None],
) -> placement.Repository:
    """What there is to place tests by; ``names`` are the dotted names of the source files."""
    root, cwd = config.rootpath.resolve(), config.invocation_params.dir
    testpaths = [
        found.resolve()
        for path in config.getini("testpaths")
        for found in (sorted(root.glob(path)) if set(path) & set("*?[") else [root / path])
    ]
    given = [(cwd / arg.partition("::")[0]).resolve() for arg in config.args]
    tests = tuple(dict.fromkeys((*suite.modules, *_not_collected(config, suite, root, testpaths))))
    folders = _folders(config, given)
    within = [path for path in tests if not folders or any(path.is_relative_to(top) for top in folders)]
    folder = (
        cwd / chosen.tests_dir
        if chosen.tests_dir
        else placement.tests_folder(within, given=given, testpaths=testpaths, root=root)
    )
    mode = config.getoption("importmode")
    import_mode = str(getattr(mode, "value", mode))
    return placement.Repository(
        root=root,
        sources=names,
        tests=tests,
        folder=folder.resolve(),
        fixed=bool(chosen.tests_dir),
        read=read,
        sys_path=sys.path,
        patterns=config.getini("python_files"),
        testpaths=testpaths,
        given=folders if any(folder.resolve().is_relative_to(top) for top in folders) else (),
        norecurse=config.getini("norecursedirs"),
        import_mode=import_mode,
        packaged=not tests
        and import_mode != "importlib"
        and whereabouts.lacks_root(config, names, folder.resolve()),
    )


def _folders(config: pytest.Config, given: Sequence[Path]) -> list[Path]:
    """The folders that the command line names, where it names nothing else; of the whole rootdir nothing follows."""
    if config.args_source is not config.ArgsSource.ARGS or not all(path.is_dir() for path in given):
        return []
    return [] if config.rootpath.resolve() in given else list(given)


def _not_collected(
    config: pytest.Config, suite: Suite, root: Path, testpaths: Sequence[Path]
) -> Iterator[Path]:
    """Test modules that a run of only a part of the suite leaves out; not those that pytest is told to ignore."""
    broken = {root / nodeid for nodeid in suite.failed}
    for top in testpaths or [root]:
        for path in sources.walk(top) if top.is_dir() else ():
            if placement.matches(path.name, config.getini("python_files")) and broken.isdisjoint(
                (path, *path.parents)
            ):
                leading = (part for part in (path, *path.parents) if part != root and root in part.parents)
                if not any(
                    config.hook.pytest_ignore_collect(collection_path=part, config=config) for part in leading
                ):
                    yield path.resolve()
