"""The settings: each is declared once, as a field, from which its flag, its pyproject key, its help and its row in the
documentation follow. The command line wins over ``[tool.pytest-aigen]`` in pyproject.toml, which wins over the default.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytest_aigen.errors import ConfigError

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MODES = ("write", "diff", "review", "plan", "preview", "check", "prune")
ENGINES = ("auto", "explore", "llm")
CHECKS = ("policy", "imports", "oracle", "gain", "mutation", "stable", "neighbours")
REPORTS = ("json", "diff", "html", "markdown", "github", "shard")
#: Reports whose place the environment says.
_PLACED = ("github",)
ALLOWED = ("network", "subprocess")
_WRITE = "write="

Parse = Callable[[Any], Any]


def switch(value: Any) -> bool:
    """``yes`` or ``no``; in pyproject.toml also true or false."""
    if isinstance(value, bool):
        return value
    if value not in ("yes", "no"):
        raise ValueError(f"expected yes or no, got {value!r}")
    return bool(value == "yes")


def text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"expected text, got {value!r}")
    return value


def choice(*names: str) -> Parse:
    def parse(value: Any) -> str:
        if value not in names:
            raise ValueError(f"expected one of {', '.join(names)}, got {value!r}")
        return str(value)

    return parse


def whole(least: int) -> Parse:
    def parse(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, (int, str)):
            raise ValueError(f"expected a whole number, got {value!r}")
        try:
            number = int(value)
        except ValueError:
            raise ValueError(f"expected a whole number, got {value!r}") from None
        if number < least:
            raise ValueError(f"expected {least} or more, got {number}")
        return number

    return parse


def real(least: float, most: float = float("inf"), *, above: bool = False) -> Parse:
    def parse(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float, str)):
            raise ValueError(f"expected a number, got {value!r}")
        try:
            number = float(value)
        except ValueError:
            raise ValueError(f"expected a number, got {value!r}") from None
        if not (least < number if above else least <= number) or not number <= most:
            bound = f"above {least:g}" if above else f"{least:g} or more"
            raise ValueError(
                f"expected a number {bound}{f' and at most {most:g}' if most != float('inf') else ''}, got {value!r}"
            )
        return number

    return parse


def texts(value: Any) -> tuple[str, ...]:
    """One text or a list of them."""
    items = [value] if isinstance(value, str) else value
    if not isinstance(items, (list, tuple)) or not all(isinstance(item, str) and item for item in items):
        raise ValueError(f"expected text or a list of texts, got {value!r}")
    return tuple(items)


def names(value: Any) -> tuple[str, ...]:
    """A list, or text with commas."""
    return tuple(name.strip() for item in texts(value) for name in item.split(",") if name.strip())


def allowances(value: Any) -> tuple[str, ...]:
    """``network``, ``subprocess``, ``write=PATH``: a list, or text with commas."""
    words = names(value)
    for word in words:
        if word not in ALLOWED and not (word.startswith(_WRITE) and word != _WRITE):
            raise ValueError(f"expected {', '.join(ALLOWED)} or {_WRITE}PATH, got {word!r}")
    return words


def reports(value: Any) -> tuple[tuple[str, str], ...]:
    """``FORMAT:PATH`` as pairs."""
    pairs = []
    for item in texts(value):
        kind, _, path = item.partition(":")
        if kind in _PLACED and path:
            raise ValueError(f"expected {kind}: without a path, got {item!r}")
        if kind not in REPORTS or not (path or kind in _PLACED):
            raise ValueError(f"expected FORMAT:PATH with FORMAT one of {', '.join(REPORTS)}, got {item!r}")
        pairs.append((kind, path))
    return tuple(pairs)


def shard(value: Any) -> tuple[int, int]:
    """``I/N`` as two numbers."""
    part, _, of = text(value).partition("/")
    if not (part.isdecimal() and of.isdecimal() and 1 <= int(part) <= int(of)):
        raise ValueError(f"expected I/N with I from 1 to N, got {value!r}")
    return int(part), int(of)


def instructions(value: Any) -> str:
    """The words themselves, or those of the file after ``@``."""
    words = text(value)
    if not words.startswith("@"):
        return words
    try:
        return Path(words[1:]).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {words[1:]!r}: {error}") from None


def prices(value: Any) -> tuple[float, float, float]:
    """US dollars per million prompt tokens, reply tokens, and prompt tokens that the provider has in its cache.

    >>> prices("2.5,10"), prices({"prompt": 2.5, "reply": 10, "cached": 1.25})
    ((2.5, 10.0, 2.5), (2.5, 10.0, 1.25))
    """
    names = ("prompt", "reply", "cached")
    if isinstance(value, dict) and {"prompt", "reply"} <= set(value) <= set(names):
        parts: Any = [value[name] for name in names if name in value]
    else:
        parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or len(parts) not in (2, 3):
        raise ValueError(
            f"expected PROMPT,REPLY or PROMPT,REPLY,CACHED in US dollars per million tokens, got {value!r}"
        )
    parse = real(0)
    prompt, reply, cached = map(parse, (*parts, parts[0])[:3])
    return prompt, reply, cached


def option(
    flag: str, metavar: str, help: str, parse: Parse, default: Any = None, *, repeat: bool = False
) -> Any:
    """A field that is an option; without a metavar it takes no value on the command line and says yes."""
    return field(
        default=default,
        metadata={"flag": flag, "metavar": metavar, "help": help, "parse": parse, "repeat": repeat},
    )


@dataclass(frozen=True)
class Settings:
    """What the user asked for, checked."""

    cov_target: float | None = option(
        "--cov-target", "PCT", "stop when total coverage, as `coverage report` computes it, reaches PCT (default 100); given and not reached: exit status 1",
        real(0, 100))  # fmt: skip
    source: tuple[str, ...] = option(
        "--ai-gen-source", "PATH", "a file or folder to cover (default: what coverage's configuration or --cov say, else the project's packages)",
        texts, (), repeat=True)  # fmt: skip
    target: tuple[str, ...] = option(
        "--ai-gen-target", "SPEC", "only this: path, path::qualname or path:first-last", texts, (), repeat=True)  # fmt: skip
    since: str | None = option(
        "--ai-gen-since", "REV", "only lines that changed since the merge base of REV (such as origin/main) and HEAD, uncommitted changes included; --cov-target is then about these lines", text)  # fmt: skip
    shard: tuple[int, int] | None = option(
        "--ai-gen-shard", "I/N", "only the gaps of part I of N, on each of N machines; pytest-aigen merge joins what their --ai-gen-report=shard:PATH hold", shard)  # fmt: skip
    engine: str = option(
        "--ai-gen-engine", "|".join(ENGINES), "explore: the offline engine; llm: a model; auto: the first, then, for what is left, the second if a model is configured",
        choice(*ENGINES), "auto")  # fmt: skip
    model: str | None = option(
        "--ai-gen-model", "PROVIDER:MODEL", "the model, of openai, azure, litellm or another provider; a bare name means openai; replay:DIR answers from a folder of replies", text)  # fmt: skip
    base_url: str | None = option(
        "--ai-gen-base-url", "URL", "any server that speaks OpenAI's chat completions (default: OPENAI_BASE_URL)", text)  # fmt: skip
    api_version: str | None = option(
        "--ai-gen-api-version", "VERSION", "the version of Azure's interface (default: OPENAI_API_VERSION)", text)  # fmt: skip
    temperature: float | None = option(
        "--ai-gen-temperature", "T", "how freely the model chooses its words (default: as the server has it)", real(0, 2))  # fmt: skip
    reasoning_effort: str | None = option(
        "--ai-gen-reasoning-effort", "EFFORT", "how long a reasoning model thinks: low, medium, high, or what else it knows (default: as the server has it)", text)  # fmt: skip
    seed: int | None = option(
        "--ai-gen-seed", "N", "ask the model for the same reply each time, as far as it can", whole(0))  # fmt: skip
    reply_tokens: int = option(
        "--ai-gen-reply-tokens", "N", "tokens that one reply may have at most; reasoning counts", whole(1), 4096)  # fmt: skip
    context_tokens: int = option(
        "--ai-gen-context-tokens", "N", "tokens that the first request for a target may have; what is least useful is left out, never the target itself", whole(1), 8000)  # fmt: skip
    request_timeout: float = option(
        "--ai-gen-request-timeout", "S", "seconds that the model may be silent, before its first word and between two", real(0, above=True), 120.0)  # fmt: skip
    record: str | None = option(
        "--ai-gen-record", "DIR", "keep each request to the model, and its reply, in this folder, for --ai-gen-model=replay:DIR", text)  # fmt: skip
    no_cache: bool = option(
        "--ai-gen-no-cache", "", "ask the model again what it answered in an earlier run; else such replies come from .pytest_aigen, for nothing", switch, False)  # fmt: skip
    mode: str = option(
        "--ai-gen-mode", "|".join(MODES), "write: add the tests; diff: print them as a patch and write nothing; review: ask for each test, at a terminal; plan: list the targets, with what a model is expected to take for each, without a call; preview: print what would be sent to a model, and send nothing; check: prove again the tests that carry our comment, exit status 1 where one is stale; prune: remove those that prove nothing any more",
        choice(*MODES), "write")  # fmt: skip
    max_cost: float | None = option(
        "--ai-gen-max-cost", "USD", "spend at most this; the model's price must be known", real(0))  # fmt: skip
    max_tokens: int | None = option(
        "--ai-gen-max-tokens", "N", "use at most this many tokens, prompts and replies together", whole(0))  # fmt: skip
    max_requests: int | None = option(
        "--ai-gen-max-requests", "N", "send at most this many requests", whole(0))  # fmt: skip
    max_time: float | None = option(
        "--ai-gen-max-time", "S", "generate for at most this many seconds", real(0))  # fmt: skip
    price: tuple[float, float, float] | None = option(
        "--ai-gen-price", "PROMPT,REPLY[,CACHED]", "the model's price in US dollars per million prompt tokens, reply tokens, and prompt tokens that the provider has in its cache (default: as pytest-aigen[prices] has it)", prices)  # fmt: skip
    min_yield: float = option(
        "--ai-gen-min-yield", "N", "stop asking the model when the last 20 targets brought fewer than N lines and branches for 100,000 tokens; 0: never", real(0), 1.0)  # fmt: skip
    attempts: int = option("--ai-gen-attempts", "N", "rounds per target", whole(1), 3)
    concurrency: int = option("--ai-gen-concurrency", "N", "model requests in flight", whole(1), 16)
    workers: int | None = option(
        "--ai-gen-workers", "N", "candidates running at once (default: the CPU count)", whole(1))  # fmt: skip
    search_time: float = option(
        "--ai-gen-search-time", "S", "seconds that the offline engine searches a module, about: it counts steps, so that it does the same on a slower processor, and each function may have twice its share", real(0, above=True), 10.0)  # fmt: skip
    timeout: float = option(
        "--ai-gen-timeout", "S", "seconds that one test may take at most", real(0, above=True), 10.0
    )
    executor: str = option(
        "--ai-gen-executor", "auto|fork|spawn", "where candidates run: forks of a warm session, or a new interpreter each", text, "auto")  # fmt: skip
    allow: tuple[str, ...] = option(
        "--ai-gen-allow", "NAMES", "what generated tests may do, with commas: network, subprocess, write=PATH (default: nothing of it)",
        allowances, (), repeat=True)  # fmt: skip
    keep_env: tuple[str, ...] = option(
        "--ai-gen-keep-env", "NAMES", "environment variables that generated tests see although they look like credentials, with commas",
        names, (), repeat=True)  # fmt: skip
    checks: tuple[str, ...] = option(
        "--ai-gen-checks", "NAMES", "acceptance checks, with commas (default: all)", names, ())  # fmt: skip
    report: tuple[tuple[str, str], ...] = option(
        "--ai-gen-report", "FORMAT:PATH", f"write a report; FORMAT is {' or '.join(REPORTS)} (github: without a path: annotations and step summary in GitHub Actions)", reports, (), repeat=True)  # fmt: skip
    tests_dir: str | None = option(
        "--ai-gen-tests-dir", "DIR", "where new test modules go (default: as the repository has it)", text)  # fmt: skip
    comment: bool = option(
        "--ai-gen-comment", "yes|no", "put `# aigen: module:function` above each test, which says what it is for", switch, True)  # fmt: skip
    write_suspects: bool = option(
        "--ai-gen-write-suspects", "", "also add the tests that point at suspected bugs, marked xfail(strict=True)", switch, False)  # fmt: skip
    instructions: str = option(
        "--ai-gen-instructions", "TEXT|@FILE", "words to add to every prompt", instructions, "")  # fmt: skip
    private: tuple[str, ...] = option(
        "--ai-gen-private", "GLOB", "files that are never read into a prompt, beside .env files, keys and the like; ! before a pattern takes one back", texts, (), repeat=True)  # fmt: skip
    redact_emails: bool = option(
        "--ai-gen-redact-emails", "yes|no", "redact e-mail addresses, as keys and passwords always are", switch, False)  # fmt: skip

    @property
    def workers_count(self) -> int:
        return self.workers or os.cpu_count() or 1


def options() -> tuple[dataclasses.Field[Any], ...]:
    """The fields that are options, in order."""
    return dataclasses.fields(Settings)


def key(field: dataclasses.Field[Any]) -> str:
    """The name in pyproject.toml: ``max-cost``."""
    return field.name.replace("_", "-")


def dest(field: dataclasses.Field[Any]) -> str:
    """The attribute of pytest's options that holds what the command line said."""
    return f"aigen_{field.name}"


