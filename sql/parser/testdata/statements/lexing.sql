SELECT 'it''s', E'a\tb\\\x41\u0042', U&'d\0061t\+000061', U&'d!0061t' UESCAPE '!', $$it's$$, $tag$a $$ b$tag$, B'0101', X'1F', 'two'
' parts';
SELECT 1, .5, 5., 1e10, 1.5E-3, 1_000, 0x1F, 0o17, 0b101, 2147483648, 99999999999999999999;
SELECT a.B, "Mixed Case", "with""quote", U&"d\0061ta", täg FROM "T" /* a /* nested */ comment */ -- and a line
;
SELECT 1 - -1, 1 --1
+ 2, a<-b, a <> -b, a @-b, a+-b, a !=- b, 2*-3, @ -5, |/ 25, a->b->>'c' #> '{d}';
SELECT $1, $2::text, :x;
SELECT 'unterminated;
SELECT "unterminated;
SELECT $tag$unterminated;
SELECT E'\u00';
SELECT U&'\zzzz';
SELECT 123abc;
SELECT 0x;
SELECT 1__0;
SELECT "";
SELECT /* not closed;
