DROP TABLE IF EXISTS cust, prod, ord, child, doc, emp, arr, part, logs, msg CASCADE;
DROP TYPE IF EXISTS mood CASCADE;
CREATE TABLE cust (id int PRIMARY KEY, name text, nation int, email text);
INSERT INTO cust SELECT i, 'customer ' || i, i * 7 % 25, 'user' || i || '@example.com' FROM generate_series(1, 20000) i;
CREATE TABLE prod (id int PRIMARY KEY, name text, price numeric(10,2));
INSERT INTO prod SELECT i, 'product ' || i, i % 1000 / 7.0 FROM generate_series(1, 2000) i;
CREATE TABLE ord (id int PRIMARY KEY, cust int NOT NULL, prod int NOT NULL, qty int, amount numeric(12,2), price float8, at timestamptz, note text);
INSERT INTO ord SELECT i, (i * 7919::bigint) % 20000 + 1, (i * 104729::bigint) % 2000 + 1, i % 50, (i % 10000) / 7.0, (i * 7919::bigint % 10007) / 100.0, '2024-01-01'::timestamptz + i * interval '1 minute', 'note number ' || i FROM generate_series(1, 200000) i;
CREATE INDEX ord_cust ON ord (cust);
CREATE INDEX ord_at ON ord (at);
CREATE TABLE doc (id int PRIMARY KEY, d jsonb, tags text[], nums int[]);
INSERT INTO doc SELECT i, jsonb_build_object('id', i, 'name', 'n' || i, 'tags', jsonb_build_array('t' || i % 10, 't' || i % 7), 'price', i % 100 * 1.5, 'nested', jsonb_build_object('a', i % 13, 'b', 'x' || i % 31)), ARRAY['t' || i % 10, 't' || i % 7], ARRAY[i % 10, i % 7, i] FROM generate_series(1, 50000) i;
CREATE TABLE emp (id int PRIMARY KEY, boss int, name text, salary int);
INSERT INTO emp SELECT i, NULLIF(i / 8, 0), 'e' || i, i * 7919 % 10007 FROM generate_series(1, 50000) i;
CREATE INDEX emp_boss ON emp (boss);
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy', 'elated');
CREATE TABLE msg (id int PRIMARY KEY, body text, m mood, tsv tsvector);
INSERT INTO msg SELECT i, 'The quick brown fox ' || i || ' jumps over the lazy dog number ' || i % 100 || ' and word' || i % 1000, (ARRAY['sad','ok','happy','elated']::mood[])[i % 4 + 1], to_tsvector('english', 'The quick brown fox ' || i || ' jumps over the lazy dog number ' || i % 100 || ' and word' || i % 1000) FROM generate_series(1, 50000) i;
CREATE INDEX msg_tsv ON msg USING gin (tsv);
CREATE TABLE part (id int, k int, v text) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (50000);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (50000) TO (100000);
CREATE TABLE part3 PARTITION OF part FOR VALUES FROM (100000) TO (200000);
INSERT INTO part SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 150000) i;
CREATE OR REPLACE VIEW v1 AS SELECT o.*, c.name AS cname, c.nation FROM ord o JOIN cust c ON c.id = o.cust;
CREATE OR REPLACE VIEW v2 AS SELECT v1.*, p.name AS pname FROM v1 JOIN prod p ON p.id = v1.prod;
CREATE OR REPLACE VIEW v3 AS SELECT nation, pname, sum(amount) AS total FROM v2 GROUP BY nation, pname;
DROP MATERIALIZED VIEW IF EXISTS mv;
CREATE MATERIALIZED VIEW mv AS SELECT cust, count(*) AS n, sum(amount) AS total FROM ord GROUP BY cust;
CREATE UNIQUE INDEX mv_cust ON mv (cust);
CREATE OR REPLACE FUNCTION f_add(a int, b int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN a + b; END $$;
CREATE OR REPLACE FUNCTION f_class(a int) RETURNS text LANGUAGE plpgsql AS $$ DECLARE r text; BEGIN IF a < 10 THEN r := 'low'; ELSIF a < 30 THEN r := 'mid'; ELSE r := 'high'; END IF; RETURN r; END $$;
CREATE OR REPLACE FUNCTION f_sql(a int) RETURNS int LANGUAGE sql AS $$ SELECT a * 2 + 1 $$;
CREATE OR REPLACE FUNCTION f_look(a int) RETURNS text LANGUAGE plpgsql STABLE AS $$ DECLARE r text; BEGIN SELECT name INTO r FROM cust WHERE id = a; RETURN r; END $$;
CREATE OR REPLACE FUNCTION f_trg() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.v := upper(NEW.v); RETURN NEW; END $$;
CREATE OR REPLACE FUNCTION f_audit() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO audit VALUES (TG_OP, COALESCE(NEW.id, OLD.id), now()); RETURN NULL; END $$;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
DROP TABLE IF EXISTS ginned, ginmade;
CREATE TABLE ginned (id int PRIMARY KEY, d jsonb, tags int[], body text, v tsvector);
INSERT INTO ginned SELECT i, jsonb_build_object('a', i % 5000, 'name', 'n' || i % 9000, 'tags', jsonb_build_array('t' || i % 300, i % 7), 'in', jsonb_build_object('deep', i)), ARRAY[i % 2000, i % 77, 5000 + i % 3], 'text ' || md5(i::text) || ' number ' || i % 100, to_tsvector('simple', 'word' || i % 3000 || ' other' || i % 50 || ' all') FROM generate_series(1, 200000) i;
CREATE INDEX ginned_d ON ginned USING gin (d);
CREATE INDEX ginned_tags ON ginned USING gin (tags);
CREATE INDEX ginned_v ON ginned USING gin (v);
CREATE INDEX ginned_body ON ginned USING gin (body gin_trgm_ops) WHERE id <= 100000;
CREATE TABLE ginmade AS SELECT id, d, body FROM ginned WHERE id <= 100000;
CREATE TABLE IF NOT EXISTS audit (op text, id int, at timestamptz);
ANALYZE;

## delete all 200k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 200000) i
--
DELETE FROM t
## delete tenth of 500k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 500000) i
--
DELETE FROM t WHERE id % 10 = 1
## delete with two indexes 100k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i; CREATE INDEX ON t (k); CREATE INDEX ON t (v)
--
DELETE FROM t WHERE id > 1000
## delete no key 200k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 200000) i
--
DELETE FROM t WHERE id % 2 = 0
## delete cascade 20k -> 100k
DROP TABLE IF EXISTS t2, t; CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'value ' || i FROM generate_series(1, 20000) i; CREATE TABLE t2 (id int PRIMARY KEY, t int REFERENCES t ON DELETE CASCADE); INSERT INTO t2 SELECT i, i % 20000 + 1 FROM generate_series(1, 100000) i; CREATE INDEX ON t2 (t); ANALYZE t; ANALYZE t2
--
DELETE FROM t WHERE id % 2 = 0
## delete referenced restrict 50k
DROP TABLE IF EXISTS t2, t; CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'value ' || i FROM generate_series(1, 50000) i; CREATE TABLE t2 (id int PRIMARY KEY, t int REFERENCES t); INSERT INTO t2 SELECT i, i FROM generate_series(1, 1000) i; CREATE INDEX ON t2 (t); ANALYZE t; ANALYZE t2
--
DELETE FROM t WHERE id > 1000
## delete using join
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
DELETE FROM t USING cust c WHERE c.id = t.cust AND c.nation < 5
## truncate 100k
DROP TABLE IF EXISTS t2, t; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i
--
TRUNCATE t
## update all 100k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i
--
UPDATE t SET k = k + 1
## update indexed column 100k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i; CREATE INDEX ON t (k)
--
UPDATE t SET k = k + 1
## update from join
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
UPDATE t SET note = c.name FROM cust c WHERE c.id = t.cust AND c.nation < 10
## update from correlated
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM cust
--
UPDATE t SET nation = (SELECT count(*) FROM ord WHERE ord.cust = t.id)
## update case returning
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord WHERE id <= 100000
--
UPDATE t SET qty = CASE WHEN qty > 25 THEN 1 ELSE 2 END WHERE id % 3 = 0 RETURNING id
## upsert 50k half conflict
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 50000) i
--
INSERT INTO t SELECT i, i, 'new ' || i FROM generate_series(25001, 75000) i ON CONFLICT (id) DO UPDATE SET k = EXCLUDED.k, v = EXCLUDED.v
## upsert do nothing
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 50000) i
--
INSERT INTO t SELECT i, i, 'new ' || i FROM generate_series(25001, 75000) i ON CONFLICT DO NOTHING
## insert select 2 indexes 100k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); CREATE INDEX ON t (k); CREATE INDEX ON t (v)
--
INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i
## insert select from table
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (LIKE ord)
--
INSERT INTO t SELECT * FROM ord
## insert generated column
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, a int, b int GENERATED ALWAYS AS (a * 2) STORED, c text GENERATED ALWAYS AS ('x' || a::text || 'y') STORED)
--
INSERT INTO t SELECT i, i % 1000 FROM generate_series(1, 100000) i
## insert serial defaults
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id serial PRIMARY KEY, a int, at timestamptz DEFAULT now(), u uuid DEFAULT gen_random_uuid())
--
INSERT INTO t (a) SELECT i FROM generate_series(1, 100000) i
## insert with before trigger
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f_trg()
--
INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 30000) i
## update with audit trigger
DROP TABLE IF EXISTS t CASCADE; TRUNCATE audit; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 20000) i; CREATE TRIGGER tr AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION f_audit()
--
UPDATE t SET k = 1
## insert with fk
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, c int REFERENCES cust)
--
INSERT INTO t SELECT i, i % 20000 + 1 FROM generate_series(1, 100000) i
## insert into partitions
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int, k int, v text) PARTITION BY RANGE (id); CREATE TABLE ta PARTITION OF t FOR VALUES FROM (0) TO (30000); CREATE TABLE tb PARTITION OF t FOR VALUES FROM (30000) TO (200000)
--
INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i
## update partitioned
UPDATE part SET k = k + 1 WHERE id % 10 = 0
## insert with check
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int CHECK (k >= 0), v text CHECK (length(v) < 100) NOT NULL)
--
INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 100000) i
## merge
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, k int, v text); INSERT INTO t SELECT i, i % 1000, 'value ' || i FROM generate_series(1, 50000) i
--
MERGE INTO t USING (SELECT i AS id, i AS k FROM generate_series(25001, 75000) i) s ON s.id = t.id WHEN MATCHED THEN UPDATE SET k = s.k WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.k, 'x')
## create index int 200k
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON ord (prod)
## create index text 200k
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON ord (note)
## create index two columns
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON ord (cust, at DESC)
## create index expr
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON ord (lower(note))
## create index partial
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON ord (cust) WHERE qty > 45
## create index gin jsonb
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON doc USING gin (d)
## create index gin array
DROP INDEX IF EXISTS ix
--
CREATE INDEX ix ON doc USING gin (tags)
## add check
ALTER TABLE ord DROP CONSTRAINT IF EXISTS ck
--
ALTER TABLE ord ADD CONSTRAINT ck CHECK (qty >= 0)
## set not null
ALTER TABLE ord ALTER qty DROP NOT NULL
--
ALTER TABLE ord ALTER qty SET NOT NULL
## add foreign key
ALTER TABLE ord DROP CONSTRAINT IF EXISTS fk
--
ALTER TABLE ord ADD CONSTRAINT fk FOREIGN KEY (cust) REFERENCES cust
## add unique
ALTER TABLE cust DROP CONSTRAINT IF EXISTS uq
--
ALTER TABLE cust ADD CONSTRAINT uq UNIQUE (email)
## alter type
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
ALTER TABLE t ALTER qty TYPE bigint
## alter type text
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
ALTER TABLE t ALTER qty TYPE text USING qty::text
## add column volatile default
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
ALTER TABLE t ADD COLUMN r float8 DEFAULT random()
## add primary key
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
ALTER TABLE t ADD PRIMARY KEY (id)
## analyze ord
ANALYZE ord
## create table as
DROP TABLE IF EXISTS t CASCADE
--
CREATE TABLE t AS SELECT * FROM ord
## create table as group
DROP TABLE IF EXISTS t CASCADE
--
CREATE TABLE t AS SELECT cust, sum(amount) FROM ord GROUP BY cust
## refresh matview
REFRESH MATERIALIZED VIEW mv
## refresh matview concurrently
REFRESH MATERIALIZED VIEW CONCURRENTLY mv
## lateral limit
SELECT count(x.id) FROM cust c, LATERAL (SELECT id, amount FROM ord o WHERE o.cust = c.id ORDER BY amount DESC LIMIT 3) x
## lateral limit by index order
SELECT count(x.id) FROM cust c, LATERAL (SELECT id FROM ord o WHERE o.cust = c.id ORDER BY o.at DESC LIMIT 1) x WHERE c.id <= 2000
## left join lateral agg
SELECT count(*), sum(n) FROM cust c LEFT JOIN LATERAL (SELECT count(*) AS n, max(amount) AS m FROM ord o WHERE o.cust = c.id) x ON true
## lateral values
SELECT sum(v) FROM ord, LATERAL (VALUES (qty), (id), (cust)) AS x(v)
## lateral generate_series
SELECT sum(g) FROM cust, LATERAL generate_series(1, nation) g
## lateral unnest
SELECT t, count(*) FROM doc, unnest(tags) t GROUP BY t
## lateral jsonb_array_elements
SELECT e, count(*) FROM doc, jsonb_array_elements_text(d->'tags') e GROUP BY e
## plpgsql call per row
SELECT sum(f_add(id, qty)) FROM ord
## plpgsql if per row
SELECT f_class(qty), count(*) FROM ord GROUP BY 1
## plpgsql lookup per row
SELECT count(f_look(cust)) FROM ord WHERE id <= 50000
## sql function per row
SELECT sum(f_sql(qty)) FROM ord
## plpgsql loop
DO $$ DECLARE s bigint := 0; BEGIN FOR i IN 1..300000 LOOP s := s + i % 7; END LOOP; END $$
## plpgsql while if
DO $$ DECLARE s bigint := 0; i int := 0; BEGIN WHILE i < 200000 LOOP i := i + 1; IF i % 2 = 0 THEN s := s + i; ELSE s := s - 1; END IF; END LOOP; END $$
## plpgsql text grow
DO $$ DECLARE s text := ''; BEGIN FOR i IN 1..50000 LOOP s := s || 'x'; END LOOP; END $$
## plpgsql array append
DO $$ DECLARE a int[] := '{}'; BEGIN FOR i IN 1..10000 LOOP a := a || i; END LOOP; END $$
## plpgsql array elements
DO $$ DECLARE a int[]; s int := 0; BEGIN a := array_fill(1, ARRAY[1000]); FOR i IN 1..100000 LOOP a[i % 1000 + 1] := i; s := s + a[(i * 7) % 1000 + 1] % 10; END LOOP; END $$
## plpgsql for query
DO $$ DECLARE r record; s bigint := 0; BEGIN FOR r IN SELECT id, qty FROM ord LOOP s := s + r.qty; END LOOP; END $$
## plpgsql inserts
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int PRIMARY KEY, v text)
--
DO $$ BEGIN FOR i IN 1..30000 LOOP INSERT INTO t VALUES (i, 'v' || i); END LOOP; END $$
## plpgsql select into
DO $$ DECLARE n text; BEGIN FOR i IN 1..30000 LOOP SELECT name INTO n FROM cust WHERE id = i % 20000; END LOOP; END $$
## plpgsql updates
DO $$ BEGIN FOR i IN 1..10000 LOOP UPDATE emp SET salary = salary + 1 WHERE id = i; END LOOP; END $$
## plpgsql execute
DO $$ DECLARE n text; BEGIN FOR i IN 1..10000 LOOP EXECUTE 'SELECT name FROM cust WHERE id = $1' INTO n USING i; END LOOP; END $$
## plpgsql exception
DO $$ DECLARE n int; BEGIN FOR i IN 1..20000 LOOP BEGIN n := 1 / (i % 2); EXCEPTION WHEN division_by_zero THEN n := 0; END; END LOOP; END $$
## any array subquery
SELECT count(*) FROM ord WHERE cust = ANY (ARRAY(SELECT id FROM cust WHERE nation < 3))
## any array literal
SELECT count(*) FROM ord WHERE prod = ANY ('{1,5,7,100,200,300,400,500,600,700,800,900,1000}'::int[])
## in list
SELECT count(*) FROM ord WHERE qty IN (1,3,5,7,9,11,13)
## in subquery
SELECT count(*) FROM ord WHERE cust IN (SELECT id FROM cust WHERE nation < 3)
## not in subquery
SELECT count(*) FROM ord WHERE cust NOT IN (SELECT id FROM cust WHERE nation < 3)
## not exists
SELECT count(*) FROM cust c WHERE NOT EXISTS (SELECT 1 FROM ord o WHERE o.cust = c.id AND o.qty > 45)
## exists correlated
SELECT count(*) FROM cust c WHERE EXISTS (SELECT 1 FROM ord o WHERE o.cust = c.id AND o.qty > 45)
## correlated scalar select list
SELECT sum(n) FROM (SELECT (SELECT count(*) FROM ord o WHERE o.cust = c.id) AS n FROM cust c OFFSET 0) x
## correlated avg where
SELECT count(*) FROM ord o WHERE amount > (SELECT avg(amount) FROM ord i WHERE i.cust = o.cust) AND id <= 20000
## percentile_cont group
SELECT prod, percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM ord GROUP BY prod
## percentile_cont whole
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY price) FROM ord
## percentile_disc
SELECT percentile_disc(ARRAY[0.25,0.5,0.75]) WITHIN GROUP (ORDER BY qty) FROM ord
## mode
SELECT mode() WITHIN GROUP (ORDER BY qty) FROM ord
## mode group
SELECT prod, mode() WITHIN GROUP (ORDER BY qty) FROM ord GROUP BY prod
## format
SELECT count(format('%s-%s: %I %L', id, qty, 'a', note)) FROM ord
## jsonb access
SELECT count(*) FROM doc WHERE d->>'name' = 'n77'
## jsonb cast sum
SELECT sum((d->>'price')::numeric) FROM doc
## jsonb path nested
SELECT d->'nested'->>'b', count(*) FROM doc GROUP BY 1
## jsonb contains
SELECT count(*) FROM doc WHERE d @> '{"nested": {"a": 5}}'
## jsonb build
SELECT count(jsonb_build_object('a', id, 'b', note, 'c', qty)) FROM ord
## jsonb_agg
SELECT count(x) FROM (SELECT jsonb_agg(jsonb_build_object('id', id, 'n', note)) AS x FROM ord GROUP BY prod) y
## to_jsonb row
SELECT sum(length(to_jsonb(o)::text)) FROM ord o WHERE id <= 50000
## row_to_json
SELECT sum(length(row_to_json(o)::text)) FROM ord o WHERE id <= 50000
## json_agg
SELECT length(json_agg(o)::text) FROM ord o WHERE id <= 50000
## jsonb_set
SELECT count(jsonb_set(d, '{nested,a}', '5')) FROM doc
## jsonb concat
SELECT count(d || '{"x": 1}') FROM doc
## jsonb out
SELECT d FROM doc
## jsonb each
SELECT key, count(*) FROM doc, jsonb_each(d) GROUP BY key
## jsonb path query
SELECT count(*) FROM doc WHERE d @@ '$.nested.a > 5'
## jsonb ? key
SELECT count(*) FROM doc WHERE d ? 'price'
## jsonb update
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM doc
--
UPDATE t SET d = jsonb_set(d, '{price}', '7')
## jsonb parse
SELECT count(s::jsonb) FROM (SELECT d::text AS s FROM doc OFFSET 0) x
## array contains
SELECT count(*) FROM doc WHERE tags @> ARRAY['t3']
## array any column
SELECT count(*) FROM doc WHERE 't3' = ANY (tags)
## array overlap
SELECT count(*) FROM doc WHERE nums && ARRAY[3, 4]
## array element
SELECT sum(nums[3]) FROM doc
## array length
SELECT sum(array_length(nums, 1)), sum(cardinality(tags)) FROM doc
## array_agg
SELECT count(a) FROM (SELECT array_agg(id ORDER BY qty) a FROM ord GROUP BY cust) x
## array_agg plain
SELECT sum(cardinality(a)) FROM (SELECT array_agg(id) a FROM ord GROUP BY cust) x
## array_to_string
SELECT count(array_to_string(nums, ',')) FROM doc
## array out
SELECT nums FROM doc
## array concat
SELECT count(nums || 5) FROM doc
## unnest agg
SELECT u, count(*) FROM (SELECT unnest(nums) u FROM doc) x GROUP BY u ORDER BY 2 DESC LIMIT 5
## string_agg
SELECT count(s) FROM (SELECT string_agg(note, ', ') s FROM ord GROUP BY prod) x
## string_agg order
SELECT count(s) FROM (SELECT string_agg(note, ', ' ORDER BY at) s FROM ord GROUP BY prod) x
## group several aggregates
SELECT prod, count(*), sum(qty), avg(amount), min(price), max(price), stddev(price) FROM ord GROUP BY prod
## group date_trunc
SELECT date_trunc('day', at), count(*), sum(amount) FROM ord GROUP BY 1 ORDER BY 1
## group extract
SELECT extract(dow FROM at), extract(hour FROM at), count(*) FROM ord GROUP BY 1, 2
## group to_char
SELECT to_char(at, 'YYYY-MM-DD'), count(*) FROM ord GROUP BY 1
## group text
SELECT substr(note, 1, 14), count(*) FROM ord GROUP BY 1
## group rollup
SELECT qty, prod % 10, sum(amount) FROM ord GROUP BY ROLLUP (1, 2)
## grouping sets
SELECT qty, prod % 10, count(*) FROM ord GROUP BY GROUPING SETS ((1), (2), ())
## cube
SELECT qty, prod % 10, cust % 5, count(*) FROM ord GROUP BY CUBE (1, 2, 3)
## group having
SELECT cust, count(*) FROM ord GROUP BY cust HAVING count(*) > 10
## filter aggregates
SELECT count(*) FILTER (WHERE qty < 10), count(*) FILTER (WHERE qty >= 10), sum(amount) FILTER (WHERE prod < 100) FROM ord
## sum case
SELECT sum(CASE WHEN qty < 10 THEN amount ELSE 0 END), sum(CASE WHEN qty > 40 THEN 1 END) FROM ord
## count distinct
SELECT count(DISTINCT cust) FROM ord
## count distinct group
SELECT prod, count(DISTINCT cust) FROM ord GROUP BY prod
## distinct
SELECT DISTINCT cust, qty FROM ord
## distinct text
SELECT count(*) FROM (SELECT DISTINCT note FROM ord) x
## distinct on
SELECT DISTINCT ON (cust) cust, id, at FROM ord ORDER BY cust, at DESC
## min max
SELECT min(at), max(at), min(note), max(note) FROM ord
## bool_and etc
SELECT bool_and(qty > 0), bool_or(qty > 48), bit_or(qty), every(id > 0) FROM ord
## variance corr
SELECT variance(price), corr(price, qty), regr_slope(price, qty), covar_pop(price, qty) FROM ord
## numeric arithmetic
SELECT sum(amount * qty * 1.19), sum(round(amount / 3, 2)) FROM ord
## numeric division
SELECT sum(amount / 7), avg(amount * amount) FROM ord
## float math
SELECT sum(sqrt(price) * sin(price) + ln(price + 1)) FROM ord
## upper lower
SELECT count(upper(note)), count(lower(note)), count(initcap(note)) FROM ord
## substr position
SELECT sum(position('7' IN note)), sum(length(substr(note, 3, 5))), sum(strpos(note, '99')) FROM ord
## replace concat
SELECT count(replace(note, 'note', 'N')), count(note || ' ' || qty), count(concat(note, id, qty)) FROM ord
## split_part
SELECT count(DISTINCT split_part(email, '@', 1)) FROM cust
## lpad trim
SELECT count(lpad(id::text, 10, '0')), count(trim(note)), count(reverse(note)), count(left(note, 4)) FROM ord
## md5
SELECT count(md5(note)) FROM ord
## md5 group
SELECT left(md5(note), 2), count(*) FROM ord GROUP BY 1
## regexp_replace
SELECT count(regexp_replace(note, '[0-9]+', '#', 'g')) FROM ord
## regexp match
SELECT count(*) FROM ord WHERE note ~ '9{3}$'
## regexp match icase
SELECT count(*) FROM ord WHERE note ~* 'NUMBER 1.*7'
## regexp_matches
SELECT count(*) FROM ord, regexp_matches(note, '(\d)(\d)$')
## regexp_split
SELECT count(*) FROM (SELECT regexp_split_to_table(note, '\s+') FROM ord WHERE id <= 50000) x
## string_to_array
SELECT sum(cardinality(string_to_array(note, ' '))) FROM ord
## like prefix
SELECT count(*) FROM ord WHERE note LIKE 'note number 12%'
## like infix
SELECT count(*) FROM ord WHERE note LIKE '%777%'
## ilike
SELECT count(*) FROM ord WHERE note ILIKE '%NUMBER 77%'
## similar to
SELECT count(*) FROM ord WHERE note SIMILAR TO '%(11|22)'
## cast int text int
SELECT sum((id::text || '1')::bigint) FROM ord
## cast date
SELECT count(DISTINCT at::date) FROM ord
## to_timestamp
SELECT count(to_timestamp(id)) , count(to_date('2024-01-' || (id % 28 + 1), 'YYYY-MM-DD')) FROM ord
## interval math
SELECT max(at + qty * interval '1 day'), max(age(at, '2020-01-01')) FROM ord
## date range
SELECT count(*) FROM ord WHERE at >= '2024-02-01' AND at < '2024-03-01' AND qty > 10
## between
SELECT count(*) FROM ord WHERE price BETWEEN 20 AND 30 AND amount < 100
## coalesce nullif
SELECT count(NULLIF(qty, 5)), sum(COALESCE(NULLIF(qty, 3), 0)), max(GREATEST(qty, prod)) FROM ord
## recursive tree
WITH RECURSIVE t AS (SELECT id, 1 AS d FROM emp WHERE boss IS NULL UNION ALL SELECT e.id, t.d + 1 FROM emp e JOIN t ON e.boss = t.id) SELECT d, count(*) FROM t GROUP BY d
## recursive series
WITH RECURSIVE t(n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 100000) SELECT sum(n) FROM t
## recursive union distinct
WITH RECURSIVE t(n) AS (VALUES (1) UNION SELECT (n * 7 + 1) % 50000 FROM t) SELECT count(*) FROM t
## recursive path
WITH RECURSIVE t AS (SELECT id, ARRAY[id] AS p FROM emp WHERE boss IS NULL UNION ALL SELECT e.id, t.p || e.id FROM emp e JOIN t ON e.boss = t.id) SELECT max(cardinality(p)) FROM t
## cte reused
WITH x AS MATERIALIZED (SELECT cust, sum(amount) s FROM ord GROUP BY cust) SELECT count(*) FROM x a JOIN x b ON a.cust = b.cust + 1 WHERE a.s > b.s
## union
SELECT cust FROM ord UNION SELECT id FROM cust
## union all
SELECT count(*) FROM (SELECT id, qty FROM ord UNION ALL SELECT id, nation FROM cust) x WHERE qty > 10
## intersect
SELECT count(*) FROM (SELECT cust FROM ord INTERSECT SELECT id FROM cust WHERE nation < 5) x
## except
SELECT count(*) FROM (SELECT id FROM ord EXCEPT SELECT id FROM cust) x
## join two
SELECT c.nation, sum(o.amount) FROM ord o JOIN cust c ON c.id = o.cust GROUP BY c.nation
## join three
SELECT c.nation, p.name, count(*) FROM ord o JOIN cust c ON c.id = o.cust JOIN prod p ON p.id = o.prod GROUP BY 1, 2
## left join null
SELECT count(*) FROM cust c LEFT JOIN ord o ON o.cust = c.id AND o.qty = 49 WHERE o.id IS NULL
## full join
SELECT count(*) FROM ord a FULL JOIN cust b ON a.id = b.id
## full join merge
SELECT count(*) FROM (SELECT id FROM ord ORDER BY id) a FULL JOIN (SELECT id + 100 AS id FROM ord ORDER BY 1) b USING (id)
## right join
SELECT count(o.id), count(c.id) FROM ord o RIGHT JOIN cust c ON o.cust = c.id AND o.qty > 40
## self join range
SELECT count(*) FROM emp a JOIN emp b ON b.salary BETWEEN a.salary AND a.salary + 1 WHERE a.id <= 500
## cross join
SELECT count(*) FROM (SELECT id FROM cust WHERE id <= 1000) a, (SELECT id FROM prod WHERE id <= 1000) b WHERE a.id + b.id > 500
## join text key
SELECT count(*) FROM cust a JOIN cust b ON a.email = b.email
## join on expression
SELECT count(*) FROM cust a JOIN cust b ON lower(a.name) = lower(b.name)
## nested loop index
SELECT sum(o.amount) FROM cust c JOIN ord o ON o.cust = c.id WHERE c.nation = 7 AND c.id < 2000
## order by limit
SELECT * FROM ord ORDER BY price DESC, id LIMIT 50
## order by text
SELECT count(*) FROM (SELECT note FROM ord ORDER BY note OFFSET 0) x
## order by numeric
SELECT count(*) FROM (SELECT amount FROM ord ORDER BY amount OFFSET 0) x
## order all out
SELECT id, note, amount FROM ord ORDER BY amount, id
## offset deep
SELECT * FROM ord ORDER BY id OFFSET 150000 LIMIT 10
## row_number top per group
SELECT count(*) FROM (SELECT *, row_number() OVER (PARTITION BY cust ORDER BY amount DESC) rn FROM ord) x WHERE rn <= 2
## rank dense
SELECT max(r), max(d) FROM (SELECT rank() OVER (ORDER BY qty) r, dense_rank() OVER (ORDER BY qty) d FROM ord) x
## lag lead
SELECT sum(x) FROM (SELECT amount - lag(amount) OVER (PARTITION BY cust ORDER BY at) x FROM ord) y
## running sum
SELECT max(s) FROM (SELECT sum(amount) OVER (PARTITION BY cust ORDER BY at) s FROM ord) y
## moving avg 7
SELECT max(s) FROM (SELECT avg(price) OVER (ORDER BY id ROWS BETWEEN 6 PRECEDING AND CURRENT ROW) s FROM ord) y
## moving sum 100 int
SELECT max(s) FROM (SELECT sum(qty) OVER (ORDER BY id ROWS BETWEEN 100 PRECEDING AND CURRENT ROW) s FROM ord) y
## moving sum numeric 100
SELECT max(s) FROM (SELECT sum(amount) OVER (ORDER BY id ROWS BETWEEN 100 PRECEDING AND CURRENT ROW) s FROM ord) y
## moving max 50
SELECT max(s) FROM (SELECT max(qty) OVER (ORDER BY id ROWS BETWEEN 50 PRECEDING AND CURRENT ROW) s FROM ord WHERE id <= 50000) y
## moving range interval
SELECT max(s) FROM (SELECT sum(qty) OVER (ORDER BY at RANGE BETWEEN '1 hour' PRECEDING AND CURRENT ROW) s FROM ord) y
## moving count both
SELECT max(s) FROM (SELECT count(*) OVER (ORDER BY id ROWS BETWEEN 50 PRECEDING AND 50 FOLLOWING) s FROM ord) y
## ntile percent_rank
SELECT max(a), max(b), max(c) FROM (SELECT ntile(100) OVER w a, percent_rank() OVER w b, cume_dist() OVER w c FROM ord WINDOW w AS (ORDER BY price)) y
## first_value last_value
SELECT count(a), count(b) FROM (SELECT first_value(note) OVER w a, last_value(note) OVER w b FROM ord WINDOW w AS (PARTITION BY prod ORDER BY id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)) y
## window share of total
SELECT max(amount / sum) FROM (SELECT amount, sum(amount) OVER (PARTITION BY cust) FROM ord) y WHERE sum > 0
## window reverse running
SELECT max(s) FROM (SELECT sum(qty) OVER (ORDER BY id ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) s FROM ord) y
## enum filter
SELECT m, count(*) FROM msg WHERE m >= 'happy' GROUP BY m ORDER BY m
## fts match index
SELECT count(*) FROM msg WHERE tsv @@ to_tsquery('english', 'word77 & fox')
## fts to_tsvector
SELECT count(*) FROM msg WHERE id <= 10000 AND to_tsvector('english', body) @@ to_tsquery('english', 'word77 | number')
## fts rank
SELECT id, ts_rank(tsv, q) r FROM msg, to_tsquery('english', 'word7 | word77 | dog') q WHERE tsv @@ q ORDER BY r DESC LIMIT 10
## fts headline
SELECT count(ts_headline('english', body, to_tsquery('english', 'fox & dog'))) FROM msg WHERE id <= 2000
## partition scan
SELECT k, count(*) FROM part GROUP BY k
## partition pruned
SELECT count(*) FROM part WHERE id BETWEEN 60000 AND 70000
## partition join
SELECT count(*) FROM part p JOIN cust c ON c.id = p.k
## view of views
SELECT nation, count(*), sum(total) FROM v3 GROUP BY nation
## view of views point
SELECT * FROM v2 WHERE id = 777
## copy out
COPY ord TO STDOUT
## copy out csv
COPY (SELECT id, amount, at, note FROM ord) TO STDOUT WITH CSV HEADER
## select out
SELECT * FROM ord
## cursor
BEGIN; DECLARE c CURSOR FOR SELECT * FROM ord; FETCH 1000 FROM c; FETCH 50000 FROM c; FETCH 50000 FROM c; MOVE 50000 FROM c; COMMIT
## cursor scroll back
BEGIN; DECLARE c SCROLL CURSOR FOR SELECT * FROM ord ORDER BY price; FETCH 50000 FROM c; FETCH BACKWARD 50000 FROM c; COMMIT
## cursor with hold
BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT * FROM ord; COMMIT; FETCH ALL FROM c; CLOSE c
## select for update
BEGIN; SELECT count(*) FROM (SELECT id FROM ord WHERE id <= 50000 FOR UPDATE) x; COMMIT
## generate_series
SELECT count(*), sum(i) FROM generate_series(1, 500000) i
## generate_series time
SELECT count(*) FROM generate_series('2000-01-01'::timestamptz, '2010-01-01', interval '1 hour') t
## generate_series left join
SELECT d::date, count(o.id) FROM generate_series('2024-01-01'::timestamptz, '2024-03-31', interval '1 day') d LEFT JOIN ord o ON o.at >= d AND o.at < d + interval '1 day' GROUP BY 1
## values join
SELECT count(*) FROM ord o JOIN (VALUES (1, 'a'), (2, 'b'), (3, 'c')) v(q, t) ON v.q = o.qty
## random sample
SELECT count(*) FROM ord WHERE random() < 0.1
## tablesample
SELECT count(*) FROM ord TABLESAMPLE BERNOULLI (10)
## case grouping
SELECT CASE WHEN amount < 100 THEN 'small' WHEN amount < 500 THEN 'medium' ELSE 'large' END AS size, count(*) FROM ord GROUP BY 1
## width_bucket
SELECT width_bucket(price, 0, 100, 20), count(*) FROM ord GROUP BY 1 ORDER BY 1
## row compare
SELECT count(*) FROM ord WHERE (cust, qty) > (10000, 25)
## hashtext-ish
SELECT count(DISTINCT hashtext(note) % 100) FROM ord
## uuid
SELECT count(gen_random_uuid()) FROM ord
## encode sha
SELECT count(encode(sha256(note::bytea), 'hex')) FROM ord
## temp table insert
DROP TABLE IF EXISTS tt
--
CREATE TEMP TABLE tt AS SELECT * FROM ord
## explain analyze
EXPLAIN ANALYZE SELECT count(*) FROM ord WHERE qty > 5
## many small statements
SELECT 1; SELECT 2; SELECT 3; SELECT name FROM cust WHERE id = 5; SELECT name FROM cust WHERE id = 6
## count star
SELECT count(*) FROM ord
## count first scan
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM ord
--
SELECT count(*) FROM t WHERE qty > 10
## first scan jsonb
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM doc
--
SELECT count(*) FROM t WHERE d->>'name' = 'n77'
## first scan array
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t AS SELECT * FROM doc
--
SELECT sum(nums[3]), count(tags[1]) FROM t
## gin jsonb contains
SELECT count(*) FROM ginned WHERE d @> '{"a": 77}'
## gin jsonb contains two
SELECT count(*) FROM ginned WHERE d @> '{"tags": ["t7"], "name": "n907"}'
## gin tsvector
SELECT count(*) FROM ginned WHERE v @@ 'word77 & other27'
## gin tsvector often
SELECT count(*) FROM ginned WHERE v @@ 'other7 & all'
## gin tsvector prefix
SELECT count(*) FROM ginned WHERE v @@ 'word29:*'
## gin array overlap
SELECT count(*) FROM ginned WHERE tags && '{100,1999}'
## gin array contains
SELECT count(*) FROM ginned WHERE tags @> '{60,5001}'
## gin like
SELECT count(*) FROM ginned WHERE body LIKE '%abcd1%' AND id <= 100000
## gin regex
SELECT count(*) FROM ginned WHERE body ~ 'ab(cd|ef)1' AND id <= 100000
## gin order limit
SELECT id FROM ginned WHERE tags @> '{55}' ORDER BY id LIMIT 10
## gin nested loop
SELECT count(*) FROM ginned a JOIN ginned b ON b.d @> jsonb_build_object('a', a.id) WHERE a.id < 50
## gin insert 10k
DROP TABLE IF EXISTS gi; CREATE TABLE gi (id int PRIMARY KEY, d jsonb); CREATE INDEX ON gi USING gin (d)
--
INSERT INTO gi SELECT i, jsonb_build_object('a', i % 5000, 'name', 'n' || i % 9000, 'tags', jsonb_build_array('t' || i % 300, i % 7), 'in', jsonb_build_object('deep', i)) FROM generate_series(1, 10000) i
## gin update other column 10k
DROP TABLE IF EXISTS gi; CREATE TABLE gi (id int PRIMARY KEY, d jsonb, n int); CREATE INDEX ON gi USING gin (d); INSERT INTO gi SELECT i, jsonb_build_object('a', i % 5000, 'name', 'n' || i % 9000, 'tags', jsonb_build_array('t' || i % 300, i % 7)), 1 FROM generate_series(1, 10000) i
--
UPDATE gi SET n = n + 1
## gin create index jsonb 100k
DROP INDEX IF EXISTS ginmade_d
--
CREATE INDEX ginmade_d ON ginmade USING gin (d)
## gin create index trigrams 100k
DROP INDEX IF EXISTS ginmade_body
--
CREATE INDEX ginmade_body ON ginmade USING gin (body gin_trgm_ops)
## exclusion constraint 20k
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int, during int4range, EXCLUDE USING gist (during WITH &&))
--
INSERT INTO t SELECT i, int4range(i * 10, i * 10 + 5) FROM generate_series(1, 20000) i
## range overlap gist
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int, during int4range); INSERT INTO t SELECT i, int4range(i * 10, i * 10 + 50) FROM generate_series(1, 200000) i; CREATE INDEX ON t USING gist (during); ANALYZE t
--
SELECT count(*) FROM t WHERE during && '[100000,101000)'
## point in box gist
DROP TABLE IF EXISTS t CASCADE; CREATE TABLE t (id int, p point); INSERT INTO t SELECT i, point(i % 447, i / 447) FROM generate_series(1, 200000) i; CREATE INDEX ON t USING gist (p); ANALYZE t
--
SELECT count(*) FROM t WHERE p <@ box '(100,100),(110,110)'
