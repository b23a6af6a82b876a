create table x(a int, b text); insert into x values (1, 'one'), (2, 'two');
create table y(id int primary key, r x, rs x[], d int);
insert into y select row_number() over (order by a), x, array[x, null, row(9, 'nine')::x], 5 from x order by a;
insert into y values (3, row(3, 'three'), '{"(4,four)"}', null), (4, null, null, 1);
select * from y order by id;
select id, (r).a, (r).b, (r).*, (rs[1]).b, rs[3] from y order by id;
\d y
update y set r.a = 10, rs[1].b = 'changed' where id = 1;
select * from y where r = row(10, 'one')::x;
select * from y where (r).a > 1 order by r;
select r, count(*) from y group by r order by 1;
insert into x select (r).* from y where id = 3; select * from x order by a;
select to_json(y) from y order by id;
-- the table gains and loses columns
alter table x add column c date;
select id, r, (r).c, rs from y order by id;
insert into y values (5, (5, 'five', '2020-01-01'), null, null);
alter table x drop column b;
select id, r, (r).c, rs from y order by id;
select (r).b from y;
alter table x rename column a to aa;
select id, (r).aa from y order by id;
alter table x add column e int default 5;
alter table x alter column aa type bigint;
alter table x alter column aa set default 3, add column f int;
select id, r from y order by id;
-- names, itself
alter table x add column me x;
alter table x add column me x[];
alter table x add column me y;
alter table x rename to z;
\d y
select * from y order by id;
create table same(a int, b same);
-- in turn
create table w(y y, ys y[]);
insert into w select y, array[y] from y where id in (1, 5) order by id;
select * from w order by (y).id; select (y).r, ((ys[1]).r).aa from w order by (y).id;
alter table z add column g text;
alter table y drop column d;
select * from w order by (y).id;
select ((y).r).g is null, (((ys)[1]).rs)[1] from w order by (y).id;
-- dependencies
drop table z;
drop table y;
drop table z cascade;
\d y
\d w
select * from w order by (y).id;
drop table y, w;
-- created as, inherited, temporary, functions
create table p(a int); create table ch(b int) inherits (p);
create table h as select p, ch, array[ch] as chs from (select row(1)::p) p(p), (select row(1, 2)::ch) ch(ch);
\d h
alter table p add column n text;
select * from h;
alter table p drop column a;
select * from h;
create function f(h) returns int language sql as 'select (($1).ch).b';
select f(h) from h;
select pg_describe_object(classid, objid, objsubid), pg_describe_object(refclassid, refobjid, refobjsubid), deptype from pg_depend where refobjid in ('p'::regtype, 'ch'::regtype) and classid = 'pg_class'::regclass order by 1, 2;
drop table p cascade;
\d h
-- actions of a statement in their order
create table o(a int, b int default 1);
alter table o add constraint k check (c > 0), add column c int, alter column a type text, drop column b, add column b text;
\d o
alter table o alter column c set not null, alter column c set default 4, add primary key (c);
\d o
-- names of constraints
create table n(c int, check (c > 1));
alter table n add constraint foo check (c > 0);
alter table n add constraint foo unique (c);
alter table n add constraint n_c_key check (c > 2);
alter table n add unique (c);
\d n
-- what inherits
create table pp(a int, b int); create table pc() inherits (pp); create table pcc() inherits (pc);
alter table only pp add unique (b); alter table pp add primary key (a);
\d pcc
insert into pcc values (null, 1);
