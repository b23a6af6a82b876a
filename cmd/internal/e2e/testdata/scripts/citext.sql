select 'a'::citext;
create extension citext;
\dx citext
\dT citext
select 'A'::citext = 'a', 'A'::citext = 'a'::text, 'A'::citext = 'a'::citext, 'A'::citext <> 'a', 'A'::citext < 'b', 'B'::citext > 'a', 'a'::citext = 'A'::varchar, 'É'::citext = 'é';
select 'A'::citext like 'a%', 'A'::citext like 'a%'::text, 'A'::citext ~ 'a', 'A'::citext !~ '^a', 'A'::citext ilike 'A', 'A'::citext not like 'a', 'a'::citext similar to 'A';
create table users (id serial primary key, email citext unique not null, nick citext default 'Nobody');
\d users
insert into users(email) values ('Bob@Example.com'), ('alice@x.org');
insert into users(email) values ('BOB@example.COM');
insert into users(email) values ('BOB@example.COM') on conflict (email) do update set nick = excluded.email returning id, email, nick;
select * from users where email = 'bob@EXAMPLE.com';
select * from users where email = 'bob@EXAMPLE.com'::text;
select email from users order by email;
select email from users where email in ('ALICE@x.org', 'zz');
select email from users where email = any('{ALICE@x.org}'::citext[]);
update users set email = 'ALICE@X.ORG' where email = 'alice@x.org' returning email;
create table t(c citext, n int);
insert into t values ('a',1),('A',2),('b',3),('B',4),('C',5),(null,6);
select lower(c::text), count(*), sum(n) from t group by c, lower(c::text) order by 1;
select count(distinct c) from t;
select min(c), max(c), min(c)::text, pg_typeof(max(c)) from t;
select distinct on (c) c, n from t order by c, n;
select a.n, b.n from t a join t b on a.c = b.c where a.n < b.n order by 1;
select c from t where c between 'B' and 'c' order by c, n;
select upper(c), length(c), c || 'x', pg_typeof(c || 'x'), substr(c, 1, 1), concat(c, 'y') from t where n = 1;
select c::text, c::varchar(1), c::char(3), c::name from t where n = 5;
select 'x'::text::citext, 'x  '::char(3)::citext, true::citext, '1.2.3.4'::inet::citext, 1::citext;
select regexp_match('aBcD'::citext, '(b)(C)'::citext), regexp_match('aBcD'::citext, '(b)'::citext, 'c'), regexp_replace('aBcD'::citext, 'b'::citext, 'x'), regexp_split_to_array('aXbxc'::citext, 'x'::citext), strpos('aBc'::citext,'b'::citext), replace('aBab'::citext,'AB'::citext,'-'::citext), split_part('aXbxc'::citext,'x'::citext,2), translate('abcABC'::citext,'B'::citext,'x');
select regexp_matches('aBab'::citext, 'B'::citext, 'g'), regexp_split_to_table('aXb'::citext, 'x'::citext);
select citext_cmp('a','B'), citext_larger('a','B'), citext_smaller('A','a'), 'a'::citext ~<~ 'B'::citext;
create index on t(c); create index on t(lower(c));
\d t
select case when 'A'::citext = 'a' then 1 end, coalesce(null::citext, 'Z'), nullif('A'::citext, 'a'), greatest('a'::citext,'B');
select array['A','b']::citext[] @> '{a}'::citext[], 'a'::citext = any(array['A','b']::citext[]), array_position('{A,b}'::citext[], 'a');
select row('A'::citext) = row('a'::citext);
select c, row_number() over (partition by c order by n) from t order by n;
select c from t where n < 3 union select c from t where n < 2;
create domain email as citext check (value ~ '@');
select 'A@B'::email = 'a@b', 'nope'::email;
create table child(e citext references users(email) on update cascade);
insert into child values ('bob@example.com');
insert into child values ('nobody');
update users set email = 'bob@EXAMPLE.net' where id = 1;
select * from child;
select data_type, udt_name from information_schema.columns where table_name='users' and column_name='email';
select typcategory, typispreferred, typlen from pg_type where typname='citext';
alter table t alter column c type text;
alter table t alter column c type citext;
prepare p as select count(*) from t where c = $1;
execute p('B');
select to_json('A'::citext), to_jsonb('A'::citext), format('%s %L', 'A'::citext, 'B'::citext);
drop table child, users;
drop domain email;
drop extension citext;
drop extension citext cascade;
\d t
