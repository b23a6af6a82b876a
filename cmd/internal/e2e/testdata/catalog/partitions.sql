-- Definitions of partitions, and what is refused.
-- MERGE etc
create table m (k int primary key, v text, w int generated always as (k * 2) stored) partition by range (k);
create table m1 partition of m for values from (0) to (10);
create table m2 (w int generated always as (k * 2) stored, v text, k int not null);
alter table m attach partition m2 for values from (10) to (20);
insert into m values (1,'a'),(2,'b'),(11,'c');
merge into m using (values (1,'x'),(5,'n'),(11,'y')) s(k,v) on m.k = s.k when matched and s.k = 11 then delete when matched then update set v = s.v, k = 15 when not matched then insert (k, v) values (s.k, s.v);
select tableoid::regclass, * from m order by k;
-- update from, delete using
create table s (k int, v text); insert into s values (2,'zz'),(15,'qq');
update m set v = s.v from s where s.k = m.k returning m.tableoid::regclass, m.*, s.*;
delete from m using s where s.k = m.k and m.k = 15 returning m.*;
select * from m order by k;
-- errors
create table m3 partition of m for values from (5) to (6);
create table m3 partition of m for values from (6) to (5);
create table m3 partition of m for values in (5);
create table m3 partition of m for values from (5, 6) to (7);
create table m3 partition of m for values from (null) to (7);
create table m3 partition of m for values from ('a') to (7);
create table m3 partition of m for values from (now()) to (7);
create table m3 partition of m for values with (modulus 1, remainder 0);
create table m3 partition of m for values from (maxvalue) to (maxvalue);
create table m3 partition of s for values from (1) to (2);
create table x (a int) partition by list (a, b);
create table x (a int) partition by list (b);
create table x (a int, b int) partition by list (a, b);
create table x (a int) partition by range (xmin);
create table x (a int) partition by range ((1));
create table x (a int) partition by range ((random()));
create table x (a json) partition by range (a);
create table x (a int) partition by magic (a);
create table x (a int, b int) partition by range (a);
create table x1 partition of x (b not null default 5, c with options default 4) for values from (1) to (2);
create table x1 partition of x (b not null default 5, constraint bb check (b > 3)) for values from (1) to (2);
\d x1
insert into x values (1);
insert into x values (1, 2);
insert into x values (null, 2);
insert into x1 values (7, 7);
alter table x1 add column z int;
alter table x1 drop column b;
alter table x1 rename column b to c;
alter table x1 alter column a drop not null;
alter table x1 alter column a type bigint;
alter table x alter column a type bigint;
alter table x alter column b type bigint;
alter table x drop column a;
alter table only x drop column b;
alter table only x add column q int;
alter table x add column q int default 3;
select * from x;
alter table x rename column q to r;
\d x1
alter table x drop column r;
alter table x add constraint cc check (b < 100);
alter table x1 drop constraint cc;
alter table only x drop constraint cc;
alter table x drop constraint cc;
alter table x alter column b set not null;
alter table x alter column b drop not null;
alter table x1 add constraint own check (a > 0) no inherit;
alter table x add constraint own check (a > 0) no inherit;
alter table x attach partition x1 for values from (4) to (5);
alter table x attach partition s for values from (4) to (5);
create table y (a int, b int, c int);
alter table x attach partition y for values from (4) to (5);
alter table y drop column c;
insert into y values (9, 9);
alter table x attach partition y for values from (4) to (5);
truncate y;
alter table x attach partition y for values from (4) to (5);
alter table y inherit s;
alter table y no inherit x;
alter table x inherit s;
alter table s add unique (k);
create unique index on x (b);
create unique index on x (a);
alter table x add primary key (b);
alter table x add primary key (a);
\d x
\d x1
drop index x1_pkey;
alter table x1 drop constraint x1_pkey;
alter table x detach partition s;
alter table x detach partition y;
\d y
drop table x1; select * from x;
create table xd partition of x default;
insert into x values (100);
create table x9 partition of x for values from (90) to (110);
create table xd2 partition of x default;
alter table x detach partition xd concurrently;
begin; alter table m detach partition m1 concurrently; rollback;
truncate only m;
create view mv as select * from m where k > 1;
update mv set v = v || '.'; insert into mv values (12, 'view'); delete from mv where k = 5;
select tableoid::regclass, * from m order by k;
select m from m order by k limit 1;
select * from m for update;
select * from m, s for update of m;
copy m to stdout;
copy (select * from m order by k) to stdout;
copy m (k, v) from stdin;
3	copied
13	copied
99	bad
\.
copy m (k, v) from stdin;
3	copied
13	copied
\.
select tableoid::regclass, * from m order by k;
set constraints all deferred;
with d as (delete from m where k < 5 returning *) select * from d order by k;
select count(*) from m;
select attname from pg_stats where tablename = 'm';
analyze m; vacuum m; vacuum m1;
comment on table m is 'x'; comment on column m.k is 'y';
lock table m in share mode;
begin; lock table m in share mode; select relation::regclass, mode from pg_locks where relation::regclass::text like 'm%' order by 1; rollback;
drop table m1, m;