def read_pyproject(path: Path) -> Mapping[str, Any]:
    """The table ``[tool.pytest-aigen]`` of a pyproject.toml; empty where there is none.

    Raises ConfigError where the file is no TOML or the table is no table.
    """
    try:
        document = tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    table = document.get("tool", {}).get("pytest-aigen", {})
    if not isinstance(table, dict):
        raise ConfigError(f"{path}: [tool.pytest-aigen] is not a table")
    return table


def resolve(
    given: Mapping[str, Any], table: Mapping[str, Any], pyproject: str = "pyproject.toml"
) -> Settings:
    """Settings from what the command line gave (by field name; None or empty: not given) and the pyproject table.

    Raises ConfigError that names the flag or the key, what is wrong with it, and what would be right.
    """
    fields = {key(f): f for f in options()}
    for unknown in table:
        if unknown not in fields:
            close = difflib.get_close_matches(unknown, fields, 1)
            hint = f"did you mean {close[0]!r}?" if close else f"there are {', '.join(fields)}"
            raise ConfigError(f"{pyproject}: [tool.pytest-aigen] has an unknown key {unknown!r}; {hint}")
    values: dict[str, Any] = {}
    for name, f in fields.items():
        from_flag = given.get(f.name)
        if from_flag not in (None, [], ()):
            place, raw = f.metadata["flag"], from_flag
        elif name in table:
            place, raw = f"{pyproject}: [tool.pytest-aigen] {name}", table[name]
        else:
            continue
        try:
            values[f.name] = f.metadata["parse"](raw)
        except ValueError as error:
            raise ConfigError(f"{place}: {error}") from error
    return Settings(**values)


#: The model that is asked where none is named.
USUAL_MODEL = "gpt-4o"


def asked_model(chosen: Settings) -> tuple[str, str]:
    """The provider and the name of the model that is asked, or would be."""
    return split_model(chosen.model or USUAL_MODEL)


def split_model(model: str, providers: Sequence[str] = ()) -> tuple[str, str]:
    """``("openai", "gpt-4o")`` of ``openai:gpt-4o``, and of a bare name.

    >>> split_model("gpt-4o")
    ('openai', 'gpt-4o')
    """
    provider, colon, name = model.partition(":")
    if not colon or (providers and provider not in providers):
        return "openai", model
    return provider, name
