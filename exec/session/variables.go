package session

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// ServerVersion is the PostgreSQL version whose behaviour is promised.
const ServerVersion = "15.18"

// serverVersionNum is ServerVersion as server_version_num has it.
const serverVersionNum = "150018"

// errStatementTimeout ends a statement that ran past statement_timeout.
var errStatementTimeout = sqlerr.New(sqlerr.QueryCanceled, "canceling statement due to statement timeout")

// variableTable lists the settings, in the order of PostgreSQL's documentation
// where they have a meaning here, then those accepted for clients' sake.
var variableTable = []variable{
	{name: "application_name", preset: "", check: checkName, apply: func(s *settings, v string) { s.application = v }, help: "Sets the application name to be reported in statistics and logs."},
	{name: "search_path", preset: `"$user", public`, check: checkSearchPath, apply: func(s *settings, v string) {
		s.path = v
		s.searchPath, _ = splitIdentifiers(v)
	}, help: "Sets the schema search order for names that are not schema-qualified."},
	{name: "TimeZone", preset: "Etc/UTC", check: checkTimeZone, apply: func(s *settings, v string) {
		s.changeEnv(func(e *types.Env) {
			if loc, ok := types.LoadZone(v); ok {
				e.Location = loc
			}
		})
	}, help: "Sets the time zone for displaying and interpreting time stamps."},
	{name: "DateStyle", preset: "ISO, MDY", checkIn: checkDateStyle, apply: func(s *settings, v string) {
		s.changeEnv(func(e *types.Env) { e.DateStyle, e.DateOrder, _ = parseDateStyle(v, e.DateStyle, e.DateOrder) })
	}, help: "Sets the display format for date and time values."},
	{name: "IntervalStyle", preset: "postgres", check: oneOf("postgres", "postgres_verbose", "sql_standard", "iso_8601"), apply: func(s *settings, v string) {
		s.changeEnv(func(e *types.Env) {
			e.IntervalStyle = map[string]types.IntervalStyle{"postgres": types.IntervalPostgres, "postgres_verbose": types.IntervalPostgresVerbose, "sql_standard": types.IntervalSQLStandard, "iso_8601": types.IntervalISO8601}[v]
		})
	}, help: "Sets the display format for interval values."},
	{name: "default_text_search_config", preset: "pg_catalog.english", check: checkTextSearch, help: "Sets default text search configuration."},
	{name: "extra_float_digits", preset: "1", check: between(-15, 3), apply: func(s *settings, v string) {
		n, _ := strconv.Atoi(v)
		s.changeEnv(func(e *types.Env) { e.ExtraFloatDigits = n })
	}, help: "Sets the number of digits displayed for floating-point values."},
	{name: "bytea_output", preset: "hex", check: oneOf("escape", "hex"), apply: func(s *settings, v string) {
		s.changeEnv(func(e *types.Env) { e.ByteaEscape = v == "escape" })
	}, help: "Sets the output format for bytea."},
	{name: "client_encoding", preset: "UTF8", check: checkEncoding, apply: func(s *settings, v string) {
		s.changeEnv(func(e *types.Env) {
			if e.Client = types.CharsetNamed(v); !e.Client.Converts() {
				e.Client = nil
			}
		})
	}, help: "Sets the client's character set encoding."},
	{name: "statement_timeout", preset: "0", check: checkDuration, apply: func(s *settings, v string) { s.statementTimeout, _ = parseDuration(v) }, help: "Sets the maximum allowed duration of any statement."},
	{name: "lock_timeout", preset: "0", check: checkDuration, apply: func(s *settings, v string) { s.lockTimeout, _ = parseDuration(v) }, help: "Sets the maximum allowed duration of any wait for a lock."},
	{name: "deadlock_timeout", preset: "1s", check: checkDuration, help: "Sets the time to wait on a lock before checking for deadlock."},
	{name: "idle_in_transaction_session_timeout", preset: "0", check: checkDuration, apply: func(s *settings, v string) { s.idleInTransaction, _ = parseDuration(v) }, help: "Sets the maximum allowed idle time between queries, when in a transaction."},
	{name: "idle_session_timeout", preset: "0", check: checkDuration, apply: func(s *settings, v string) { s.idleSession, _ = parseDuration(v) }, help: "Sets the maximum allowed idle time between queries, when not in a transaction."},
	{name: "synchronous_commit", preset: "on", check: checkSynchronous, apply: func(s *settings, v string) { s.synchronousCommit = v != "off" }, help: "Sets the current transaction's synchronization level."},
	{name: "session_replication_role", preset: "origin", superuser: true, check: oneOf("origin", "replica", "local"), apply: func(s *settings, v string) { s.replica = v == "replica" }, help: "Sets the session's behavior for triggers and rewrite rules."},
	{name: "default_transaction_isolation", preset: "read committed", check: checkIsolation, apply: func(s *settings, v string) { s.defaultIsolation, _ = parseIsolation(v) }, help: "Sets the transaction isolation level of each new transaction."},
	{name: "default_transaction_read_only", preset: "off", check: checkBool, apply: func(s *settings, v string) { s.defaultReadOnly = v == "on" }, help: "Sets the default read-only status of new transactions."},
	{name: "default_transaction_deferrable", preset: "off", check: checkBool, help: "Sets the default deferrable status of new transactions."},
	{name: "client_min_messages", preset: "notice", check: oneOf(messageLevels...), help: "Sets the message levels that are sent to the client."},
	{name: "standard_conforming_strings", preset: "on", check: checkBool, apply: func(s *settings, v string) { s.strings.Backslash = v == "off" }, help: "Causes '...' strings to treat backslashes literally."},
	{name: "row_security", preset: "on", check: checkBool, apply: func(s *settings, v string) { s.rowSecurity = v != "off" }, help: "Enable row security."},
	{name: "check_function_bodies", preset: "on", check: checkBool, help: "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE."},
	{name: "xmlbinary", preset: "base64", check: oneOf("base64", "hex"), help: "Sets how binary values are to be encoded in XML."},
	{name: "xmloption", preset: "content", check: oneOf("content", "document"), help: "Sets whether XML data in implicit parsing and serialization operations is to be considered as documents or content fragments."},
	{name: "default_tablespace", preset: "", help: "Sets the default tablespace to create tables and indexes in."},
	{name: "temp_tablespaces", preset: "", help: "Sets the tablespace(s) to use for temporary tables and sort files."},
	{name: "default_table_access_method", preset: "heap", help: "Sets the default table access method for new tables."},
	{name: "default_toast_compression", preset: "pglz", help: "Sets the default compression method for compressible values."},
	{name: "synchronize_seqscans", preset: "on", check: checkBool, help: "Enable synchronized sequential scans."},
	{name: "quote_all_identifiers", preset: "off", check: checkBool, help: "When generating SQL fragments, quote all identifiers."},
	{name: "escape_string_warning", preset: "on", check: checkBool, apply: func(s *settings, v string) { s.strings.Warn = v == "on" }, help: "Warn about backslash escapes in ordinary string literals."},
	{name: "default_with_oids", preset: "off", check: checkWithOids, unlisted: true, help: "WITH OIDS is no longer supported; this can only be false."},
	{name: "backslash_quote", preset: "safe_encoding", help: `Sets whether "\'" is allowed in string literals.`},
	{name: "array_nulls", preset: "on", check: checkBool, help: "Enable input of NULL elements in arrays."},
	{name: "transform_null_equals", preset: "off", check: checkBool, help: "Treats expr=NULL as expr IS NULL."},
	{name: "work_mem", preset: "4MB", check: kilobytes(64), apply: func(s *settings, v string) { kb, _ := parseKilobytes(v); s.workMem = kb << 10 }, help: "Sets the maximum memory to be used for query workspaces."},
	{name: "debug_spill", preset: "off", check: checkBool, apply: func(s *settings, v string) { s.spillAlways = v == "on" }, help: "Puts on disk whatever may go there when there is much of it: what does not fit into work_mem, and what transactions write."},
	{name: "temp_file_limit", preset: "-1", superuser: true, check: kilobytes(-1), apply: func(s *settings, v string) {
		if kb, _ := parseKilobytes(v); kb < 0 {
			s.tempFileLimit = -1
		} else {
			s.tempFileLimit = kb << 10
		}
	}, help: "Limits the total size of all temporary files used by each process."},
	{name: "maintenance_work_mem", preset: "64MB", help: "Sets the maximum memory to be used for maintenance operations."},
	{name: "max_parallel_workers_per_gather", preset: "0", check: between(0, 1024), help: "Sets the maximum number of parallel processes per executor node."},
	{name: "enable_seqscan", preset: "on", check: checkBool, help: "Enables the planner's use of sequential-scan plans."},
	{name: "enable_indexscan", preset: "on", check: checkBool, help: "Enables the planner's use of index-scan plans."},
	{name: "enable_hashjoin", preset: "on", check: checkBool, help: "Enables the planner's use of hash join plans."},
	{name: "enable_mergejoin", preset: "on", check: checkBool, help: "Enables the planner's use of merge join plans."},
	{name: "enable_nestloop", preset: "on", check: checkBool, help: "Enables the planner's use of nested-loop join plans."},
	{name: "enable_sort", preset: "on", check: checkBool, help: "Enables the planner's use of explicit sort steps."},
	{name: "jit", preset: "off", check: checkBool, help: "Allow JIT compilation."},
	{name: "plan_cache_mode", preset: "auto", check: oneOf("auto", "force_generic_plan", "force_custom_plan"), help: "Controls the planner's selection of custom or generic plan."},
	{name: "geqo", preset: "on", check: checkBool, help: "Enables genetic query optimization."},
	{name: "lc_messages", preset: "C", help: "Sets the language in which messages are displayed."},
	{name: "lc_monetary", preset: "C", help: "Sets the locale for formatting monetary amounts."},
	{name: "lc_numeric", preset: "C", help: "Sets the locale for formatting numbers."},
	{name: "lc_time", preset: "C", help: "Sets the locale for formatting date and time values."},
	{name: "tcp_keepalives_idle", preset: "0", check: between(0, 1<<31-1), help: "Time between issuing TCP keepalives."},
	{name: "log_statement", preset: "none", help: "Sets the type of statements logged."},
	{name: "log_min_duration_statement", preset: "-1", help: "Sets the minimum execution time above which all statements will be logged."},
	{name: "ssl_renegotiation_limit", preset: "0", help: "SSL renegotiation is no longer supported; this can only be 0."},

	{name: "server_version", preset: ServerVersion, readOnly: true, help: "Shows the server version."},
	{name: "server_version_num", preset: serverVersionNum, readOnly: true, help: "Shows the server version as an integer."},
	{name: "server_encoding", preset: "UTF8", readOnly: true, help: "Shows the server (database) character set encoding."},
	{name: "integer_datetimes", preset: "on", readOnly: true, help: "Shows whether datetimes are integer based."},
	{name: "in_hot_standby", preset: "off", readOnly: true, help: "Shows whether hot standby is currently active."},
	{name: "is_superuser", preset: "off", readOnly: true, help: "Shows whether the current user is a superuser."},
	{name: "session_authorization", preset: "", readOnly: true, help: "Sets the session user name."},
	{name: "max_identifier_length", preset: "63", readOnly: true, help: "Shows the maximum identifier length."},
	{name: "max_index_keys", preset: "32", readOnly: true, help: "Shows the maximum number of index keys."},
	{name: "block_size", preset: "8192", readOnly: true, help: "Shows the size of a disk block."},
	{name: "lc_collate", preset: "C", readOnly: true, help: "Shows the collation order locale."},
	{name: "lc_ctype", preset: "C", readOnly: true, help: "Shows the character classification and case conversion locale."},
	{name: "max_connections", preset: "100", readOnly: true, help: "Sets the maximum number of concurrent connections."},
	{name: "ssl", preset: "off", readOnly: true, help: "Enables SSL connections."},
}

