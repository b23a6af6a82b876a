select 'a\nb', 'it''s', E'x\ty';
set standard_conforming_strings = off;
select 'a\nb', 'x\'y';
select 'c:\\dir';
select 'é' || 'a\x41\101\u00e9', E'x\ty', $$a\nb$$;
select 'one\n', 'two\'';
select U&'\0041';
select U&"a" from (select 1 as a) x;
select 'plain', 'cont'
 'inued\t!';
prepare p as select 'a\\b' || $1;
execute p('c\'d');
set escape_string_warning = off;
select 'a\nb', 'x\'y';
select 'unterminated\';
';
create table t(a text default 'x\ny' check (a <> 'no\'pe'));
\d t
insert into t default values; insert into t values ('q\\');
create view v as select 'w\\z' as w, a from t;

create function f() returns text language sql as 'select ''it\\\\s''::text';
show standard_conforming_strings;
reset standard_conforming_strings;
\d+ v
select * from t; select * from v; insert into t default values; select f();
select 'a\nb';
begin; set local standard_conforming_strings = off; select 'a\tb'; commit; select 'a\tb';
begin; set standard_conforming_strings = off; rollback; select 'a\tb';
