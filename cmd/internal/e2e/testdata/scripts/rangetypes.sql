create type fr as range(subtype=float8, subtype_diff=float8mi);
select fr(1,2), fr(1.5,2,'[]'), fr_multirange(fr(1,2), fr(3,4)), fr_multirange(), '{[1,2),[5,9]}'::fr_multirange, '[1,2]'::fr;
select pg_typeof(fr(1,2)), pg_typeof(fr_multirange(fr(1,2))), pg_typeof(array[fr(1,2)]);
select fr(1,5) * fr(2,9), fr(1,5) + fr(2,9), fr(1,5) - fr(2,9), fr(1,5) && fr(2,9), fr(1,5) @> 2.5::float8, 2::float8 <@ fr(1,5), lower(fr(1,5)), upper_inc(fr(1,5)), isempty(fr(1,1));
select fr(1,5)::fr_multirange, multirange(fr(1,5)), range_merge(fr(1,2), fr(5,6)), range_agg(x), range_intersect_agg(x) from (values (fr(1,9)), (fr(2,30))) v(x);
select unnest('{[1,2),[5,9]}'::fr_multirange);
create table t(id int primary key, r fr, m fr_multirange, a fr[]);
insert into t values (1, '[1,2)', '{[1,2)}', '{"[1,2)","[3,4)"}'), (2, 'empty', '{}', '{}'), (3, null, null, null), (4,'(,)','{(,)}',null);
select * from t order by r;
select count(*), r from t group by r order by 2;
select * from t where r = '[1,2)';
select * from t where r && fr(0,1,'[]');
select distinct m from t order by m;
create index on t(r);
create unique index on t using btree(m);
\d t
\dT+ fr
\dT
\df fr*
drop function fr(float8,float8);
drop type fr_multirange;
drop type fr;
create type fr as range(subtype=int);
create type r2 as range(subtype=float8, multirange_type_name=fr);
create type my_range_x as range(subtype=text);
\dT
select my_range_x('a','b'), my_multirange_x(my_range_x('a','b'));
select '[b,a)'::my_range_x;
create type x as range(subtyp=int);
create type x as range(subtype_diff=int4mi);
create type x as range(subtype=int, subtype=int);
create type x as range(subtype=json);
create type x as range(subtype=point);
create type x as range(subtype=nosuch);
create type x as range(subtype=anyelement);
create type x as range(subtype=int, subtype_diff=nosuch);
create type x as range(subtype=int, subtype_diff=int4mi);
create type x as range(subtype=int, subtype_opclass=int8_ops);
create type x as range(subtype=int, subtype_opclass=nosuch);
create type x as range(subtype=int, collation="C");
create type x as range(subtype=text, collation="C");
select x('a','b') @> 'aa'::text;
alter type x rename to y;
select x('a','b');
select '[a,b)'::y;
drop type y;
select x('a','b');
create type e as enum('b','a');
create type er as range(subtype=e);
select er('b','a'), er('a','b');
select er('b',null) @> 'a'::e;
drop type e;
drop type e cascade;
select typname, typtype, typcategory, typlen, typalign, typinput, typanalyze from pg_type where typnamespace='public'::regnamespace and typname like 'my%' order by 1;
select rngtypid::regtype, rngsubtype::regtype, rngmultitypid::regtype, rngcollation, rngsubopc, rngcanonical, rngsubdiff from pg_range where rngtypid > 16000;
select castsource::regtype,casttarget::regtype, castfunc::regprocedure, castcontext,castmethod from pg_cast where castsource='fr'::regtype;
create schema s;
create type s.rr as range(subtype=int);
select s.rr(1,2);
drop schema s cascade;
create function g(x fr) returns float8 language sql as 'select upper(x)';
select g(fr(1,7));
drop type fr cascade;
drop table t;
\dT
create type dr as range(subtype=date);
prepare s as select $1::dr, $2 @> dr('2020-01-01','2021-01-01');
execute s('[2020-01-01,2020-02-01]', '[2020-01-01,2025-02-01]');