// changeEnv replaces the environment of text forms; values already formatted
// keep the old one.
func (s *settings) changeEnv(change func(*types.Env)) {
	env := *s.env
	change(&env)
	s.env = &env
}

func checkName(_, value string) (string, error) {
	if len(value) > 63 {
		value = strings.ToValidUTF8(value[:63], "")
	}
	return strings.Map(func(r rune) rune {
		if r < 32 || r > 126 {
			return '?'
		}
		return r
	}, value), nil
}

func checkSearchPath(name, value string) (string, error) {
	if _, ok := splitIdentifiers(value); !ok {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value).WithDetail("List syntax is invalid.")
	}
	return value, nil
}

// splitIdentifiers takes a list of identifiers apart, as SplitIdentifierString:
// quoted ones keep their case.
func splitIdentifiers(list string) (out []string, ok bool) {
	rest := strings.TrimSpace(list)
	if rest == "" {
		return nil, true
	}
	for {
		rest = strings.TrimLeft(rest, " \t\n\r")
		var word string
		if strings.HasPrefix(rest, `"`) {
			var b strings.Builder
			i := 1
			for ; i < len(rest); i++ {
				if rest[i] != '"' {
					b.WriteByte(rest[i])
					continue
				}
				if i+1 < len(rest) && rest[i+1] == '"' {
					b.WriteByte('"')
					i++
					continue
				}
				break
			}
			if i == len(rest) {
				return nil, false
			}
			word, rest = b.String(), rest[i+1:]
		} else {
			end := strings.IndexAny(rest, ", \t\n\r")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			word, rest = strings.ToLower(rest[:end]), rest[end:]
		}
		out = append(out, word)
		rest = strings.TrimLeft(rest, " \t\n\r")
		if rest == "" {
			return out, true
		}
		if rest[0] != ',' {
			return nil, false
		}
		rest = rest[1:]
	}
}

