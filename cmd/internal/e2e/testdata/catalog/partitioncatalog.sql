-- What the catalog and psql say of inheritance and partitions.
create table p (a int not null, b text default 'x', check (a > 0));
create table c1 (c int) inherits (p);
create table c2 (b text default 'y', a int) inherits (p);
create table gc () inherits (c1, c2);
\d p
\d+ p
\d+ c1
\d gc
create table m (k int primary key, v text) partition by range (k);
create table m1 partition of m for values from (minvalue) to (10);
create table m2x partition of m for values from (10) to (20) partition by list (v);
create table m2 partition of m for values from (10) to (20) partition by range (k);
create table m2a partition of m2 for values from (12) to (13);
create table m2d partition of m2 default;
create table m3 (v text, k int not null);
alter table m attach partition m3 for values from (20) to (30);
create index mv on m (v);
create unique index mu on m (k, v);
drop index mu;
create table ref (x int references m(k), y int);
alter table m add constraint chk check (k < 1000);
\d m
\d+ m
\d+ m1
\d+ m2
\d+ m2a
\d m3
\d ref
\d mv
\d m1_v_idx
\d+ m_pkey
\dP
\dPi
\dPn
\d
\dt
\di
create table h (a int, b text) partition by hash (a, lower(b) collate "C" text_pattern_ops);
create table h0 partition of h for values with (modulus 3, remainder 0);
\d+ h
create table r (a int, b date, c numeric(10,2)) partition by range (a, b, (c + 1));
create table r1 partition of r for values from (1, '2020-01-01', minvalue) to (1, '2021-01-01', 5.5);
create table r2 partition of r for values from (-5, minvalue, minvalue) to (-1, '2021-01-01', maxvalue);
create table rd partition of r default;
\d+ r
\d+ r1
\d+ r2
\d+ rd
select relname, relkind, relispartition, relhassubclass, pg_get_expr(relpartbound, oid), pg_get_partkeydef(oid) from pg_class where relnamespace = 'public'::regnamespace order by 1;
select inhrelid::regclass, inhparent::regclass, inhseqno from pg_inherits order by 1,2;
select partrelid::regclass, partstrat, partnatts, partdefid::regclass, partattrs, pg_get_expr(partexprs, partrelid) from pg_partitioned_table order by 1;
select * from pg_partition_tree('m');
select * from pg_partition_tree('m_pkey');
select * from pg_partition_ancestors('m2a');
select pg_partition_root('m2a'), pg_partition_root('m1_v_idx'), pg_partition_root('p');
select attrelid::regclass, attname, attislocal, attinhcount from pg_attribute where attnum > 0 and attrelid in (select oid from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r','p')) order by 1, attnum;
create function tf() returns trigger language plpgsql as $$ begin return new; end $$;
create trigger t1 before insert on m for each row execute function tf();
create trigger t2 after insert on m execute function tf();
\d m
\d m1
select tgrelid::regclass, tgname, tgparentid <> 0, tgenabled from pg_trigger where not tgisinternal order by 1,2;
alter table m1 disable trigger t1;
\d m1
drop trigger t1 on m1;
alter table m detach partition m1;
\d m1
