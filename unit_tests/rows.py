"""The rows of the house: how high each module stands. `test_architecture.py` holds them."""

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


# A new module gets its place here. Modules of the sandbox need none: it stands apart.
PLACES: dict[Row, str] = {
    Row.ENTRY: """
        run
    """,
    Row.FACES: """
        destination.assembly
        destination.destination
        source.source
    """,
    Row.LOOP: """
        destination.decisions
        destination.leaving
        destination.pipeline
        destination.sync
    """,
    Row.SHELL: """
        destination.audience
        destination.discovering
        destination.looking
        destination.memory
        destination.mirror
        destination.opening
        destination.rehearsal
        destination.report
        destination.segments
        destination.sending
        destination.stdin
        destination.stores
        destination.storing.local
        destination.storing.s3
        destination.storing.shelf
        destination.storing.store
        destination.tagging
        destination.verdicts
        destination.writing
        source.account
        source.activity
        source.bookmarks
        source.catalog
        source.consent
        source.engagement
        source.engine
        source.foreign
        source.members
        source.outbox
        source.part
        source.progress
        source.reading
        source.segments
        source.whole
    """,
    Row.CORE: """
        destination.announced
        destination.answers
        destination.batching
        destination.binding
        destination.catalog
        destination.checkpoints
        destination.columns
        destination.consent
        destination.countries
        destination.counts
        destination.digests
        destination.emails
        destination.fields
        destination.flow
        destination.forewarnings
        destination.fuse
        destination.headline
        destination.identity
        destination.languages
        destination.layout
        destination.mapper
        destination.mapping
        destination.matching
        destination.names
        destination.new_fields
        destination.overtaking
        destination.phones
        destination.planning
        destination.postal
        destination.profile
        destination.progress
        destination.reasons_page
        destination.removal
        destination.steps
        destination.storing.naming
        destination.storing.rows
        destination.storing.sheets
        destination.stream_table
        destination.tags
        destination.targets
        destination.times
        destination.values
        source.rows
        source.states
        source.streams
    """,
    Row.EDGE: """
        mailchimp.api
        mailchimp.auth
        mailchimp.budget
        mailchimp.bulk
        mailchimp.client
        mailchimp.paging
        mailchimp.sweep
        mailchimp.windows
    """,
    Row.WORDS: """
        destination.config
        destination.form
        destination.live
        destination.model
        destination.reasons
        destination.spec
        destination.wording
        source.config
        source.spec
    """,
    Row.NOUNS: """
        mailchimp.errors
        mailchimp.members
    """,
}
ROWS = {name: row for row, names in PLACES.items() for name in names.split()}