func checkTimeZone(name, value string) (string, error) {
	if hours, err := strconv.ParseFloat(strings.TrimSpace(value), 64); err == nil {
		// A number counts hours east of Greenwich; POSIX's form counts west.
		east := int(hours * 3600)
		value = posixOffset("<", east) + posixOffset(">", -east)
	}
	loc, ok := types.LoadZone(value)
	if !ok {
		return "", invalidValue(name, value)
	}
	// The name of a zone in POSIX's form is only its abbreviation.
	now := time.Now()
	_, offset := now.In(loc).Zone()
	if named, ok := types.LoadZone(loc.String()); ok && !strings.HasPrefix(value, "<") {
		if _, same := now.In(named).Zone(); same == offset {
			return loc.String(), nil
		}
	}
	return strings.ToUpper(value), nil
}

// posixOffset spells an offset behind a prefix: +03, -03:30.
func posixOffset(prefix string, seconds int) string {
	sign := "+"
	if seconds < 0 || seconds == 0 && prefix == ">" {
		sign, seconds = "-", -seconds
	}
	s := fmt.Sprintf("%s%s%02d", prefix, sign, seconds/3600)
	if seconds%3600 != 0 {
		s += fmt.Sprintf(":%02d", seconds%3600/60)
	}
	if seconds%60 != 0 {
		s += fmt.Sprintf(":%02d", seconds%60)
	}
	return s
}

