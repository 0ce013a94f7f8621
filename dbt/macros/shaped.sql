{#
  Select from a stream's table. `wanted` is a list of (name, path, type): the column's name in the new table, where
  its value is in the stream (a column, or one and the names inside its JSON, with dots), and its type. A column that
  the table does not hold is empty: the platform lets people leave out columns.
  Rows that the source marked as deleted are left out: the package does not look at `_fivetran_deleted`.
  Types are written as DuckDB and Postgres both read them. A time is UTC, without a time zone.
#}
{% macro shaped(stream, wanted, marks_deleted=false) %}
    {%- set relation = source('airbyte_mailchimp', stream) -%}
    {%- set types = airbyte_mailchimp.column_types(relation) -%}
    select
    {%- for name, path, type in wanted %}
        {{ airbyte_mailchimp.value_at(types, path, type) }} as {{ adapter.quote(name) }},
    {%- endfor %}
    {%- if marks_deleted %}
        false as _fivetran_deleted,
    {%- endif %}
        {{ airbyte_mailchimp.value_at(types, '_airbyte_extracted_at', 'timestamp') }} as _fivetran_synced
    from {{ relation }}
    where {{ airbyte_mailchimp.value_at(types, '_ab_cdc_deleted_at', 'timestamp') }} is null
{%- endmacro %}

{# Return the type of each column of a table. #}
{% macro column_types(relation) %}
    {%- set types = {} -%}
    {%- if execute -%}
        {%- for column in adapter.get_columns_in_relation(relation) -%}
            {%- do types.update({column.name: column.data_type | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(types) }}
{% endmacro %}

{# Return the expression for the value at a path, as a type. #}
{% macro value_at(types, path, type) %}
    {%- set column, _, inside = path.partition('.') -%}
    {%- if column not in types -%}
        cast(null as {{ type }})
    {%- elif inside -%}
        cast({{ adapter.dispatch('text_in_json', 'airbyte_mailchimp')(adapter.quote(column), inside.split('.')) }} as {{ type }})
    {%- elif type == 'timestamp' and ('tz' in types[column] or 'with time zone' in types[column]) -%}
        cast({{ adapter.quote(column) }} at time zone 'UTC' as timestamp)
    {%- else -%}
        cast({{ adapter.quote(column) }} as {{ type }})
    {%- endif -%}
{%- endmacro %}

{# Return what stands inside a JSON column as text: none where the JSON says null or holds nothing there. #}
{% macro duckdb__text_in_json(column, names) %}
    {%- set quoted = [] -%}
    {%- for name in names -%}
        {%- do quoted.append('"' ~ name ~ '"') -%}
    {%- endfor -%}
    json_extract_string(cast({{ column }} as json), '$.{{ quoted | join(".") }}')
{%- endmacro %}

{% macro postgres__text_in_json(column, names) %}
    {#- PyAirbyte writes json, the platform jsonb. -#}
    (cast({{ column }} as jsonb) #>> '{ {{- names | join(",") -}} }')
{%- endmacro %}

{#
  Return a condition that leaves out emails of automations. Mailchimp lists the reports of some of them beside those of
  campaigns, so that streams of campaigns may hold their rows, too; the tables of automations have them anyway.
#}
{% macro no_automation_email(column) %}
    {%- if var('mailchimp_using_automations', true) -%}
        {{ column }} not in (
            select id from {{ source('airbyte_mailchimp', 'automation_emails') }} where id is not null
        )
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}
