#!/bin/sh
# Records the functions of PostgreSQL 15 that a query can call (proc.tsv): all but those of the
# server's inside, which take or give "internal", and those of what is not there: replication,
# files, pg_upgrade. Connects as libpq's environment says; run it in
# this directory, on a database nobody has changed, before exec/pgcatalog/pg15/record.sh.
set -eu
psql -XAtq -F '	' -v ON_ERROR_STOP=1 -c "
  select p.oid, proname, prokind, case when l.lanname = 'sql' then 'sql:' || proname else prosrc end, provariadic, pronargdefaults, proretset::int, proisstrict::int, provolatile,
    prorettype::oid, array_to_string(proargtypes::oid[], ' '), coalesce(pg_get_expr(proargdefaults, 0), ''), coalesce(array_to_string(proargnames, ' '), ''),
    coalesce(array_to_string(proallargtypes, ' '), ''), coalesce(array_to_string(proargmodes, ' '), ''), coalesce(aggkind::text || aggnumdirectargs, '')
  from pg_proc p join pg_language l on l.oid = prolang left join pg_aggregate a on a.aggfnoid = p.oid
  where pronamespace = 11 and 2281 <> all (proargtypes::oid[]) and prorettype <> 2281
    and (proname in ('brin_summarize_new_values', 'brin_summarize_range', 'brin_desummarize_range', 'gin_clean_pending_list')
      or proname !~ '^(binary_upgrade_|pg_backup_|pg_control_|pg_copy_|pg_create_|pg_ddl_|pg_drop_|pg_logical_|pg_ls_|pg_replication_|pg_stat_get_(?!(db_.*|backend_.*|blocks_.*|function_.*|xact_function_.*|snapshot_timestamp|ins_since_vacuum|numscans|tuples_.*|live_tuples|dead_tuples|mod_since_analyze|(auto)?(analyze|vacuum)_count|last_(auto)?(analyze|vacuum)_time)$)|pg_stat_reset_(?!single_table)|pg_walfile_|brin_|gin_)')
  order by proname collate \"C\", p.oid" > proc.tsv
