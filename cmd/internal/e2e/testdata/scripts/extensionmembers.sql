create extension ltree version '9';
create schema x; create extension ltree schema x; create extension tablefunc; create extension fuzzystrmatch;
\dx ltree
select name, version, superuser, trusted, relocatable, requires from pg_available_extension_versions where name in ('ltree', 'pg_stat_statements', 'tablefunc') and version in ('1.0', '1.2', '1.10') order by 1;
\dx+ tablefunc
\dT x.*
\do x.@>
select 'x.@>(x.ltree,x.ltree)'::regoperator, oprcom::regoperator, oprcode from pg_operator where oid = 'x.@>(x.ltree,x.ltree)'::regoperator;
set search_path = public, x;
select '@>(ltree,ltree)'::regoperator, castsource::regtype from pg_cast right join (values (1)) v(i) on castsource = 'ltree'::regtype;
drop type x.ltree; drop type tablefunc_crosstab_2; drop function levenshtein(text, text);
create table paths(p ltree primary key, q lquery, many ltree[]);
create index on paths using gist (p); create index on paths using gist (many); create index on paths (p desc) where p <@ 'a';
insert into paths values ('a', '*', '{}'), ('a.b', 'a.*', '{a,b.c}'), ('b.c.d', null, null);
create view below as select p, p <@ 'a' as under, q ~ p as matches, many ?@> 'b' from paths where p ~ '*.b|a.*' and p @ 'a & !z';

\d+ below
table below order by p;
select a.p from paths a join paths b on a.p = b.p order by 1;
copy paths to stdout;
\copy paths from stdin
c.d	c.*{2}	{c}
.	\N	\N
\.
create function under(ltree) returns setof ltree language sql as 'select p from public.paths where p <@ $1';

select under('a'); drop function under; drop view below; drop table paths; drop extension ltree; drop extension ltree; drop schema x cascade;
