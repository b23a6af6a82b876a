package main

import (
	"context"

	"github.com/kalamsql/kalamsql/bench/peer"
)

var suites = []suite{
	{
		name: "pgx", module: "github.com/jackc/pgx/v5", version: "v5.12.0",
		setup: []string{
			"CREATE DATABASE pgx_test",
			"CREATE EXTENSION hstore", "CREATE EXTENSION ltree",
			"CREATE DOMAIN uint64 AS numeric(20,0)",
			`CREATE USER " tricky, ' } "" \ test user " SUPERUSER PASSWORD 'secret'`,
			"CREATE USER pgx_md5 WITH SUPERUSER PASSWORD 'secret'",
			"CREATE USER pgx_pw WITH SUPERUSER PASSWORD 'secret'",
			"CREATE USER pgx_scram WITH SUPERUSER PASSWORD 'secret'",
		},
		env: func(s *peer.Server) []string {
			return []string{
				"PGX_TEST_DATABASE=" + s.DSN(),
				"PGX_TEST_TCP_CONN_STRING=" + s.DSN(),
			}
		},
	},
	{
		name: "pq", module: "github.com/lib/pq", version: "v1.12.3",
		setup: []string{
			"CREATE USER pqgo SUPERUSER PASSWORD 'unused'", "CREATE DATABASE pqgo OWNER pqgo",
			"CREATE EXTENSION hstore",
			"CREATE USER pqgomd5 PASSWORD 'wordpass'", "CREATE USER pqgopassword PASSWORD 'wordpass'", "CREATE USER pqgoscram PASSWORD 'wordpass'",
			"CREATE USER pqgossl", "CREATE USER pqgosslcert",
		},
		env: func(s *peer.Server) []string {
			// Where there is no CREATE DATABASE, the first one has to do.
			database := "pqgo"
			if s.Exec(context.Background(), "CREATE DATABASE pqgo_probe") != nil {
				database = "postgres"
			}
			return []string{"PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGDATABASE=" + database}
		},
	},
	{
		name: "go-pg", module: "github.com/go-pg/pg/v10", version: "v10.15.0", packages: []string{"."},
		flags: []string{"-skip", "ExampleListener"}, // it waits for ever
		setup: []string{"CREATE EXTENSION hstore"},
		env: func(s *peer.Server) []string {
			return []string{"PGSSLMODE=disable", "PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGUSER=postgres", "PGDATABASE=postgres"}
		},
	},
	{
		name: "xorm", module: "xorm.io/xorm", version: "v1.4.3", packages: []string{"./tests"}, absent: []string{"gitee.com/travelliu/dm"},
		setup: []string{"CREATE DATABASE xorm_test"},
		args: func(s *peer.Server) []string {
			return []string{"-db=pgx", "-schema=xorm", "-conn_str=" + url(s, "xorm_test")}
		},
	},
	{
		name: "pop", module: "github.com/gobuffalo/pop/v6", version: "v6.4.1",
		env: func(s *peer.Server) []string {
			return []string{"SODA_DIALECT=postgres", "POSTGRESQL_URL=" + url(s, "pop_test")}
		},
		prepare: [][]string{
			{"go", "run", "./soda", "create", "-e", "postgres", "-c", "./database.yml", "-p", "./testdata/migrations"},
			{"go", "run", "./soda", "migrate", "-e", "postgres", "-c", "./database.yml", "-p", "./testdata/migrations"},
		},
	},
	{
		name: "goqu", module: "github.com/doug-martin/goqu/v9", version: "v9.19.0", setup: []string{"CREATE DATABASE goqupostgres"},
		env: func(s *peer.Server) []string { return []string{"PG_URI=" + url(s, "goqupostgres")} },
	},
	{
		name: "sqlx", module: "github.com/jmoiron/sqlx", version: "v1.4.0",
		env: func(s *peer.Server) []string {
			return []string{"SQLX_MYSQL_DSN=skip", "SQLX_SQLITE_DSN=skip", "SQLX_POSTGRES_DSN=" + url(s, "postgres")}
		},
	},
	{
		name: "gorp", module: "github.com/go-gorp/gorp/v3", version: "v3.1.0",
		env: func(s *peer.Server) []string {
			return []string{"GORP_TEST_DIALECT=postgres", "GORP_TEST_DSN=" + url(s, "postgres")}
		},
	},
	{
		name: "gorm-datatypes", module: "gorm.io/datatypes", version: "v1.2.7",
		env: func(s *peer.Server) []string {
			return []string{"GORM_DIALECT=postgres", "GORM_DSN=" + s.DSN() + " TimeZone=Asia/Shanghai"}
		},
	},
	{
		name: "pgx-v4", module: "github.com/jackc/pgx/v4", version: "v4.18.3", setup: []string{"CREATE DATABASE pgx_test", "CREATE EXTENSION hstore", "CREATE DOMAIN uint64 AS numeric(20,0)"},
		env: func(s *peer.Server) []string {
			return []string{"PGX_TEST_DATABASE=" + s.DSN(), "PGX_TEST_CONN_STRING=" + s.DSN(), "PGX_TEST_TCP_CONN_STRING=" + s.DSN()}
		},
	},
	{
		name: "pgtype", module: "github.com/jackc/pgtype", version: "v1.14.4", setup: []string{"CREATE EXTENSION hstore", "CREATE DOMAIN uint64 AS numeric(20,0)"},
		env: func(s *peer.Server) []string { return []string{"PGX_TEST_DATABASE=" + s.DSN()} },
	},
	{
		name: "pgconn", module: "github.com/jackc/pgconn", version: "v1.14.3",
		env: func(s *peer.Server) []string {
			return []string{"PGX_TEST_CONN_STRING=" + s.DSN(), "PGX_TEST_TCP_CONN_STRING=" + s.DSN()}
		},
	},
	{
		name: "pgxlisten", module: "github.com/jackc/pgxlisten", version: "v0.0.0-20250802141604-12b92425684c",
		env: func(s *peer.Server) []string {
			return []string{"PGX_TEST_DATABASE=" + s.DSN(), "PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGUSER=postgres", "PGDATABASE=postgres", "PGSSLMODE=disable"}
		},
	},
	{
		name: "tern", module: "github.com/jackc/tern/v2", version: "v2.3.4", setup: []string{"CREATE DATABASE tern_migrate_test", "CREATE DATABASE tern_test"},
		env: func(s *peer.Server) []string {
			return []string{
				"PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGUSER=postgres",
				"MIGRATE_TEST_DATABASE=tern_migrate_test", "MIGRATE_TEST_CONN_STRING=" + url(s, "tern_migrate_test"),
				"TERN_TEST_CONN_STRING=" + url(s, "tern_test"), "TERN_HOST=127.0.0.1", "TERN_DATABASE=tern_test", "TERN_USER=postgres", "TERN_PASSWORD=x",
			}
		},
	},
	{
		name: "scs", module: "github.com/alexedwards/scs/postgresstore", version: "v0.0.0-20251002162104-209de6e426de",
		setup: []string{"CREATE TABLE sessions (token text PRIMARY KEY, data bytea NOT NULL, expiry timestamptz NOT NULL)"},
		env:   func(s *peer.Server) []string { return []string{"SCS_POSTGRES_TEST_DSN=" + url(s, "postgres")} },
	},
	{
		name: "gue", module: "github.com/vgarvardt/gue/v5", version: "v5.8.0", setup: []string{"CREATE DATABASE test"},
		env: func(s *peer.Server) []string { return []string{"TEST_POSTGRES=" + url(s, "test")} },
	},
	{
		name: "watermill", module: "github.com/ThreeDotsLabs/watermill-sql/v4", version: "v4.1.2", flags: []string{"-short"},
		setup: []string{"CREATE USER watermill SUPERUSER PASSWORD 'password'", "CREATE DATABASE watermill OWNER watermill"},
		env:   func(s *peer.Server) []string { return []string{"WATERMILL_TEST_POSTGRES_HOST=127.0.0.1:" + s.Port} },
	},
	{
		name: "river", module: "github.com/riverqueue/river", version: "v0.51.2", setup: []string{"CREATE DATABASE river_test"},
		env: func(s *peer.Server) []string {
			return []string{"TEST_DATABASE_URL=" + url(s, "river_test") + "&pool_max_conns=15"}
		},
	},
	{
		name: "dbos", module: "github.com/dbos-inc/dbos-transact-golang", version: "v1.8.0", packages: []string{"./dbos/..."}, setup: []string{"CREATE DATABASE dbos"},
		env: func(s *peer.Server) []string {
			return []string{"DBOS_SYSTEM_DATABASE_URL=" + url(s, "dbos"), "PGHOST=127.0.0.1", "PGPORT=" + s.Port, "PGUSER=postgres", "PGPASSWORD=x"}
		},
	},
	{
		name: "gorm-v1", module: "github.com/jinzhu/gorm", version: "v1.9.16",
		env: func(s *peer.Server) []string {
			return []string{"GORM_DIALECT=postgres", "GORM_DSN=" + s.DSN()}
		},
	},
	{
		name: "pkgsite", module: "golang.org/x/pkgsite", version: "v0.6.0", packages: []string{"./internal/postgres/...", "./internal/database/...", "./internal/worker/...", "./internal/queue/...", "./internal/poller/...", "./internal/symbol/..."},
		env: func(s *peer.Server) []string {
			return []string{"GO_DISCOVERY_TESTDB=true", "GO_DISCOVERY_DATABASE_HOST=127.0.0.1", "GO_DISCOVERY_DATABASE_PORT=" + s.Port, "GO_DISCOVERY_DATABASE_USER=postgres", "GO_DISCOVERY_DATABASE_PASSWORD=x"}
		},
	},
	{
		name: "testfixtures", module: "github.com/go-testfixtures/testfixtures/v3", version: "v3.19.0", flags: []string{"-tags", "postgresql"},
		env: func(s *peer.Server) []string { return []string{"PG_CONN_STRING=" + url(s, "postgres")} },
	},
}

// url is the connection URL of the superuser for a database.
func url(s *peer.Server, database string) string {
	return "postgres://postgres:postgres@127.0.0.1:" + s.Port + "/" + database + "?sslmode=disable"
}
