create table t(id int, name text, n numeric, v varchar(20), d date);
create index on t using gin (name gin_trgm_ops);
create index on t using bloom (id);
create index on t using gist (id);
create extension pg_trgm; create extension btree_gin; create extension btree_gist; create extension bloom; create extension unaccent;
create index ti1 on t using gin (name gin_trgm_ops, id);
create index ti2 on t using gist (name gist_trgm_ops, d);
create index ti3 on t using gist (id, n, v);
create index ti4 on t using bloom (id, name) with (length = 80, col1 = 2);
create index ti5 on t using bloom (n);
create index ti6 on t using bloom (id) with (length = 0);
\d t
select indexdef from pg_indexes where tablename = 't' order by 1;
select amname from pg_am where amtype = 'i' order by 1;
select opcname, amname, opcdefault from pg_opclass o join pg_am a on a.oid = opcmethod where opcname like '%trgm%' order by 1;
\dx pg_trgm
select similarity('word', 'two words'), word_similarity('word', 'two words'), strict_word_similarity('word', 'two words'), similarity('', 'a'), similarity('Ünï', 'unï');
select show_trgm('Hello, World 42'), show_trgm(''), show_trgm('naïve été');
select 'word' % 'two words', 'word'::text % 'sword', 'word' <% 'two words', 'two words'::text %> 'word', 'word' <<% 'two words'::text, 'two words'::varchar %>> 'word';
select 'word'::text <-> 'two words', 'word'::text <<-> 'two words', 'two words'::text <->> 'word', 'word'::text <<<-> 'two words', 'two words'::text <->>> 'word';
select show_limit(); select set_limit(0.8); select show_limit(), 'word'::text % 'words'; set pg_trgm.similarity_threshold = 0.1; select show_limit(), 'word'::text % 'two words';
select set_limit(2);
insert into t(id, name) values (1,'Mathews'),(2,'Mathew'),(3,'Matthew'),(4,'Bob');
select name, similarity(name, 'Matthews') s from t where name % 'Matthews' order by s desc, name;
select name from t order by name <-> 'Bobby' limit 1;
select unaccent('Hôtel Ærøskøbing Straße — “quote” Ⅻ ½'), unaccent('plain');
select unaccent(name) from t where unaccent(name) ilike unaccent('máth%') order by 1;
create view tv as select name from t where name % 'x';
\d+ tv
drop extension bloom;
drop view tv; drop index ti2;
drop extension pg_trgm;
drop index ti1;
drop extension pg_trgm, btree_gin, unaccent;
drop extension btree_gist cascade;
\d t
select 'a'::text % 'b';