// checkDateStyle keeps of the style now what the value does not say.
func checkDateStyle(s *settings, name, value string) (string, error) {
	style, order, ok := parseDateStyle(value, s.env.DateStyle, s.env.DateOrder)
	if !ok {
		return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value).WithDetail(`Unrecognized key word: "%s".`, value)
	}
	return [...]string{"ISO", "SQL", "Postgres", "German"}[style] + ", " + [...]string{"MDY", "DMY", "YMD"}[order], nil
}

func parseDateStyle(value string, style types.DateStyle, order types.DateOrder) (types.DateStyle, types.DateOrder, bool) {
	for _, word := range strings.Split(value, ",") {
		switch w := strings.ToLower(strings.TrimSpace(word)); {
		case w == "iso":
			style = types.StyleISO
		case w == "sql":
			style = types.StyleSQL
		case strings.HasPrefix(w, "postgres"):
			style = types.StylePostgres
		case w == "german":
			style, order = types.StyleGerman, types.OrderDMY
		case w == "ymd":
			order = types.OrderYMD
		case w == "dmy", strings.HasPrefix(w, "euro"):
			order = types.OrderDMY
		case w == "mdy", w == "us", strings.HasPrefix(w, "noneuro"), w == "default":
			order = types.OrderMDY
		default:
			return style, order, false
		}
	}
	return style, order, true
}

func checkEncoding(name, value string) (string, error) {
	if c := types.CharsetNamed(value); c != nil {
		return c.Name, nil
	}
	return "", sqlerr.New(sqlerr.InvalidParameterValue, `invalid value for parameter "%s": "%s"`, name, value)
}

// checkTextSearch accepts the configurations there are, and qualifies their names.
func checkTextSearch(name, value string) (string, error) {
	if c := textsearch.ConfigurationNamed(strings.TrimPrefix(strings.ToLower(value), "pg_catalog.")); c != nil {
		return "pg_catalog." + c.Name, nil
	}
	return "", invalidValue(name, value)
}

func checkSynchronous(name, value string) (string, error) {
	if b, ok := parseBool(value); ok {
		return onOff(b), nil
	}
	return oneOf("local", "remote_write", "remote_apply", "on", "off")(name, value)
}

func checkIsolation(name, value string) (string, error) {
	return oneOf("serializable", "repeatable read", "read committed", "read uncommitted")(name, value)
}

// searchPath is the schemas of search_path that exist, with "$user" replaced.
func (s *Session) searchPath() []string {
	path := make([]string, 0, len(s.settings.searchPath))
	for _, name := range s.settings.searchPath {
		if name == "$user" {
			name = s.Role()
		}
		path = append(path, name)
	}
	return path
}
