"""The commands of the program."""

from plugs import UnknownCommand, command, run


@command("echo", aliases=["say"])
def echo(text, *, loud=False):
    return text.upper() if loud else text


def main(lines, *, keep_going=False):
    """Results of all lines; with keep_going a message for each that fails."""
    results = []
    for line in lines:
        if not line or line.startswith("#"):
            continue
        try:
            results.append(run(line))
        except UnknownCommand as error:
            if not keep_going:
                raise
            results.append(f"unknown: {error.args[0]}")
    return results
