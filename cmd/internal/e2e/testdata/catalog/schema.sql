CREATE SCHEMA sales;
CREATE TABLE customer (
    id serial PRIMARY KEY,
    name varchar(20) NOT NULL DEFAULT 'x',
    balance numeric(10,2) CHECK (balance > 0),
    tags text[],
    doc jsonb,
    created timestamptz DEFAULT now(),
    CONSTRAINT customer_name_u UNIQUE (name)
);
CREATE TABLE line (
    a bigint GENERATED ALWAYS AS IDENTITY,
    b int,
    c text,
    g int GENERATED ALWAYS AS (b * 2) STORED,
    PRIMARY KEY (a, b)
);
CREATE INDEX line_c ON line (c DESC, b) INCLUDE (g);
CREATE INDEX line_b ON line (b NULLS FIRST);
CREATE TABLE sales."Order Line" (
    "Key" uuid PRIMARY KEY,
    on_date date DEFAULT current_date,
    open boolean DEFAULT true NOT NULL,
    weight real CHECK (weight > 1 AND weight < 10 OR weight = 0),
    state char(3) DEFAULT 'new',
    flags bit(3),
    since interval day to second,
    CONSTRAINT state_known CHECK (state IN ('new', 'old') AND NOT (open AND weight IS NULL)),
    CONSTRAINT sized CHECK (CASE WHEN open THEN weight > 2 ELSE coalesce(weight, 1) * 2 - 1 < 5 END)
);
CREATE VIEW rich AS SELECT id, name FROM customer WHERE balance > 1000;
CREATE VIEW sums (who, "How many", total) AS
    SELECT c.name, count(*), sum(l.b) FILTER (WHERE l.c <> 'x') FROM customer c LEFT JOIN line l ON l.a = c.id JOIN sales."Order Line" o ON true
    WHERE c.id IN (1, 2) AND NOT o.open GROUP BY c.name, lower(c.name) HAVING count(*) > 1 ORDER BY count(*) DESC NULLS LAST, c.name LIMIT 10;
CREATE VIEW sales.kinds AS SELECT DISTINCT CASE WHEN open THEN 'open' ELSE state END AS kind, coalesce(weight, 1) AS w, 'x' AS lit FROM sales."Order Line";
CREATE SEQUENCE step INCREMENT 5 MAXVALUE 1000 CYCLE;
COMMENT ON TABLE customer IS 'who buys';
COMMENT ON COLUMN customer.name IS 'as printed on the invoice';
COMMENT ON SCHEMA sales IS 'what was bought';
CREATE ROLE clerk;
GRANT SELECT, INSERT ON customer TO clerk WITH GRANT OPTION;
GRANT SELECT ON customer TO PUBLIC;
