create schema s1; create schema s2;
create domain s1.positive as int check (value > 0); create type s1.pair as (a int, b text); create type s1.letters as enum ('x', 'y');
create table t(d s1.positive, c s1.pair, e s1.letters, es s1.letters[]); insert into t values (1, row(1, 'a'), 'x', '{y}');
create function f(s1.pair) returns s1.positive language sql as 'select $1.a';
alter domain s1.positive set schema s2; alter type s1.pair set schema s2; alter type s1.letters set schema s2;
\d t
select * from t; select f(c) from t; select '{x}'::s2.letters[], row(2, 'b')::s2.pair;
select 'x'::s1.letters;
alter type s2.letters set schema s2;
alter type s2.letters set schema nowhere;
alter domain s2.letters set schema s1;
create type s1.letters as enum (); alter type s2.letters set schema s1;
create role m_user; grant usage on schema s2 to m_user; set role m_user; alter type s2.letters set schema public; reset role;
insert into t values (0);
drop schema s1 cascade;
drop schema s2 cascade;
\d t
drop owned by m_user; drop role m_user;
