-- COPY leaves generated columns out.
create table copied (a int, b int generated always as (a * 2) stored, c int);
insert into copied values (1, default, 3), (2, default, null);
copy copied to stdout;
copy copied (c, a) to stdout;
copy copied to stdout (format csv, header, force_quote (a));
copy copied from stdin;
5	6
\.
copy (select * from copied order by a) to stdout;
reindex (verbose) table copied;
create index copied_expression on copied ((a + c), a);
alter index copied_expression alter column 1 set statistics 50;
\d+ copied_expression
drop table copied;
