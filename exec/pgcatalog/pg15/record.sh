#!/bin/sh
# Records PostgreSQL 15's catalogs: the columns of every system relation
# (relations.tsv) and the rows of the built-in objects (NAME.tsv, in COPY's text
# format, reg* columns as OIDs, expressions as their text). Connects as libpq's
# environment says; run it in this directory, on a database nobody has changed.
set -eu
sql() { psql -XAtq -v ON_ERROR_STOP=1 -c "$1"; }
functions=$(cut -f1 ../../../sql/expr/pg15/proc.tsv | paste -sd, -)

sql "copy (
  select n.nspname, c.relname, c.oid, c.relkind,
    string_agg(a.attname || ':' || a.atttypid || case when a.atttypmod >= 0 then '/' || a.atttypmod else '' end || case when a.attcollation <> t.typcollation then '@' || a.attcollation else '' end
      || case when a.attnotnull then '!' else '' end, ' ' order by a.attnum)
  from pg_class c join pg_namespace n on n.oid = relnamespace join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 join pg_type t on t.oid = a.atttypid
  where nspname in ('pg_catalog', 'information_schema') and relkind in ('r', 'v')
  group by 1, 2, 3, 4 order by 1 desc, 2) to stdout" > relations.tsv

# record RELATION CONDITION [ORDER]: the rows of a catalog.
record() {
  columns=$(sql "select string_agg(case
      when atttypid::regtype::text like 'reg%' then format('%I::oid', attname)
      when attname = 'proargdefaults' then 'pg_get_expr(proargdefaults, 0)'
      when atttypid = 'pg_node_tree'::regtype or attname like '%acl' then 'null'
      else quote_ident(attname) end, ', ' order by attnum)
    from pg_attribute where attrelid = 'pg_catalog.$1'::regclass and attnum > 0")
  sql "copy (select $columns from pg_catalog.$1 t where $2 order by ${3-1, 2}) to stdout" > "$1.tsv"
}

types="select oid from pg_type where typnamespace = 11 and typtype in ('b', 'p', 'r', 'm')"
typesio="select oid from pg_type where typnamespace = 11 and typtype in ('b', 'p', 'r', 'm') or typtype = 'd'"
io="select unnest(array[typinput, typoutput, typreceive, typsend, typmodin, typmodout, typanalyze, typsubscript]::oid[]) from pg_type where oid in ($typesio)
  union select unnest(array[oprcode, oprrest, oprjoin]::oid[]) from pg_operator
  union select unnest(array[aggtransfn, aggfinalfn, aggcombinefn, aggserialfn, aggdeserialfn, aggmtransfn, aggminvtransfn, aggmfinalfn]::oid[]) from pg_aggregate
  union select amproc::oid from pg_amproc
  union select unnest(array[prsstart, prstoken, prsend, prsheadline, prslextype]::oid[]) from pg_ts_parser
  union select unnest(array[tmplinit, tmpllexize]::oid[]) from pg_ts_template
  union select conproc::oid from pg_conversion
  union select unnest(array[lanplcallfoid, laninline, lanvalidator]::oid[]) from pg_language
  union select amhandler::oid from pg_am"
record pg_type "(typnamespace = 11 and typtype in ('b', 'p', 'r', 'm') or typtype = 'd')"
record pg_proc "(oid in ($functions) or oid in ($io)) and pronamespace = 11"
record pg_operator "true"
record pg_cast "true"
record pg_aggregate "true"
record pg_range "true"
record pg_am "true"
record pg_opfamily "true"
mv pg_opfamily.tsv ../../../sql/catalog/pg15/
record pg_opclass "true" ctid
mv pg_opclass.tsv ../../../sql/catalog/pg15/
record pg_ts_parser "true"
record pg_ts_template "true"
record pg_conversion "true"
record pg_amop "true"
record pg_amproc "true"
record pg_collation "collprovider = 'i' or collname in ('default', 'C', 'POSIX', 'ucs_basic')"
mv pg_collation.tsv ../../../sql/catalog/pg15/
record pg_language "lanname in ('internal', 'c', 'sql', 'plpgsql')"
record pg_tablespace "spcname in ('pg_default', 'pg_global')"
record pg_description "objsubid = 0 and (classoid = 'pg_proc'::regclass and (objoid in ($functions) or objoid in ($io))
  or classoid = 'pg_type'::regclass and objoid in ($types) or classoid = 'pg_operator'::regclass
  or classoid = 'pg_am'::regclass or classoid = 'pg_collation'::regclass and objoid in (100, 950, 951, 962)
  or classoid = 'pg_language'::regclass and objoid in (12, 13, 14) or classoid::regclass::text like 'pg_ts_%' or classoid = 'pg_cast'::regclass or classoid = 'pg_namespace'::regclass and objoid = 11)"
