# ruby-pg: type maps, prepared statements, COPY coders, pipelines, notifications.
require "pg"
port, db = ARGV
c = PG.connect(host: "127.0.0.1", port: port, user: "postgres", dbname: db)
puts "connect #{c.server_version / 10000} #{c.parameter_status('TimeZone').nil?}"
c.exec("SET timezone = 'UTC'")
c.type_map_for_results = PG::BasicTypeMapForResults.new(c)
c.type_map_for_queries = PG::BasicTypeMapForQueries.new(c)
[[1, "int4"], [2**40, "int8"], [1.5, "float8"], ["a", "text"], [true, "bool"], [[1, 2], "int[]"], [["a", nil], "text[]"], [{ "a" => 1 }, "jsonb"], [nil, "text"]].each { |v, t| r = c.exec_params("SELECT $1::#{t} AS v", [v]); puts "#{t} #{r.values.inspect} #{r.ftype(0)} #{r.fmod(0)} #{r.ftable(0)}" }
%w[date timestamptz numeric interval bytea uuid int4range].zip(["2024-02-29", "2024-02-29 12:00+00", "1.50", "1 day", "\\x00ff", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", "[1,5)"]).each { |t, v| [0, 1].each { |f| puts "#{t} #{f} #{c.exec_params("SELECT '#{v}'::#{t}", [], f).getvalue(0, 0).inspect}" rescue puts "#{t} #{f} #{$!.message}" } }
c.exec("CREATE TEMP TABLE t (id int PRIMARY KEY, name text NOT NULL)")
c.prepare("ins", "INSERT INTO t VALUES ($1, $2) RETURNING id"); puts c.exec_prepared("ins", [1, "a"]).to_a.inspect
d = c.describe_prepared("ins"); puts [d.nparams, d.paramtype(0), d.paramtype(1), d.fname(0), d.ftype(0)].inspect
["INSERT INTO t VALUES (1, 'x')", "INSERT INTO t VALUES (NULL, 'x')", "SELECT nosuch", "bogus", "SELECT 1/0"].each { |q| begin; c.exec(q); rescue PG::Error => e; puts [e.class, e.result.error_field(PG::PG_DIAG_SQLSTATE), e.result.error_field(PG::PG_DIAG_CONSTRAINT_NAME), e.message].inspect; end }
begin; c.transaction { |t| t.exec("DELETE FROM t"); raise "no" }; rescue RuntimeError; end; puts c.exec("SELECT count(*) FROM t").values.inspect
c.copy_data("COPY t FROM STDIN", PG::TextEncoder::CopyRow.new) { c.put_copy_data([2, "b\tc"]); c.put_copy_data([3, "d"]) }
c.copy_data("COPY t TO STDOUT", PG::TextDecoder::CopyRow.new) { while (r = c.get_copy_data); puts r.inspect; end }
c.exec("LISTEN smoke_rb"); c.exec("NOTIFY smoke_rb, 'hello'"); c.wait_for_notify(5) { |ch, _, p| puts "notify #{ch} #{p}" }
c.send_query("SELECT pg_sleep(20)"); c.cancel; begin; c.get_last_result; rescue PG::QueryCanceled => e; puts e.class; end
c.enter_pipeline_mode; c.send_query_params("SELECT 1", []); c.send_query_params("SELECT 1/0", []); c.send_query_params("SELECT 2", []); c.pipeline_sync
7.times { r = c.get_result; puts r.nil? ? "nil" : r.res_status(r.result_status) }
c.exit_pipeline_mode rescue puts $!.message
puts PG::Connection.quote_ident("A"), c.escape_literal("a'b\\"), c.transaction_status
c.send_query("SELECT g FROM generate_series(1,3) g"); c.set_single_row_mode; while (r = c.get_result); puts r.values.inspect; end
