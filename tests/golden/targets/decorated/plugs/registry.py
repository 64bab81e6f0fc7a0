"""Commands by name."""

from functools import wraps

try:
    from .fast import normal
except ImportError:
    from .slow import normal

__all__ = ["command", "run", "UnknownCommand"]
_commands = {}


class UnknownCommand(KeyError):
    """There is no command of this name."""


def logged(function):
    @wraps(function)
    def wrapper(*args, **kwargs):
        wrapper.calls.append(args)
        return function(*args, **kwargs)

    wrapper.calls = []
    return wrapper


def command(name, *, aliases=()):
    """Register a function under a name."""

    def decorate(function):
        for one in (name, *aliases):
            _commands[normal(one)] = function
        return function

    return decorate


@logged
def run(line, **options):
    """Run the command that a line names."""
    word, _, rest = line.partition(" ")
    try:
        function = _commands[normal(word)]
    except KeyError:
        raise UnknownCommand(word) from None
    return function(rest.strip(), **options)
