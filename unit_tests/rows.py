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
        destination.assembly destination.destination source.source
    """,
    Row.LOOP: """
        destination.decisions destination.leaving destination.pipeline destination.sync
    """,
    Row.SHELL: """
        destination.audience destination.discovering destination.looking destination.memory destination.mirror
        destination.opening destination.rehearsal destination.reporting.report destination.segments
        destination.sending destination.stdin destination.storing.local destination.storing.s3
        destination.storing.shelf destination.storing.store destination.storing.stores destination.tagging
        destination.verdicts destination.writing source.account source.activity source.bookmarks source.catalog
        source.consent source.engagement source.engine source.foreign source.members source.outbox source.part
        source.progress source.reading source.segments source.whole
    """,
    Row.CORE: """
        destination.batching destination.binding destination.catalog destination.checkpoints destination.consent
        destination.flow destination.forewarnings destination.fuse destination.identity
        destination.mapping.announced destination.mapping.answers destination.mapping.columns
        destination.mapping.compiling destination.mapping.countries destination.mapping.digests
        destination.mapping.emails destination.mapping.fields destination.mapping.languages
        destination.mapping.layout destination.mapping.mapper destination.mapping.matching
        destination.mapping.names destination.mapping.new_fields destination.mapping.phones
        destination.mapping.postal destination.mapping.profile destination.mapping.spelling
        destination.mapping.steps
        destination.mapping.targets destination.mapping.times destination.mapping.values destination.overtaking
        destination.planning destination.removal destination.reporting.counts destination.reporting.headline
        destination.reporting.progress destination.reporting.reasons_page destination.reporting.stream_table
        destination.storing.naming destination.storing.rows destination.storing.sheets destination.tags
        source.rows source.states source.streams
    """,
    Row.EDGE: """
        mailchimp.api mailchimp.auth mailchimp.budget mailchimp.bulk mailchimp.client mailchimp.paging
        mailchimp.sweep mailchimp.windows
    """,
    Row.WORDS: """
        destination.config destination.form destination.mapping.live destination.model
        destination.reporting.reasons destination.reporting.wording destination.spec source.config source.spec
    """,
    Row.NOUNS: """
        mailchimp.errors mailchimp.members
    """,
}
ROWS = {name: row for row, names in PLACES.items() for name in names.split()}
