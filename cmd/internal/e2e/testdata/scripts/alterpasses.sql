create table another (f1 int, f2 text, f3 text);
insert into another values (1, 'one', 'uno'), (2, 'two', 'due');
create index on another (f1); create index on another (f2);
alter table another alter f1 type text using f2 || ' and ' || f3 || ' more', alter f2 type bigint using f1 * 10, drop column f3;
select * from another order by f1;
select * from another where f1 = 'one and uno more' and f2 = 10;
\d another
alter table another alter f1 type int using 1, alter f1 type text;
alter table another alter f2 type boolean;
alter table another alter f2 type boolean using f1::text;
alter table another alter f2 set default 0;
alter table another alter f2 type boolean using f2 > 10;
alter table another alter f2 drop default, alter f2 type boolean using f2 > 10, alter f2 set default false;
select * from another order by f1;
\d another
create table pk (a int primary key, b int unique, c int generated always as identity); insert into pk values (1, 2), (2, 1);
create table fk (a int references pk (b)); insert into fk values (1);
alter table pk alter a type bigint using b, alter b type bigint using a + 10, alter c type bigint;
alter table pk alter a type bigint using b, alter c type bigint;
select * from pk order by a;
create table top (a int, b int); create table below (c int) inherits (top); insert into top values (1, 2); insert into below values (3, 4, 5);
alter table top alter a type text using b || 'x', alter b type text using a || 'y';
select tableoid::regclass, * from top order by 2;
alter table below alter a type int using 1, alter c type text;
\d below
alter table top alter a drop not null, add constraint c check (d > 0), add d int default 5, alter d set not null, add unique (d, a);
\d top
insert into top values ('x', 'y', -1);
alter table top drop column d, add column d text default 'new';
select * from top order by a;
