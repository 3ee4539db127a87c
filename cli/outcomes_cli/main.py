"""The `outcomes` command.  Heavy imports happen inside the commands, so that help is quick."""

from __future__ import annotations

import io
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

from outcomes.errors import ExitStatus, OutcomesError, Problem
from outcomes_cli import accept, check, claims, estimate, explain, match, new, report, run
from outcomes_cli.screen import show_problems

app = typer.Typer(
    name="outcomes",
    help="From a contract and some records to a payment with a band, and the reasons for it.",
    epilog="Example: outcomes run examples/supported-work",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=True,
    rich_markup_mode=None,
)


def _version(wanted: bool) -> None:
    if wanted:
        from outcomes import __version__

        typer.echo(f"outcomes {__version__}")
        raise typer.Exit


@app.callback()
def outcomes(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From a contract and some records to a payment with a band, and the reasons for it.

    Exit status: 0 done; 1 done, with blocking findings; 2 bad input or usage; 3 refused,
    the number cannot be computed; 4 integrity failure; 5 the environment failed.
    """


for command in (new, check, explain, match, estimate, run, accept, report, claims):
    command.add_to(app)


def main() -> None:
    """Runs the command and turns every failure into words and a documented exit status."""
    signal.signal(signal.SIGTERM, _terminated)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A console that lacks a letter shows a question mark instead of failing.
            stream.reconfigure(errors="replace")
    try:
        # Not standalone, so that a slip of usage can be said as JSON too.
        sys.exit(app(sys.argv[1:] or ["--help"], standalone_mode=False) or 0)
    except typer.TyperException as error:
        _usage(error)
    except OutcomesError as error:
        show_problems(error.problems, error.exit_status)
        sys.exit(int(error.exit_status))
    except KeyboardInterrupt:
        sys.exit(int(ExitStatus.INTERRUPTED))
    except BrokenPipeError:
        # The reader (head, less) has gone; there is nobody left to tell.
        sys.stderr.close()
        sys.exit(int(ExitStatus.DONE))
    except MemoryError:
        _environment("out-of-memory", "there is not enough memory for this.")
    except OSError as error:
        _environment("system", f"{error.strerror or type(error).__name__}.")
    except Exception as error:
        # A traceback could print rows of data; the place in our own code is enough to mend it.
        place = traceback.extract_tb(error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        message = f"{type(error).__name__} at {where}: a fault of this program, not of your files."
        _environment("internal", message, "Report it with the command that you typed.")


def _usage(error: typer.TyperException) -> None:
    """A slip in the words typed: the command's own message, and where help is."""
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "outcomes"
    message = error.format_message().replace("\n", " ")
    problem = Problem("usage", command, message, f"See: {command} --help")
    show_problems((problem,), ExitStatus.BAD_INPUT)
    sys.exit(int(ExitStatus.BAD_INPUT))


def _environment(code: str, message: str, hint: str = "Check memory, disk and permissions.") -> None:
    show_problems((Problem(code, "this machine", message, hint),), ExitStatus.ENVIRONMENT)
    sys.exit(int(ExitStatus.ENVIRONMENT))


def _terminated(number: int, frame: FrameType | None) -> Any:
    sys.exit(int(ExitStatus.TERMINATED))


if __name__ == "__main__":
    main()
