create schema ss; create table ss.a(x int); create table ss.b(x int); create view ss.v as select * from ss.a; create function ss.f(ss.a) returns int language sql as 'select 1'; create table ss.c(y int check (y>0));
create function f2(ss.a) returns int language sql as 'select 1'; create view v2 as select * from ss.b; create view v3 as select f2(a) from ss.a; create type ss.ty as (q int); create table t4(a int, z ss.ty); create view v4 as select z from t4;
create function ss.g(int) returns int language sql immutable as 'select 1'; create view v5 as select ss.g(1); create table t5(a int check (ss.g(a)>0), b int default ss.g(3)); create index i5 on t5(ss.g(a)); create sequence ss.s; create table t6 (a int default nextval('ss.s')); create domain ss.d as int; create table t7(a int, b ss.d); create domain d2 as ss.d; create operator ss.## (rightarg=int, function=ss.g); create view v6 as select operator(ss.##) a from t5;
drop schema ss cascade; select count(*) from t4; \d t5
drop table t4, t5, t6, t7;
create type tq as (a int); create function ff(tq, int) returns tq language sql as 'select $1'; create aggregate ag(int) (sfunc=ff, stype=tq); create procedure pp(tq) language sql as 'select 1'; create function cc(int) returns int begin atomic select cc2.a from (select (ag(x)).a from generate_series(1,$1) x) cc2; end;
create view vv as select cc(3);
drop type tq;
drop type tq cascade;
create collation cc from "C"; create table ct(a text collate cc, b int); create index ci on ct((b::text) collate cc); create domain cd as text collate cc; create table ct2(x cd); create view cv as select b::text collate cc as x from ct; create view cv2 as select a from ct;
drop collation cc; drop collation cc cascade;
create function pos(int) returns bool language sql immutable as 'select $1>0'; create function dflt() returns int language sql as 'select 1';
create domain dd as int check (pos(value)); create domain de as int default dflt(); create table td(a dd, b de, c int generated always as (case when pos(1) then 1 end) stored);
create view tv as select a,b,c from td; create function tf() returns td language sql as 'select * from td'; create view tv2 as select 1 from tf();
drop function pos(int); drop function pos(int) cascade; drop function dflt; drop function dflt cascade; \d td
drop table td; drop table td cascade;
create type comp as (a int, b text); create type comp2 as (x comp, y int); create table tc(a comp2); create type en as enum('a','b'); create type comp3 as (e en, f int);
drop type en; drop type en cascade; \d comp3
drop type comp cascade;
\d comp2
create table p(a int) partition by range(a); create table p1 partition of p for values from (0) to (10); create view pv as select * from p1; create table ch(z int) inherits (p1);
create table par(a int); create table kid(b int) inherits (par); create table kid2() inherits (kid); create view kv as select * from kid2; create rule rr as on insert to ch2 do nothing;
create table oth(x int); create rule rr as on insert to oth do also insert into par values (1); create policy pp on oth using (exists (select from par)); 
drop table par; drop table par cascade; drop table p; drop table p cascade;
create table fk1(a int primary key, b int unique); create table fk2(a int references fk1, b int references fk1(b)); create view fv as select a, b from fk1 group by a;
drop table fk1; alter table fk1 drop column b; alter table fk1 drop column b cascade; drop table fk1 cascade;
create function trf() returns trigger language plpgsql as 'begin return new; end'; create table tt1(a int); create trigger tg before insert on tt1 for each row execute function trf(); 
drop function trf; drop table tt1, oth; drop function trf; create schema sch; create table sch.a(i int); create table pub(i int); create view sch.v as select * from pub; create view pv as select * from sch.v;
drop table pub, sch.a; drop table pub, sch.a cascade; drop schema sch cascade; create sequence sq; create table ts(a int default nextval('sq'), b serial); create table ts2(c int default nextval('ts_b_seq')); drop sequence sq; drop table ts; drop table ts cascade; drop sequence sq cascade;
create type rng as range(subtype=int4, multirange_type_name=rng_multirange); create table tr(a rng, b rng[]); create function fr(rng) returns int language sql as 'select 1'; create table tm(c rng_multirange); drop type rng; drop type rng cascade; 
create temp table tmpx(a int); create function fy(tmpx) returns int language sql as 'select 1'; create table keep(a int); insert into keep values (1); create temp view tv as select * from tmpx; create temp sequence ts; create table kd(a int default nextval('ts'), b int default 3);
create temp table part(a int) partition by list(a); create temp table part1 partition of part for values in (1);

begin; create temp table oc(a int) on commit drop; create function fo(oc) returns int language sql as 'select 1'; commit; select proname from pg_proc where proname='fo';
create temp table d1(a int); create function fd(d1) returns int language sql as 'select 1'; discard temp; select proname from pg_proc where proname='fd'; select relname from pg_class where relname in ('d1','tmpx','part','part1');
create schema s1; create extension citext schema s1; create table ce(a s1.citext); drop schema s1; drop schema s1 cascade; \d ce
