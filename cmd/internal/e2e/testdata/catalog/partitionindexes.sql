-- Indexes and keys of partitioned tables.
-- indexing
create table idxpart (a int, b int, c text) partition by range (a);
create index idxpart_idx on idxpart (a);
select relhassubclass from pg_class where relname = 'idxpart_idx';
select indisvalid from pg_index where indexrelid = 'idxpart_idx'::regclass;
drop index idxpart_idx;
create table idxpart1 partition of idxpart for values from (0) to (10);
create table idxpart2 partition of idxpart for values from (10) to (100) partition by range (b);
create table idxpart21 partition of idxpart2 for values from (0) to (100);
create index idxpart_idx on only idxpart(a);
select indisvalid from pg_index where indexrelid = 'idxpart_idx'::regclass;
select relhassubclass from pg_class where relname = 'idxpart_idx';
create index on idxpart (a);
select relname, relkind, relhassubclass, inhparent::regclass from pg_class left join pg_index ix on (indexrelid = oid) left join pg_inherits on (ix.indexrelid = inhrelid) where relname like 'idxpart%' order by relname;
drop table idxpart;
create table idxpart (a int, b int, c text) partition by range (a);
create table idxpart1 partition of idxpart for values from (0) to (10);
create index concurrently on idxpart (a);
drop table idxpart;
create table idxpart (a int, b int, c text) partition by range (a);
create table idxpart1 partition of idxpart for values from (0) to (10);
create index idxparti on idxpart (a); create index idxparti2 on idxpart (b, c);
create table idxpart2 (like idxpart including indexes);
\d idxpart2
create table idxpartx (like idxpart);
\d idxpart
\d idxpart1
alter table idxpart attach partition idxpart2 for values from (10) to (20);
\d idxpart2
select indexrelid::regclass, indrelid::regclass, inhparent::regclass from pg_index idx left join pg_inherits inh on (idx.indexrelid = inh.inhrelid) where indexrelid::regclass::text like 'idxpart%' order by indexrelid::regclass::text collate "C";
drop table idxpart, idxpartx;
create table idxpart (a int, b int, c int) partition by list (a);
create table idxpart1 partition of idxpart for values in (1) partition by list (b);
create table idxpart11 partition of idxpart1 for values in (1);
create index on only idxpart1 (a); create index on only idxpart (a);
select relname, relkind, inhparent::regclass, indisvalid from pg_class left join pg_index ix on (indexrelid = oid) left join pg_inherits on (ix.indexrelid = inhrelid) where relname like 'idxpart%' order by relname;
alter index idxpart_a_idx attach partition idxpart1_a_idx;
select relname, relkind, inhparent::regclass, indisvalid from pg_class left join pg_index ix on (indexrelid = oid) left join pg_inherits on (ix.indexrelid = inhrelid) where relname like 'idxpart%' order by relname;
drop table idxpart;
create table idxpart (a int) partition by range (a);
create index on idxpart (a);
create table idxpart1 partition of idxpart for values from (0) to (10);
drop index idxpart1_a_idx;
drop index concurrently idxpart_a_idx;
drop index idxpart_a_idx;
select relname, relkind from pg_class where relname like 'idxpart%' order by relname;
create index on idxpart (a);
drop table idxpart1;
select relname, relkind from pg_class where relname like 'idxpart%' order by relname;
drop table idxpart;
create table idxpart (a int, b int, c int) partition by range(a);
create index on idxpart(c);
create table idxpart1 partition of idxpart for values from (0) to (250);
create table idxpart2 partition of idxpart for values from (250) to (500);
alter table idxpart detach partition idxpart2;
\d idxpart2
alter table idxpart2 drop column c;
\d idxpart2
drop table idxpart, idxpart2;
create table idxpart (a int) partition by range (a);
create index on idxpart ((a + 1));
create table idxpart1 (like idxpart); create index idxpart1_a_idx on idxpart1 (a); create index e1 on idxpart1 ((a + 1));
alter table idxpart attach partition idxpart1 for values from (0) to (1000);
\d idxpart1
drop table idxpart;
create table idxpart (a int, b int) partition by range (a);
create index on idxpart (a) where b > 1000;
create table idxpart1 partition of idxpart for values from (0) to (1000);
create index x1 on idxpart1 (a);
alter index idxpart_a_idx attach partition x1;
alter index idxpart_a_idx attach partition idxpart1_a_idx;
alter index x1 attach partition idxpart1_a_idx;
alter index idxpart attach partition x1;
alter index idxpart_a_idx attach partition idxpart1;
alter index idxpart_a_idx attach partition nonex;
create table oth (a int, b int); create index oi on oth (a) where b > 1000; alter index idxpart_a_idx attach partition oi;
drop table idxpart, oth;
create table idxpart (a int primary key, b int) partition by range (a);
\d idxpart
create table failpart partition of idxpart (b primary key) for values from (0) to (100);
drop table idxpart;
create table idxpart (a int) partition by range (a);
create table idxpart1pk partition of idxpart (a primary key) for values from (0) to (100);
\d idxpart1pk
drop table idxpart;
create table idxpart (a int unique, b int) partition by range (a, b);
create table idxpart (a int, b int unique) partition by range (a, b);
create table idxpart (a int primary key, b int) partition by range (b, a);
create table idxpart (a int, b int primary key) partition by range (b, a);
create table idxpart (a int, b int, primary key (a, b)) partition by range ((b + a));
create table idxpart (a int, b int, c text, primary key (a, b)) partition by range (a);
alter table idxpart add primary key (a);
create table idxpart1 (a int not null, b int not null, c text, primary key (a, b));
alter table idxpart attach partition idxpart1 for values from (0) to (1);
create table idxpart2 (a int, b int, c text);
alter table idxpart attach partition idxpart2 for values from (1) to (2);
alter table idxpart2 alter a set not null, alter b set not null; alter table idxpart attach partition idxpart2 for values from (1) to (2);
create table idxpart3 (a int not null, b int not null, c text, primary key (b, a));
alter table idxpart attach partition idxpart3 for values from (2) to (3);
alter table idxpart3 drop constraint idxpart3_pkey; create unique index i3 on idxpart3 (a, b); alter table idxpart attach partition idxpart3 for values from (2) to (3);
\d idxpart3
alter table idxpart1 drop constraint idxpart1_pkey;
alter table idxpart drop constraint idxpart_pkey;
\d idxpart1
drop table idxpart;
create table idxpart (a int, b int) partition by range (a);
create table idxpart1 partition of idxpart for values from (0) to (1000);
insert into idxpart1 values (1, null), (1, 2);
alter table idxpart add unique (a);
alter table idxpart add unique (a, b);
alter table idxpart add primary key (a, b);
alter table only idxpart add primary key (a);
delete from idxpart; alter table idxpart1 alter a set not null; alter table only idxpart add primary key (a);
\d idxpart
select indexrelid::regclass, indisvalid from pg_index where indrelid in ('idxpart'::regclass, 'idxpart1'::regclass) order by 1;
alter table idxpart1 add primary key (a);
alter index idxpart_pkey attach partition idxpart1_pkey;
select indexrelid::regclass, indisvalid from pg_index where indrelid in ('idxpart'::regclass, 'idxpart1'::regclass) order by 1;
insert into idxpart values (1, 1), (2, 2); insert into idxpart values (1, 3);
insert into idxpart values (1, 3) on conflict (a) do update set b = excluded.b returning *;
insert into idxpart values (1, 3) on conflict on constraint idxpart_pkey do nothing;
insert into idxpart values (1, 3) on conflict on constraint idxpart1_pkey do nothing;
insert into idxpart values (1, 9) on conflict (a) do update set a = 5000;
update idxpart set a = 2 where a = 1;
alter index idxpart_pkey rename to idxpart_pk;
alter table idxpart rename constraint idxpart_pk to pk2;
\d idxpart
comment on index pk2 is 'c'; comment on constraint pk2 on idxpart is 'd';
reindex table idxpart; reindex index pk2;
drop table idxpart;
-- parted conflicts
create table parted_conflict (a int, b text, c int) partition by list (a);
create table parted_conflict_1 (c int, a int, b text);
alter table parted_conflict attach partition parted_conflict_1 for values in (1);
create unique index on parted_conflict (a, b);
insert into parted_conflict values (1, 'x', 1), (1, 'x', 2) on conflict do nothing;
insert into parted_conflict values (1, 'x', 3) on conflict (a, b) do update set c = parted_conflict.c + excluded.c where parted_conflict.c < 100 returning *, parted_conflict.tableoid::regclass;
insert into parted_conflict values (1, 'x', 3), (1, 'x', 4) on conflict (a, b) do update set c = excluded.c;
insert into parted_conflict_1 values (9, 1, 'x') on conflict (a, b) do update set c = excluded.c returning *;
select * from parted_conflict;
