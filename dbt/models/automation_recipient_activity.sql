{{ airbyte_mailchimp.shaped('automation_recipient_activity', [
    ('automation_email_id', 'campaign_id', 'text'),
    ('member_id', 'email_id', 'text'),
    ('list_id', 'list_id', 'text'),
    ('action', 'action', 'text'),
    ('timestamp', 'timestamp', 'timestamp'),
    ('ip', 'ip', 'text'),
    ('url', 'url', 'text'),
    ('bounce_type', 'type', 'text'),
]) }}
