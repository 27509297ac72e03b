"""The command line `arrears`: for people who run and who audit.

Arguments are read in `commands`, all else is below `orchestration`. Only `arrears keys` imports Airflow.
"""

from __future__ import annotations

import typer

from commands.alliance import alliance_app
from commands.assess import assess, what_if
from commands.explain import explain
from commands.files import check, read
from commands.keys import keys_app
from commands.ledger import ledger_app
from commands.pack import pack
from commands.sealed import open_sealed_file
from commands.sending import sending_app

_HELP = """Decide whom to report, read and check what goes to a bureau, and prove afterwards that it was fair.

Exit codes: 0 well; 1 something is not as it was written or signed; 2 a person can mend it, the message says how.
"""

app = typer.Typer(
    name="arrears", help=_HELP, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)
app.add_typer(ledger_app, name="ledger")
app.add_typer(keys_app, name="keys")
app.add_typer(sending_app, name="sending")
app.add_typer(alliance_app, name="alliance")
app.command()(explain)
app.command()(assess)
app.command("what-if")(what_if)
app.command()(pack)
app.command("open")(open_sealed_file)
app.command()(read)
app.command()(check)

if __name__ == "__main__":
    app()
