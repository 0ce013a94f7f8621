"""Make a small CRM in a DuckDB file, for the other examples to sync.

    python examples/sample_crm.py crm.duckdb

The table `contacts` is what two_way.py keeps in step with an audience; the table `vip_customers` is a whole list, as
from_duckdb.py sends it.
"""

import sys

import duckdb

PEOPLE = ("Ann", "Bob", "Cyd", "Dee", "Eve")
CONTACTS = """
    create or replace table contacts (
        contact_id text, email text, first_name text, last_name text, lifetime_value double, first_contact text,
        labels text, newsletter boolean, newsletter_changed_at timestamp, deleted_at timestamp
    )
"""
ADD_CONTACT = "insert into contacts values (?, ?, ?, 'Lee', 40, 'fair', 'crm-customer', true, '2026-01-01', null)"
VIP_CUSTOMERS = """
    create or replace table vip_customers as
    select range as id, 'vip' || range || '@sandbox-people.org' as email from range(20)
"""


def main() -> None:
    """Write both tables; what was in them before is gone."""
    with duckdb.connect(sys.argv[1]) as database:
        database.execute(CONTACTS)
        people = enumerate(PEOPLE, start=1)
        database.executemany(
            ADD_CONTACT, [[str(number), f"{name.lower()}@sandbox-people.org", name] for number, name in people]
        )
        database.execute(VIP_CUSTOMERS)


if __name__ == "__main__":
    main()
