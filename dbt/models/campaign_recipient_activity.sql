{{ airbyte_mailchimp.shaped('email_activity', [
    ('campaign_id', 'campaign_id', 'text'),
    ('member_id', 'email_id', 'text'),
    ('list_id', 'list_id', 'text'),
    ('action', 'action', 'text'),
    ('timestamp', 'timestamp', 'timestamp'),
    ('ip', 'ip', 'text'),
    ('url', 'url', 'text'),
    ('bounce_type', 'type', 'text'),
    ('combination_id', 'combination_id', 'text'),
]) }}
and {{ airbyte_mailchimp.no_automation_email('campaign_id') }}
