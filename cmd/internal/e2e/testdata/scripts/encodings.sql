select convert_to('é€','LATIN9'), convert_from('\xe9','latin1'), convert('é'::bytea,'utf8','latin1');
select convert_to('€','LATIN1');
select convert_from('\x81','win1252');
select convert_from('\xff','nosuch');
select convert_to('a','nosuch');
select convert('\xe9','latin1','koi8r');
select convert_to('日本','EUC_JP'), convert_to('日本','SJIS'), convert_from(convert_to('日本','EUC_JP'),'EUC_JP'), convert_to('é','sql_ascii'), convert_from(convert_to('Привет','KOI8R'),'KOI8-R'), convert_to('Привет', 'WIN1251');
set client_encoding to 'nosuch';
set client_encoding to 'iso-8859-1';
show client_encoding;
select pg_client_encoding(), 'plain';
set client_encoding to 'Windows-1252';
show client_encoding;
set names 'latin9';
show client_encoding;
set names default;
show client_encoding;
\encoding LATIN1
select chr(233) = convert_from('\xc3a9', 'utf8') as same, length(chr(233));
select chr(8364);
create table t(a text);
insert into t values (chr(233)), (chr(8364));
copy t to stdout;
select a from t order by a limit 1 offset 1;
\encoding UTF8
select * from t order by a;
