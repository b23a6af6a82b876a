-- Rules: what they make of statements, what is refused, and how they are shown.

-- rewriting
create schema rules_rewriting; set search_path = rules_rewriting;
create table t(id serial primary key, a int, b text default 'x');
create table log(what text, id int, a int, b text);
insert into t(a,b) values (1,'one'),(2,'two'),(3,'three');
create rule r_ins as on insert to t do also insert into log values ('ins', new.id, new.a, new.b);
create rule r_upd as on update to t where old.a <> new.a do insert into log values ('upd', old.id, new.a, old.b);
create rule r_del as on delete to t do insert into log select 'del', old.*;
insert into t(a) values (10);
insert into t(a,b) values (11,'q'),(12,default);
insert into t(a,b) select a+100, b from t where a < 3;
select * from log order by 1,2;
select * from t order by id;
truncate log;
update t set a = a + 1 where id <= 2;
update t set b = 'same' where id = 3;
update t set a = 5 where id = 3 returning *;
delete from t where a > 10 returning id;
select * from log order by 1,2;
drop rule r_ins on t;
create rule noop as on delete to t where old.a = 2 do instead nothing;
delete from t;
select * from t;
drop rule noop on t; drop rule r_upd on t; drop rule r_del on t;
create view v as select id, a, upper(b) as b, count(*) over () from t;
create rule v_ins as on insert to v do instead insert into t(id,a,b) values (new.id, new.a, lower(new.b)) returning id, a, b, 7::bigint;
create rule v_upd as on update to v do instead update t set a = new.a, b = new.b where id = old.id;
create rule v_del as on delete to v do instead delete from t where id = old.id returning old.id, a, b, 8::bigint;
insert into v values (100, 5, 'HELLO', 1) returning *, id+1 as x;
insert into v(id,a) values (101, 6), (102, 7);
update v set a = a * 2 where id > 100;
update v set a = 1 returning a;
delete from v where id = 101 returning id, b;
select * from v order by id;
create table n(x int);
create rule nn as on insert to n do instead nothing;
insert into n values (1);
insert into n values (1) returning x;
select * from n;
create rule bad as on insert to n do insert into log values (old.x);
create rule bad as on insert to n do insert into log values (new.zz);
create rule bad as on insert to n do insert into nolog values (new.x);
create rule bad as on delete to n do select new.x;
create rule nn as on insert to n do nothing;
create or replace rule nn as on insert to n do (insert into log(what) values ('a'); update log set a = new.x where what='a'; notify foo);
insert into n values (42);
select * from log order by what, id;
create rule rec as on update to n do insert into n values (1);
create rule rec2 as on update to n do instead update n set x = 5;
update n set x = 1;
alter rule rec2 on n rename to rec3;
alter table n disable rule rec3;
update n set x = 1;
alter table n disable rule zz;
drop rule zz on n;
drop rule if exists zz on n;
comment on rule nn on n is 'hi';
with i as (insert into n values (3) returning x) select * from i;
with q as (select 5 as y) insert into n select y from q;
insert into n values (3) on conflict do nothing;
merge into n using t on n.x = t.id when matched then delete;
drop table log;
alter table t drop column b;
drop table t cascade;
\d n

-- privileges and views
create schema rules_privileges; set search_path = rules_privileges;
create role rule_user;
create table t(id int primary key, a int);
create table log(id int, a int, who text default current_user);
create rule r as on insert to t do also insert into log values (new.id, new.a);
grant insert, select on t to rule_user;
grant usage on schema rules_privileges to rule_user; set role rule_user;
insert into t values (1,2);
select * from log;
create rule x as on insert to t do nothing;
drop rule r on t;
reset role;
select * from log;
-- prepared
prepare p as insert into t values ($1, $2) returning id;
execute p(5,6); execute p(7,8);
select * from log order by id;
-- copy ignores rules
copy t from stdin;
10	11
\.
select count(*) from log;
-- plpgsql
do $$ declare n int; begin insert into t values (20, 21); get diagnostics n = row_count; raise notice '%', n; if found then raise notice 'found'; end if; end $$;
select count(*) from log;
create function f() returns int language sql as 'insert into t values (30,31) returning a';
select f();
select count(*) from log;
-- update/delete
create rule u as on update to t where new.a > 100 do instead insert into log values (old.id, new.a);
update t set a = a + 100 where id in (1, 5, 10);
select * from t order by id;
select id, a from log where a > 100 order by id;
update t set a = 1000 returning id;
create rule u2 as on update to t do also delete from log where a = 31;
update t set a = 0 where false;
select count(*) from log;
update t set a = 0;
select count(*) from log;
explain (costs off) insert into t values (50, 51);
explain (costs off) delete from t;
create rule dd as on delete to t do instead nothing;
explain (costs off) delete from t;
delete from t;
-- trigger plus rule
create function tf() returns trigger language plpgsql as $$ begin raise notice 'trg %', new; new.a := 99; return new; end $$;
create trigger tr before insert on t for each row execute function tf();
insert into t values (60, 61);
select id, a from log where id = 60;
-- replica
set session_replication_role = replica;
insert into t values (70, 71);
select count(*) from log where id = 70;
reset session_replication_role;
-- view without key
create table a(x int, y int); create table b(x int, z int);
insert into a values (1,1),(2,2); insert into b values (1,10),(2,20);
create view ab as select a.x, y, z from a join b using (x);
create rule abi as on insert to ab do instead (insert into a values (new.x, new.y); insert into b values (new.x, new.z));
create rule abd as on delete to ab do instead (delete from a where x = old.x; delete from b where x = old.x);
create rule abu as on update to ab do instead (update a set y = new.y where x = old.x; update b set z = new.z where x = old.x);
insert into ab values (3, 3, 30);
update ab set y = y + 1, z = z + 1 where x = 3;
select * from ab order by x;
delete from ab where x = 1;
select * from a order by 1; select * from b order by 1;
insert into ab select 9, 9, 9 returning x;
update ab set nope = 1;
insert into ab (x, nope) values (1, 2);
create or replace rule abi as on insert to ab do instead nothing;
insert into ab values (4,4,4);
drop rule "_RETURN" on ab;
alter rule "_RETURN" on ab rename to xx;
create sequence sq; create rule q as on insert to sq do nothing;
create rule q as on insert to pg_class do nothing;
create rule q as on insert to nope do nothing;
create rule q as on insert to a where new.x > 1 do notify foo;
create rule q as on insert to a do instead insert into b values (new.x, 1) returning x;
create rule q as on insert to a where new.x = 1 do instead insert into b values (new.x, 1) returning x, z;
create rule q as on insert to a do insert into b values (new.x, 1) returning x, z;
create rule q as on insert to a do instead insert into b values (new.x, 1) returning x::text, z;
drop function f(); drop table log;

