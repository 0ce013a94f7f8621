{{ airbyte_mailchimp.shaped('unsubscribes', [
    ('campaign_id', 'campaign_id', 'text'),
    ('member_id', 'email_id', 'text'),
    ('list_id', 'list_id', 'text'),
    ('reason', 'reason', 'text'),
    ('timestamp', 'timestamp', 'timestamp'),
]) }}
