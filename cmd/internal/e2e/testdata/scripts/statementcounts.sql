select * from pg_stat_statements;
create schema stats; create extension pg_stat_statements schema stats; set search_path = public, stats;
\dx+ pg_stat_statements
\dp stats.*
\d stats.pg_stat_statements_info
drop view stats.pg_stat_statements;
create role counted; create role reader; grant usage on schema stats to public; grant pg_read_all_stats to reader;
set role counted; create extension tablefunc; select pg_stat_statements_reset(); reset role;
create table t(a int primary key, b text, n numeric(8,2));
select pg_stat_statements_reset() is not null;
select dealloc, stats_reset <= now() from pg_stat_statements_info;
set pg_stat_statements.track = 'some'; set pg_stat_statements.track_utility = 'x'; set pg_stat_statements.max = 10;
show pg_stat_statements.max; show pg_stat_statements.track; show pg_stat_statements.track_utility; show pg_stat_statements.track_planning;
select 1 as "one"; select   2 as "one" /* a comment */; select 'a' as "one"; select -1 as "one"; select null as "one", true;
select a from t where a in (1, 2, 3) and b like 'x%' order by 1 limit 5; select a from t where a in (7, 8, 9) and b like 'y%' order by 1 limit 1;
insert into t values (1, 'x', 1.5), (2, 'y', -2); update t set b = 'z' where a > 0; delete from t where a = 2;
select '1.25'::numeric(8,2), date '2020-01-01', interval '1 day', $q$text$q$, e'x\ty';
prepare p(int) as select $1 + 1, 'x' from t where a = $1 limit 3; execute p(1); execute p(2); deallocate p;
select 1 from nothing; select 1/0;
begin; savepoint s; rollback to s; commit;
copy t to stdout;
set pg_stat_statements.track_utility = off; create index on t(b); drop index t_b_idx;
set pg_stat_statements.track = 'none'; select 'not counted'; reset pg_stat_statements.track;
set role counted; select 'mine' as mine; select 5 as "one"; reset role;
select query, calls, rows from pg_stat_statements where query !~ 'pg_catalog' order by query collate "C", calls;
select count(distinct queryid), bool_and(toplevel), min(total_exec_time) >= 0, bool_and(min_exec_time <= max_exec_time and mean_exec_time <= max_exec_time), bool_and(userid in ('postgres'::regrole, 'counted'::regrole)),
  count(distinct dbid) from pg_stat_statements where query ~ '"one"';
set role counted; set search_path = public, stats; select query, queryid is null as hidden, calls from pg_stat_statements where userid = current_user::regrole order by 1; select count(*) > 5 from pg_stat_statements where query = '<insufficient privilege>' and queryid is null; reset role;
set role reader; select query from pg_stat_statements where query ~ 'mine' order by 1; reset role;
select pg_stat_statements_reset(0, 0, queryid) from pg_stat_statements where query ~ 'AS MINE|as mine';
select query from pg_stat_statements where query ~ 'mine'  order by 1;
select query is null from pg_stat_statements(false) limit 1;
create view uses as select query from pg_stat_statements;
drop extension pg_stat_statements;
drop extension pg_stat_statements cascade;
select * from stats.pg_stat_statements;
drop owned by counted, reader; drop role counted; drop role reader;
