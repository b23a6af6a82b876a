create role g_own; create role g_a; create role g_b; create role g_c; create role g_d; create role g_grp; create role g_mem in role g_grp;
create schema g; grant usage, create on schema g to public; set search_path = g;
set session authorization g_own;
create table t(a int, b int);
grant select on t to g_a, g_b with grant option;
grant insert on t to public;
grant update on t to public with grant option;
set session authorization g_a;
grant select on t to g_c with grant option;
grant select, insert on t to g_d;
grant delete on t to g_d;
grant select on t to g_d granted by g_b;
set session authorization g_b;
grant select on t to g_c with grant option;
set session authorization g_c;
grant select on t to g_d, g_own;
grant select on t to g_a with grant option;
reset session authorization;
\dp t
select grantor, grantee, privilege_type, is_grantable from information_schema.table_privileges where table_name = 't' order by 1, 2, 3;
select grantor::regrole, grantee::regrole, privilege_type, is_grantable from pg_class, aclexplode(relacl) where relname = 't' order by 1, 2, 3;
set session authorization g_own;
revoke select on t from g_a;
revoke grant option for select on t from g_b;
revoke grant option for select on t from g_b cascade;
reset session authorization;
\dp t
set session authorization g_d;
revoke truncate on t from g_c;
grant select on t to g_a;
reset session authorization;
drop role g_a;
revoke select on t from g_d;
revoke select on t from g_d granted by g_a;
\dp t
set session authorization g_own;
revoke select on t from g_a cascade;
\dp t
revoke insert, update on t from g_own;
insert into t values (1);
update t set a = 2;
select * from t;
delete from t;
revoke all on t from public, g_own, g_b, g_a, g_c, g_d;
\dp t
select * from t;
grant select on t to g_own;
select * from t;
-- columns
grant all on t to g_own;
grant select (a), insert (a) on t to g_a with grant option;
set session authorization g_a;
grant select (a) on t to g_b;
grant select (a, b) on t to g_c;
grant all (a) on t to g_c;
grant update (a) on t to g_c;
set session authorization g_d;
grant select (a) on t to g_b;
set session authorization g_own;
\dp t
revoke select on t from g_a;
revoke select on t from g_a cascade;
\dp t
-- as a member
grant select on t to g_grp with grant option;
set session authorization g_mem;
grant select on t to g_b;
reset session authorization;
\dp t
alter table t owner to g_b;
\dp t
reassign owned by g_b to g_c;
\dp t
-- other objects
create function f() returns int language sql as 'select 1';
revoke execute on function f() from public;
grant execute on function f() to g_a with grant option;
set session authorization g_a;
grant execute on function f() to g_b;
reset session authorization;
select proacl from pg_proc where proname = 'f';
revoke execute on function f() from g_a;
revoke execute on function f() from g_a cascade;
select proacl from pg_proc where proname = 'f';
revoke all on function f() from postgres;
select proacl from pg_proc where proname = 'f';
create type e as enum ('x'); grant usage on type e to g_a with grant option;
select typacl from pg_type where typname = 'e';
create sequence q; grant usage on sequence q to g_a;
grant select, delete on q to g_b;
grant usage on t to g_b;
select relacl from pg_class where relname = 'q';
grant all on language sql to g_a; select lanacl from pg_language where lanname = 'sql';
revoke all on language sql from g_a;
-- default privileges
alter default privileges for role g_own grant select on tables to g_a;
alter default privileges for role g_own revoke insert on tables from g_own;
alter default privileges for role g_own in schema g grant update on tables to g_b with grant option;
select defaclacl from pg_default_acl order by defaclnamespace;
set session authorization g_own;
create table t2(a int);
reset session authorization;
\dp t2
alter default privileges for role g_own grant insert on tables to g_own;
alter default privileges for role g_own revoke select on tables from g_a;
select defaclacl from pg_default_acl order by defaclnamespace;
drop owned by g_own;
-- members
grant g_grp to g_a with admin option;
set session authorization g_a;
grant g_grp to g_b;
grant g_grp to g_c granted by g_b;
reset session authorization;
grant g_grp to g_c granted by g_b;
grant g_grp (x) to g_c;
grant g_grp to pg_database_owner;
select roleid::regrole, member::regrole, grantor::regrole, admin_option from pg_auth_members where roleid = 'g_grp'::regrole order by member;
revoke admin option for g_grp from g_a;
select roleid::regrole, member::regrole, grantor::regrole, admin_option from pg_auth_members where roleid = 'g_grp'::regrole order by member;
select has_table_privilege('postgres', 'pg_class', 'rule'), has_table_privilege(4294967290::oid, 'pg_class', 'select'), has_table_privilege(4294967290::oid, 'pg_authid', 'update');
drop schema g cascade;
drop owned by g_own, g_a, g_b, g_c, g_d, g_grp, g_mem;
drop role g_own, g_a, g_b, g_c, g_d, g_grp, g_mem;
