"""The run database's tables. Rows are only ever added; `seals` alone is rewritten.

`rowid` order is the order of insertion. A seal is a chain of SHA-256 over all rows of a table in
that order, renewed in the transaction that adds rows: a database that was damaged or edited no
longer matches it.
"""

from typing import Final

APPLICATION_ID: Final = 0x52515545  # "RQUE"
SCHEMA_VERSION: Final = 3

REQUEST: Final = """
        id INTEGER PRIMARY KEY,
        round INTEGER NOT NULL,
        number INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        model TEXT NOT NULL,
        reason TEXT NOT NULL,
        tokens INTEGER NOT NULL,
        cost REAL,
        seconds REAL NOT NULL,
        time TEXT NOT NULL"""

TABLES: Final[dict[str, str]] = {
    # One row: the effective configuration as TOML.
    "run": """
        id INTEGER PRIMARY KEY CHECK (id = 1),
        config TEXT NOT NULL""",
    # id: SHA-256 of the load file. name and source are untrusted text.
    "warriors": """
        id TEXT PRIMARY KEY NOT NULL,
        name TEXT NOT NULL,
        length INTEGER NOT NULL,
        load_file TEXT NOT NULL,
        source TEXT NOT NULL""",
    # number: place in the round. iteration: 0 at the round's start. source: where it is not the
    # warrior's own (rejected, or a duplicate written otherwise).
    "proposals": """
        round INTEGER NOT NULL CHECK (round >= 1),
        number INTEGER NOT NULL CHECK (number >= 0),
        iteration INTEGER NOT NULL CHECK (iteration >= 0),
        task TEXT NOT NULL CHECK (task IN ('carried', 'new', 'mutate', 'crossover')),
        operator TEXT NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('evaluated', 'duplicate', 'rejected')),
        warrior TEXT REFERENCES warriors (id),
        source TEXT,
        error TEXT NOT NULL,
        PRIMARY KEY (round, number)""",
    "parents": """
        round INTEGER NOT NULL,
        number INTEGER NOT NULL,
        position INTEGER NOT NULL,
        parent TEXT NOT NULL REFERENCES warriors (id),
        PRIMARY KEY (round, number, position),
        FOREIGN KEY (round, number) REFERENCES proposals (round, number)""",
    # System messages of prompts, by the SHA-256 of their text: nearly all prompts share one.
    "texts": """
        digest TEXT PRIMARY KEY NOT NULL,
        text TEXT NOT NULL""",
    # A model's replies, stored as they arrive; attempt 0 is the proposal, then its repairs.
    # subject: digest of what was asked. system, prompt: the messages sent, where they are known.
    # With a fault there was no reply; such a row comes with its proposal.
    "replies": """
        round INTEGER NOT NULL,
        number INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        subject TEXT NOT NULL,
        system TEXT REFERENCES texts (digest),
        prompt TEXT,
        text TEXT NOT NULL,
        model TEXT NOT NULL,
        answered_by TEXT NOT NULL,
        finish TEXT NOT NULL,
        prompt_tokens INTEGER NOT NULL,
        cached_tokens INTEGER NOT NULL,
        completion_tokens INTEGER NOT NULL,
        reasoning_tokens INTEGER NOT NULL,
        counted TEXT NOT NULL CHECK (counted IN ('server', 'bytes')),
        cost REAL,
        seconds REAL NOT NULL,
        fault TEXT NOT NULL,
        PRIMARY KEY (round, number, attempt)""",
    # Requests as they are sent; one that has neither a reply nor a fault was lost with its process.
    "sends": REQUEST,
    # Requests that brought nothing. tokens, cost: the most that may have been billed.
    "faults": REQUEST,
    # Caps on spending; the last row holds. NULL: none.
    "limits": """
        id INTEGER PRIMARY KEY,
        max_cost REAL,
        max_tokens INTEGER,
        time TEXT NOT NULL""",
    # purpose: 'search', or 'champion' for the best elites measured again on a fresh seed.
    # results: of pairwise fitness, 'wins/ties/losses' against w_0, then each champion in the
    # round's window, then the sparring partners, in order, separated by blanks.
    "evaluations": """
        round INTEGER NOT NULL,
        warrior TEXT NOT NULL REFERENCES warriors (id),
        purpose TEXT NOT NULL CHECK (purpose IN ('search', 'champion')),
        fitness REAL NOT NULL,
        standard_error REAL,
        fights INTEGER NOT NULL,
        seed INTEGER NOT NULL,
        spawned REAL,
        coverage REAL,
        length INTEGER NOT NULL,
        opcodes INTEGER NOT NULL,
        results TEXT NOT NULL,
        PRIMARY KEY (round, warrior, purpose)""",
    "placements": """
        round INTEGER NOT NULL,
        number INTEGER NOT NULL,
        cell INTEGER NOT NULL,
        status TEXT NOT NULL CHECK (status IN ('not added', 'improved', 'new')),
        displaced TEXT REFERENCES warriors (id),
        PRIMARY KEY (round, number),
        FOREIGN KEY (round, number) REFERENCES proposals (round, number)""",
    # Round 0 is w_0. Its figures are in evaluations, under the round and both purposes.
    "champions": """
        round INTEGER PRIMARY KEY,
        warrior TEXT NOT NULL REFERENCES warriors (id)""",
    # Of a run that is an island: champions of others that enter a round, in order of the islands.
    # Stored before the round's first batch, where they are proposals of the task 'carried'.
    # origin_round: whose champions they are; there their parents are to be found.
    "immigrants": """
        round INTEGER NOT NULL CHECK (round >= 2),
        place INTEGER NOT NULL CHECK (place >= 0),
        warrior TEXT NOT NULL REFERENCES warriors (id),
        island INTEGER NOT NULL CHECK (island >= 0),
        origin_round INTEGER NOT NULL CHECK (origin_round >= 1),
        PRIMARY KEY (round, place)""",
    # One to one on fresh seeds; wins are the champion's.
    "ratchet": """
        champion INTEGER NOT NULL REFERENCES champions (round),
        ancestor INTEGER NOT NULL REFERENCES champions (round),
        wins INTEGER NOT NULL,
        ties INTEGER NOT NULL,
        losses INTEGER NOT NULL,
        PRIMARY KEY (champion, ancestor)""",
    # Against the bundled warriors, by name; shows generality and decides nothing.
    "bundled": """
        champion INTEGER NOT NULL REFERENCES champions (round),
        opponent TEXT NOT NULL,
        wins INTEGER NOT NULL,
        ties INTEGER NOT NULL,
        losses INTEGER NOT NULL,
        PRIMARY KEY (champion, opponent)""",
    # One row a committed batch or round's end; only here and in events are there clock times.
    "batches": """
        id INTEGER PRIMARY KEY,
        round INTEGER NOT NULL,
        proposals INTEGER NOT NULL,
        evaluations INTEGER NOT NULL,
        seconds REAL NOT NULL,
        time TEXT NOT NULL""",
    "events": """
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL,
        detail TEXT NOT NULL,
        time TEXT NOT NULL""",
}

# Tables of which two runs of one configuration have the same rows, however they were run.
REPRODUCIBLE: Final = tuple(
    table
    for table in TABLES
    if table not in ("texts", "replies", "sends", "faults", "limits", "batches", "events")
)


def create_statements() -> list[str]:
    """What makes an empty database one of this schema; run them in one transaction."""
    tables = [f"CREATE TABLE {name} ({columns}) STRICT" for name, columns in TABLES.items()]
    return [
        *tables,
        "CREATE TABLE seals (name TEXT PRIMARY KEY NOT NULL, digest TEXT NOT NULL) STRICT",
        f"PRAGMA application_id = {APPLICATION_ID}",
        f"PRAGMA user_version = {SCHEMA_VERSION}",
    ]
