select 242::integer::bit(8), nullif(5,0)::bit(8), 1::bit(3), (-1)::bit(4), 300::bit(8), 45::bigint::bit(10), B'1111'::bit(4)::int, get_bit(242::bit(8), 7), 5::bit, (-5)::bigint::bit(70), (-5)::int::bit(40);
select a::bit(8), nullif(a,0)::bit(8), a::bigint::bit(8) from (values (242)) v(a);
create table t(a int, b bit(8), c bit, d varbit);
insert into t(b) values (242);
insert into t(b) values (242::bit(8));
insert into t(a) values (242);
select a::bit(8), cast(a as bit(3)), a::bit from t;
create view v as select a::bit(8) as x, a::bit as y, a::bigint::bit(3) as z from t;
\d+ v
create table u as select a::bit(8) as x, array[a]::bit(8)[] as y, a::bit(8)::varbit(5) as z from t;
\d u
select * from u;
create domain d as bit(6);
select 7::d, 7::bigint::bit(6)::d;
select '{1,2}'::int[]::bit(3)[];
