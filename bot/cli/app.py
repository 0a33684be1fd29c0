"""Building and running the command line (命令行的入口): Chinese help, Chinese errors, four exit codes."""

from __future__ import annotations

import difflib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import evolve
from cyclopts import App, CycloptsError, Group, Parameter
from cyclopts import exceptions as errors
from cyclopts.help.formatters.default import DefaultFormatter

from bot.cli import COMMANDS, DONE, FAILED, WRONG_INPUT, Stop, texts
from bot.config.problems import ConfigProblems

if TYPE_CHECKING:
    from cyclopts.help import HelpPanel
    from rich.console import Console, ConsoleOptions

_ANYWHERE = ("--config", "-c")


class ChineseHelp(DefaultFormatter):
    """The words that cyclopts has only in English."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        entries = [
            evolve(entry, required=False, description=_required(entry.description))
            if entry.required
            else entry
            for entry in panel.entries
        ]
        super().__call__(console, options, evolve(panel, entries=entries))

    def render_usage(self, console: Console, options: ConsoleOptions, usage: Any) -> None:  # noqa: ARG002
        words = str(usage).removeprefix("Usage:").replace("COMMAND", texts.words.A_COMMAND)
        console.print(
            texts.words.USAGE + words.replace("[OPTIONS]", texts.words.SOME_OPTIONS),
            markup=False,
            style="bold",
        )


def build() -> App:
    """The whole command line; nothing of a command is imported yet."""
    app = App(
        name="yizhan",
        help=texts.words.APP,
        help_flags=["--help", "-h"],
        version_flags=[],
        group_commands=Group(texts.words.COMMANDS),
        group_parameters=Group(texts.words.PARAMETERS),
        group_arguments=Group(texts.words.ARGUMENTS),
        default_parameter=Parameter(show_default=False, show_env_var=False, negative=()),
        help_formatter=ChineseHelp(),
        help_format="plaintext",
        suppress_keyboard_interrupt=False,
    )
    panels = {name: Group(name, sort_key=place) for place, name in enumerate(_panels())}
    for place, command in enumerate(COMMANDS):
        app.command(
            command.where, name=command.name, help=command.help, group=panels[command.panel], sort_key=place
        )
    app["--help"].help = texts.words.HELP
    app["--help"].group = (panels[texts.words.OTHER_PANEL],)
    return app


def _panels() -> list[str]:
    """Each once, what does not belong anywhere last."""
    panels = dict.fromkeys(command.panel for command in COMMANDS if command.panel != texts.words.OTHER_PANEL)
    return [*panels, texts.words.OTHER_PANEL]


def run(arguments: Sequence[str]) -> int:
    """Carry one command out; the exit code."""
    app = build()
    try:
        result = app(
            _with_options_behind(list(arguments)),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except CycloptsError as error:
        print(complaint(error), file=sys.stderr)
        return WRONG_INPUT
    except ConfigProblems as error:
        print(*map(texts.check.problem, error.problems), sep="\n", file=sys.stderr)
        print(texts.check.NOTHING_CHANGED.format(n=len(error.problems)), file=sys.stderr)
        return WRONG_INPUT
    except Stop as stop:
        print(stop, file=sys.stderr)
        return stop.code
    except KeyboardInterrupt:
        print(texts.words.STOPPED, file=sys.stderr)
        return FAILED
    return result if isinstance(result, int) else DONE


def complaint(error: CycloptsError) -> str:
    """What the command line did not understand, in one sentence, by the kind of error."""
    command = " ".join(error.command_chain or ()) or texts.words.A_COMMAND
    tokens = list(error.unused_tokens or ())
    name = error.argument.name if error.argument is not None else ""
    match error:
        case errors.UnknownCommandError():
            near = _near(tokens[0], [command.name for command in COMMANDS])
            return texts.words.UNKNOWN_COMMAND.format(word=tokens[0], near=near)
        case errors.UnknownOptionError():
            word = error.token.keyword or error.token.value
            known = [each for argument in error.argument_collection for each in argument.names]
            return texts.words.UNKNOWN_OPTION.format(word=word, near=_near(word, known), command=command)
        case errors.MissingArgumentError():
            return texts.words.MISSING_ARGUMENT.format(name=name, command=command)
        case errors.CoercionError():
            value = error.token.value if error.token is not None else ""
            return texts.words.WRONG_ARGUMENT.format(name=name, value=value, command=command)
        case errors.RepeatArgumentError():
            return texts.words.REPEATED_ARGUMENT.format(name=error.token.keyword or name)
        case errors.UnusedCliTokensError():
            return texts.words.UNUSED_ARGUMENT.format(tokens=" ".join(tokens), command=command)
    return texts.words.NOT_UNDERSTOOD.format(command=command)


def _near(word: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(word, known, n=1)
    return texts.words.NEAR.format(near=found[0]) if found else texts.words.FULL_STOP


def _required(description: Any) -> str:
    """Cyclopts hands over rich's renderable, whose own words are its primary part."""
    words = getattr(description, "primary_renderable", description) or ""
    return f"{words}{texts.words.REQUIRED}"


def _with_options_behind(tokens: list[str]) -> list[str]:
    """``yizhan --config FILE check`` means ``yizhan check --config FILE``."""
    taken = (
        2
        if tokens[:1] and tokens[0] in _ANYWHERE
        else 1
        if tokens and tokens[0].startswith("--config=")
        else 0
    )
    if not taken or len(tokens) <= taken:
        return tokens
    return [tokens[taken], *tokens[:taken], *tokens[taken + 1 :]]