-- definitions
create schema rules_definitions; set search_path = rules_definitions;
create schema s2;
create table t(id serial primary key, a int, "B b" text default 'x');
create table log(what text, id int, a bigint, b varchar(10), at date);
create table s2.u(x int, y int[]);
create view v as select id, a from t;
create rule r1 as on insert to t do also insert into log values ('ins', new.id, new.a, new."B b");
create rule r2 as on update to t where old.a <> new.a or new.a is null do insert into log(what, id, a) values ('upd', old.id, new.a + 1);
create rule r3 as on delete to t do insert into log select 'del', old.*;
create rule r4 as on delete to t where exists (select 1 from log l where l.id = old.id) do instead nothing;
create rule r5 as on update to t do (insert into log default values; update log set a = new.a, what = 'x' where log.id = old.id and log.a > 3; delete from log l using s2.u where l.id = u.x and l.id = new.id; select new.a; notify foo, 'bar');
create rule r6 as on insert to t do insert into log(what,id) values ('a', 1), ('b', new.id);
create rule r7 as on update to t do update s2.u set x = (select max(id) from t), y[1] = 5 from log where u.x = log.id and log.id = old.id;
create rule r8 as on insert to t do select count(*) from log where id = new.id group by what having count(*) > 1;
create rule v1 as on insert to v do instead insert into t(id, a) values (new.id, new.a) returning id, a;
create rule v2 as on update to v do instead update t set id = new.id, a = new.a where id = old.id returning t.id, t.a;
create rule v3 as on delete to v do instead delete from t where id = old.id returning old.id, old.a;
create rule r9 as on delete to t do delete from only log where id in (select x from s2.u where u.x = old.id);
create rule "R 10" as on update to t do with q as (select 1 as z) insert into log(id) select z from q where new.a = z;
create rule r11 as on insert to t do insert into log(what) values (new::text);
create rule r12 as on insert to t do insert into log as lg(what, at) values (case when new.a > 1 then 'x' else 'y' end, '2001-01-01');
create rule r13 as on insert to t do insert into log(id) values (new.id) on conflict do nothing;
alter table t disable rule r11; alter table t enable always rule r12;
comment on rule r1 on t is 'c1';
select rulename, pg_get_ruledef(r.oid) from pg_rewrite r where ev_class in ('t'::regclass,'v'::regclass) order by ev_class::regclass::text, rulename;
\d t
\d+ v
select rulename, ev_type, ev_enabled, is_instead, ev_qual is null, ev_action is null from pg_rewrite r where ev_class in ('t'::regclass,'v'::regclass) order by ev_class::regclass::text, rulename;
select relname, relhasrules from pg_class where relname in ('t','v','log') order by 1;
select tablename, hasrules from pg_tables where schemaname='rules_definitions' order by 1;
select obj_description(oid,'pg_rewrite') from pg_rewrite where rulename='r1';
alter table t rename column a to aa; alter table log rename to log2; alter table log2 rename column what to whatever;
select rulename, pg_get_ruledef(r.oid, true) from pg_rewrite r where ev_class in ('t'::regclass,'v'::regclass) order by ev_class::regclass::text, rulename;
drop owned by rule_user; drop role rule_user;
select tablename, rulename from pg_rules where schemaname = 'rules_definitions' order by 1, 2;
