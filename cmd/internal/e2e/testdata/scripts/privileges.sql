create role h_drv_a; create role h_drv_b login;
create table t(a int primary key, b int, c text default 'x');
insert into t values (1,2,'three');
grant select (a, b), insert (a, b), update (b) on t to h_drv_a;
grant select (c) on t to h_drv_b with grant option;
\dp t
select attname, attacl from pg_attribute where attrelid='t'::regclass and attnum>0 order by attnum;
select has_column_privilege('h_drv_a','t','a','select'), has_column_privilege('h_drv_a','t','c','select'), has_column_privilege('h_drv_a','t',2::int2,'update'), has_any_column_privilege('h_drv_a','t','update'), has_table_privilege('h_drv_a','t','select'), has_any_column_privilege('h_drv_a','t','select,insert');
select grantee, column_name, privilege_type, is_grantable from information_schema.column_privileges where table_name='t' order by 1,2,3;
create view v as select a, c from t;
grant select (a) on v to h_drv_a;
set role h_drv_a;
select a, b from t;
select a from t where b = 2 order by b;
select a from t where c = 'x';
select * from t;
select t from t;
select count(*) from t;
select 1 from t;
select a from t group by c, a;
select x.a from t x join t y using (a);
select x.a from t x join t y on x.c = y.c;
select a from v; select c from v;
select (select c from t limit 1);
copy t (a, b) to stdout;
copy t to stdout;
copy t (a) to stdout;
with w as (select a from t) select * from w;
insert into t(a, b) values (2, 3);
insert into t(a, c) values (3, 'x');
insert into t values (3, 4);
insert into t values (4, 4, 'x');
insert into t(a, b) values (5, 3) returning a;
insert into t(a, b) values (6, 3) returning c;
insert into t(a, b) values (1, 3) on conflict (a) do update set b = excluded.b;
insert into t(a, b) values (1, 3) on conflict (a) do update set b = t.b + excluded.b where t.a > 0;
insert into t(a, b) values (1, 3) on conflict (a) do update set c = 'y';
update t set b = 5;
update t set b = b + 1 where a = 1;
update t set b = 5 where c = 'x';
update t set c = 'z';
update t set a = 9 where a = 1;
delete from t;
truncate t;
explain select c from t;
select count(*) from (select a from t for update) x;
reset role;
revoke select (b) on t from h_drv_a;
\dp t
revoke all on t from h_drv_a;
\dp t
grant all (a) on t to h_drv_a;
\dp t
grant delete (a) on t to h_drv_a;
grant select (nosuch) on t to h_drv_a;
grant select (a), delete on t to h_drv_a;
\dp
grant usage (a) on schema public to h_drv_a;
create type mood as enum ('a');
create domain dm as int;
revoke usage on type mood from public;
grant usage on type mood to h_drv_a;
grant usage on domain dm to h_drv_a with grant option;
grant all on type dm to public;
grant usage on domain mood to h_drv_a;
grant select on type mood to h_drv_a;
grant usage on type nosuch to h_drv_a;
grant usage on type mood[] to h_drv_a;
\dT+
\dD+
select typname, typacl from pg_type where typname in ('mood','dm') order by 1;
select has_type_privilege('h_drv_b','mood','usage'), has_type_privilege('h_drv_a','mood','usage'), has_type_privilege('h_drv_b','int4','usage');
grant create on schema public to h_drv_b;
set role h_drv_b;
create table m(x mood);
create table m(x int);
alter table m add column y mood;
create domain dd as mood;
create type ct as (x mood);
create function ff(mood) returns int language sql as 'select 1';
create function ff() returns mood language sql as 'select null::mood';
alter table m alter x type mood using null;
select 'a'::mood;
reset role;
drop table m;
create table tt(a int); revoke all on tt from h_drv_a; 
alter table t drop column b;
\dp t
drop view v; drop table t, tt; drop type mood; drop domain dm; revoke create on schema public from h_drv_b; drop role h_drv_a, h_drv_b;
