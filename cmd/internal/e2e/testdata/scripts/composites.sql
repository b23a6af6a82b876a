create type ct as (a int, b text);
create table tct(id int primary key, x ct, y ct[]); insert into tct values (1, row(1,'x'), array[row(2,'y')::ct]);
alter type ct add attribute c int;
select * from tct;
insert into tct values (2, row(3,'z',4), null);
select (x).c, (y[1]).b from tct order by id;
alter type ct add attribute a int;
alter type ct drop attribute zz;
alter type ct drop attribute if exists zz;
alter type ct drop attribute b;
select * from tct order by id;
alter type ct alter attribute a type text;
alter type ct rename attribute a to q;
select (x).q from tct order by id;
alter type ct rename attribute zz to q;
alter type ct rename attribute q to c;
create type outer_ct as (i ct, s text);
create table oct(o outer_ct);
insert into oct values (row(row(1,2),'s'));
alter type ct add attribute z numeric(5,2), add attribute zz ct[];
alter type ct add attribute z numeric(5,2);
select * from oct;
update oct set o.i.z = 1.234;
select * from oct;
drop table tct, oct;
alter type ct alter attribute q set data type text;
alter type ct add attribute d int, drop attribute c, alter attribute q type int;
\d ct
create type en as enum ('x');
alter type nosuch add attribute a int;
alter type ct add attribute e anyelement;
alter type ct add attribute e nosuch;
create schema cs1 create view v as select * from t create table t(a int primary key, b int) create index ti on t(b) create table u(x serial primary key) create sequence sq grant select on t to public;
\d cs1.*
\dp cs1.*
create schema cs2 create table cs1.t2(a int);
create schema cs2 create table cs2.t2(a int) create view cs2.vv as select * from t2;
\d cs2.*
create role h_drv_o; create schema authorization h_drv_o create table t(a int);
\dt h_drv_o.*
create schema if not exists authorization h_drv_o;
create schema cs3 create table t(a int) create index on t(zz);
\dn cs*
show search_path;
set client_min_messages = warning;
drop schema cs1, h_drv_o cascade; drop role h_drv_o;
