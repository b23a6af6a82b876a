# DBD::Pg: placeholders, types, metadata, COPY, errors, asynchronous queries.
use strict; use warnings; use DBI; use DBD::Pg qw(:pg_types);
my ($port, $db) = @ARGV;
my $h = DBI->connect("dbi:Pg:host=127.0.0.1;port=$port;dbname=$db", "postgres", "", { RaiseError => 0, PrintError => 0, PrintWarn => 0, AutoCommit => 1 }) or die $DBI::errstr;
my $show = sub { join("|", map { !defined $_ ? "undef" : ref $_ eq "ARRAY" ? "[" . join(",", map { $_ // "undef" } @$_) . "]" : $_ } @_) };
print "connect ", int($h->{pg_server_version} / 10000), " ", $h->ping, "\n";
$h->do("CREATE TEMP TABLE t (id serial PRIMARY KEY, name varchar(20) NOT NULL, n numeric(8,2), tags text[], raw bytea)");
my $st = $h->prepare("INSERT INTO t (name, n, tags, raw) VALUES (?, ?, ?, ?) RETURNING id");
$st->bind_param(4, undef, { pg_type => PG_BYTEA });
print $show->($st->execute("one", 1.5, ["a", "b c", undef], "\0\xff"), $st->fetchrow_array), "\n";
print $show->(map { $_ } @{ $h->selectrow_arrayref("SELECT name, n, tags, encode(raw, 'hex') FROM t") }), "\n";
print $show->($h->do("INSERT INTO t (name) SELECT 'n' || g FROM generate_series(1,5) g"), $h->last_insert_id(undef, undef, "t", undef)), "\n";
$st = $h->prepare("SELECT id, name, n FROM t WHERE id > ? ORDER BY id"); $st->execute(2);
print $show->(@{ $st->{NAME} }, @{ $st->{TYPE} }, @{ $st->{PRECISION} }, @{ $st->{NULLABLE} }, $st->rows), "\n";
while (my @r = $st->fetchrow_array) { print $show->(@r), "\n" }
$st = $h->prepare('SELECT $1::int + $2::int'); $st->execute(1, 2); print $show->($st->fetchrow_array), "\n";
$st = $h->prepare("SELECT :a::text || :a::text"); $st->bind_param(":a", "x"); $st->execute; print $show->($st->fetchrow_array), "\n";
for my $q ("INSERT INTO t (name) VALUES (NULL)", "INSERT INTO t (id, name) VALUES (1, 'x')", "SELECT nosuch", "bogus", "SELECT 1/0") { $h->do($q); print $h->state, " ", $h->errstr, "\n" }
$h->begin_work; $h->do("DELETE FROM t"); $h->pg_savepoint("s"); $h->do("SELECT 1/0"); $h->pg_rollback_to("s"); $h->rollback; print $show->($h->selectrow_array("SELECT count(*) FROM t")), "\n";
$h->do("COPY t (name, n) FROM STDIN"); $h->pg_putcopydata("c$_\t$_\n") for 1 .. 3; print $show->($h->pg_putcopyend), "\n";
$h->do("COPY (SELECT name, n FROM t WHERE name LIKE 'c%' ORDER BY 1) TO STDOUT"); my $line; print $line while $h->pg_getcopydata($line) >= 0;
$h->do("DROP TABLE IF EXISTS smoke_dbd_child, smoke_dbd; CREATE TABLE smoke_dbd (id int PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', n numeric(8,2)); CREATE TABLE smoke_dbd_child (id int REFERENCES smoke_dbd); CREATE INDEX smoke_dbd_n ON smoke_dbd (n)");
for my $m (["column_info", undef, "public", "smoke_dbd", "%"], ["primary_key_info", undef, "public", "smoke_dbd"], ["table_info", undef, "public", "smoke_dbd%", undef], ["statistics_info", undef, "public", "smoke_dbd", 0, 0]) {
  my ($what, @args) = @$m; my $s = $h->$what(@args) or next;
  while (my $r = $s->fetchrow_hashref) { print "$what ", join(" ", map { "$_=" . (defined $r->{$_} ? ref $r->{$_} ? "ref" : $r->{$_} : "undef") } grep { !/PAGES|CARDINALITY/ } sort keys %$r), "\n" }
}
my $s = $h->foreign_key_info(undef, undef, undef, undef, "public", "smoke_dbd_child");
while (my $r = $s->fetchrow_hashref) { print "fk ", join(" ", map { "$_=" . ($r->{$_} // "undef") } sort keys %$r), "\n" }
$h->do("DROP TABLE smoke_dbd_child, smoke_dbd");
$h->do("LISTEN smoke_dbd"); $h->do("NOTIFY smoke_dbd, 'hello'"); my $n = $h->pg_notifies; print "notify $n->[0] $n->[2]\n";
$h->do("SELECT pg_sleep(20)", { pg_async => 1 }); print "cancel ", $h->pg_cancel, " ", $h->state, "\n";
print $show->($h->quote("a'b\\"), $h->quote_identifier("A b"), map { scalar @{ $h->selectall_arrayref("SELECT 1 WHERE ?", undef, $_) } } 1, 0), "\n";
$h->disconnect;
