"""The rows of the house: how high each room and module stands. `test_architecture.py` holds them."""

from enum import IntEnum


class Row(IntEnum):
    """Height of a module; imports point down or sideways, never up."""

    NOUNS = 0
    WORDS = 1
    EDGE = 2
    CORE = 3
    SHELL = 4
    LOOP = 5
    FACES = 6
    ENTRY = 7


# A room's row holds for every module in it that is not named itself. Modules of the sandbox need none: it stands apart.
PLACES: dict[Row, str] = {
    Row.ENTRY: """
        run
    """,
    Row.FACES: """
        destination.command_line destination.connector destination.failures destination.judging
        destination.startup.build
        source.entrypoint source.source
    """,
    Row.LOOP: """
        destination.contact_calls destination.mirror.departures destination.pipeline destination.planner
        destination.settling destination.sync destination.unreadable_lines
    """,
    Row.SHELL: """
        airbyte.console airbyte.ending airbyte.input_files airbyte.lines airbyte.temporary_files airbyte.traces
        destination.changes
        destination.deletion_window destination.members destination.mirror destination.reporting.report
        destination.reporting.run_page destination.reporting.run_record
        destination.startup.create_fields destination.startup.discover destination.startup.preflight
        destination.startup.prepare_audience destination.startup.read_automations
        destination.storing destination.writing
        source
    """,
    Row.CORE: """
        airbyte.lossless_json airbyte.messages
        destination.changes.authority destination.changes.chain destination.changes.history
        destination.changes.layout destination.changes.lines
        destination.changes.undo_plan destination.changes.undo_report
        destination.checkpoints destination.in_work destination.taken_addresses
        destination.mapping destination.reporting destination.rules
        destination.members.tracking destination.startup
        destination.storing.naming destination.storing.rows destination.storing.row_formats
        destination.storing.run_folders
        destination.work destination.work_item
        destination.writing.batches destination.writing.dry_run destination.writing.tagging
        destination.writing.member_calls destination.writing.reading_answers
        source.packing source.rows source.segment_pool source.states source.streams
    """,
    Row.EDGE: """
        mailchimp
    """,
    Row.WORDS: """
        airbyte.credentials airbyte.oauth airbyte.problems airbyte.schema_problems airbyte.settings
        destination.form destination.mapping.live_audience destination.model destination.reporting.reasons
        destination.reporting.wording source.settings source.spec
    """,
    Row.NOUNS: """
        mailchimp.answers mailchimp.calls mailchimp.errors mailchimp.members
    """,
}
ROWS = {name: row for row, names in PLACES.items() for name in names.split()}


def row_of(module: str) -> Row | None:
    """Return the row of a module, by its own name or by that of the innermost room it is in; None if it has none."""
    name = module
    while name:
        if name in ROWS:
            return ROWS[name]
        name = name.rpartition(".")[0]
    return None
