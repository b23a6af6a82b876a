-- Hash partitions have the rows that they have in PostgreSQL.
create table src as select i::int8 * 123456789 - 5000000000 as b, (i - 50)::int2 as s, repeat('ab' || i, i % 7) as t, ((i - 30) * 1234.5678 / (i + 1))::numeric as n, (i * 10000.5)::numeric(20,3) as n2, date '2020-01-01' + i as d, timestamp '2020-01-01' + i * interval '1 hour' as ts, timestamptz '1980-01-01' + i * interval '1 day' as tz, i % 2 = 0 as bo, (i - 40) / 7.0::float8 as f, ((i - 40) / 7.0)::float4 as f4, ('00000000-0000-0000-0000-' || lpad(i::text, 12, '0'))::uuid as u, ('v' || i)::varchar(10) as v, ('c' || i)::char(8) as c, i::oid as o, time '00:00' + i * interval '1 min' as ti, ('b' || i)::bytea as by, ('n' || i)::name as na, array[i, null, i + 1] as ai, array['x' || i] as at from generate_series(1, 100) i;
do $$ declare r record; begin for r in select attname, format_type(atttypid, atttypmod) as typ from pg_attribute where attrelid = 'src'::regclass and attnum > 0 loop
execute format('create table h_%1$s (x %2$s) partition by hash (x)', r.attname, r.typ);
for i in 0..3 loop execute format('create table h_%1$s_%2$s partition of h_%1$s for values with (modulus 4, remainder %2$s)', r.attname, i); end loop;
execute format('insert into h_%1$s select %1$s from src', r.attname);
end loop; end $$;
select 'b' as k, tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_b group by 2 union all
select 's', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_s group by 2 union all
select 't', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_t group by 2 union all
select 'n', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_n group by 2 union all
select 'n2', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_n2 group by 2 union all
select 'd', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_d group by 2 union all
select 'ts', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_ts group by 2 union all
select 'tz', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_tz group by 2 union all
select 'bo', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_bo group by 2 union all
select 'f', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_f group by 2 union all
select 'f4', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_f4 group by 2 union all
select 'u', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_u group by 2 union all
select 'v', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_v group by 2 union all
select 'c', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_c group by 2 union all
select 'o', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_o group by 2 union all
select 'ti', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_ti group by 2 union all
select 'by', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_by group by 2 union all
select 'na', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_na group by 2 union all
select 'ai', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_ai group by 2 union all
select 'at', tableoid::regclass, count(*), md5(string_agg(x::text, ',' order by x)) from h_at group by 2 order by 1, 2;
