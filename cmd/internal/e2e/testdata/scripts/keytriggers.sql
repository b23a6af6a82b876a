create table pk(a int primary key); create table fk(a int constraint c references pk on delete cascade on update set null);
create table fk2(a int, constraint c2 foreign key (a) references pk deferrable initially deferred);
create table self(a int primary key, b int references self on delete restrict on update set default);
create function shown() returns table (rel text, name text, fn regproc, type int2, on_ char, other regclass, index_ regclass, con text, def boolean, ini boolean, internal boolean, parent boolean) language sql as $$
select tgrelid::regclass::text, regexp_replace(tgname, '\d+$', ''), tgfoid::regproc, tgtype, tgenabled, nullif(tgconstrrelid, 0)::regclass, nullif(tgconstrindid, 0)::regclass, conname, tgdeferrable, tginitdeferred, tgisinternal, tgparentid <> 0
from pg_trigger left join pg_constraint c on c.oid = tgconstraint where tgrelid::regclass::text in ('pk', 'fk', 'fk2', 'self', 'part', 'part1', 'c_t', 'c_p', 'c_p1')
order by 1, conname, tgfoid::int, 2 $$;
select * from shown();
select regexp_replace(pg_get_triggerdef(oid), '\d+"', 'N"') from pg_trigger where tgrelid in ('pk'::regclass, 'fk'::regclass, 'fk2'::regclass) order by 1;
alter table fk disable trigger all;
alter table pk disable trigger all;
select * from shown();
alter table fk enable trigger all; alter table pk enable trigger all;
create table part(a int references pk) partition by list (a); create table part1 partition of part for values in (1);
select * from shown() where rel like 'part%';
select trigger_name from information_schema.triggers;
drop table fk, fk2;
select * from shown();
create function n() returns trigger language plpgsql as $$begin raise notice '% on %', tg_name, tg_relid::regclass; return null; end$$;
-- constraint triggers that name another relation
create table c_t(a int); create table c_ref(a int); create table c_p(a int) partition by list (a); create table c_p1 partition of c_p for values in (1);
create constraint trigger ct after insert or update on c_t from c_ref deferrable initially deferred for each row execute function n();
create constraint trigger cp after insert on c_p from c_ref for each row execute function n();
create constraint trigger bad after insert on c_t from nowhere for each row execute function n();
select * from shown() where rel like 'c_%';
select pg_get_triggerdef(oid), pg_get_triggerdef(oid, true) from pg_trigger where tgrelid = 'c_t'::regclass;
begin; insert into c_t values (1); insert into c_p values (1); commit;
drop table c_ref;
select * from shown() where rel like 'c_%';
-- triggers of foreign keys are not for users
create trigger own after insert on c_t for each row execute function "RI_FKey_check_ins"();
insert into c_t values (2);
drop trigger own on c_t;
select "RI_FKey_check_ins"();
-- parts of a partitioned table's trigger
create trigger tg after insert on c_p for each row execute function n();
create or replace trigger tg after insert on c_p1 for each row execute function n();
create trigger st after insert on c_p execute function n();
alter table c_p disable trigger st;
alter table c_p disable trigger tg;
select tgrelid::regclass, tgname, tgenabled from pg_trigger where tgrelid in ('c_p'::regclass, 'c_p1'::regclass) order by 1, 2;
drop trigger tg on c_p;
create trigger tg after insert on c_p1 for each row execute function n();
create trigger tg after insert on c_p for each row execute function n();
create or replace trigger tg after insert on c_p for each row execute function n();
insert into c_p values (1);
create trigger tr after update on c_t referencing old table as o new table as n for each statement execute function n();
select trigger_name, action_reference_old_table, action_reference_new_table from information_schema.triggers where event_object_table = 'c_t' order by 1;
