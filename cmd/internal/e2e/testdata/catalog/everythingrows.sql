-- Rows for the tables of everything.sql, for dumps.
INSERT INTO shop.parent VALUES (1, 1, 'ann', NULL), (1, 2, 'bob', 'x'), (2, 1, E'tab\there', E'back\\slash'), (3, 3, NULL, E'new\nline');
INSERT INTO shop.child (id, a, b, name, q, w, span, doc, words, at, tags) VALUES
    (1, 1, 1, 'ann', 1, NULL, '[1,5)', '{"a": [1, null, "x\"y"]}', to_tsvector('english', 'the quick foxes''s run'), '(1.5,-2)', '{a,"b c",NULL,"d\"e"}'),
    (2, NULL, NULL, NULL, 2, 3, 'empty', '1e400', '', NULL, '{}'),
    (3, 2, 1, 'bob', NULL, 2, '(,)', 'null', NULL, NULL, '{{a,b},{c,d}}');
INSERT INTO shop.kinds (t) VALUES ('all defaults');
INSERT INTO shop.kinds (id, i2, i8, f4, f8, n, n2, b, t, v, v20, c, c5, nm, by, d, tm, tm3, ts, tz, iv, ivy, ivs, u, j, jb, jp, x, ip, net, mac, mac8, bi, bv,
    p, l, s, bx, pa, pg, ci, r, mr, tsr, tv, tq, ia, ta, va, o, rc, h, m, pr, po, co, ma)
VALUES (50, -32768, -9223372036854775808, 'Infinity', 0.1, 123456789012345678901234567890.123456789, -0.01, NULL, E'\\N', '', 'with "quotes"', 'x', 'ab', 'name', '\xdeadbeef',
    '4713-01-01 BC', '24:00:00', '23:59:59.999+05:30', 'infinity', '2020-02-29 12:00:00+00', '1 year -2 mons 3 days -04:05:06.789', '14 months', '1.239 seconds',
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"b":1, "a" : [ ]}', '{"b":1,"a":[{}]}', '$.a[*] ? (@ > 1)', '<a b="c">d</a>', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '101', '1',
    '(1,2)', '{1,-1,0}', '[(0,0),(1,1)]', '(1,1),(0,0)', '[(0,0),(1,1),(2,0)]', '((0,0),(1,1),(2,0))', '<(0,0),5>', '[1,10)', '{[1,3),[7,9)}', '["2020-01-01 00:00:00+00",)',
    'a:1A b:2', 'a & !b', '{1,NULL,3}', '[0:1]={a,b}', '{abc,""}', 4294967295, 'shop.parent', 'a=>1, b=>NULL, "c d"=>"e\"f"', 'it''s "fine"', '(1,"x, y","{1.00,2.50}")', 7, 'abc', '{sad,ok}');
INSERT INTO "Odd Names"."Some Table" VALUES (1, 'a', 2), (2, NULL, NULL);
INSERT INTO shop.nothing DEFAULT VALUES;
INSERT INTO shop.quick VALUES (1), (NULL);
REFRESH MATERIALIZED VIEW shop.kept;
SELECT setval('shop.plain', 42), setval('shop.down', 10, false);
