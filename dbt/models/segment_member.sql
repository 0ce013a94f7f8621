{{ airbyte_mailchimp.shaped('segment_members', [
    ('segment_id', 'segment_id', 'bigint'),
    ('member_id', 'id', 'text'),
    ('list_id', 'list_id', 'text'),
], marks_deleted=true) }}
