create table cc(a int, b int); create index i1 on cc(a); create index i2 on cc(b);
drop index concurrently i1, i2;
drop index concurrently i1 cascade;
drop index concurrently if exists nonesuch;
begin; drop index concurrently i1; rollback;
begin; create index concurrently i3 on cc(a); rollback;
begin; reindex index concurrently i1; rollback;
create temp table tt(a int); create index concurrently on tt(a); create index tti on tt(a); drop index concurrently tti;
insert into cc values (1,1),(1,2);
create unique index concurrently u on cc(a);
select indisvalid, indisready, indislive from pg_index where indexrelid = 'u'::regclass;
insert into cc values (3, 3);
insert into cc values (3, 3);
\d cc
create unique index concurrently u on cc(b);
create unique index concurrently if not exists u on cc(b);
reindex index concurrently u;
\d cc
reindex table concurrently cc;
delete from cc where b=2;
reindex index u;
\d cc
alter table cc add unique using index u;
create table ref(a int references cc(a));
insert into ref values (1);
reindex table concurrently cc;
insert into ref values (2);
\d cc
\d ref
alter table cc replica identity using index u;
drop index concurrently cc_a_key;
drop index concurrently u;
drop index concurrently i1;
create index concurrently part on cc ((a + 1)) where b > 0;
create index concurrently on cc using hash (a);
comment on index part is 'a comment';
reindex index concurrently part;
reindex (concurrently) table cc;
\d+ cc
select obj_description('part'::regclass);
reindex system concurrently postgres;
reindex schema concurrently public;
create table pt(a int, b int) partition by list (a); create table pt1 partition of pt for values in (1);
create index concurrently on pt(b);
create index pti on pt(b);
drop index concurrently pti;
drop index concurrently pt1_b_idx;
reindex index concurrently pt1_b_idx;
\d pt1
drop table cc, ref, pt;
