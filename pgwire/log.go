package pgwire

// The keys of log records.
const (
	keyRemote   = "remote"
	keyUser     = "user"
	keyDatabase = "database"
	keyPID      = "pid"
	keyError    = "error"
	keySQLState = "sqlstate"
	keyStack    = "stack"
	keySQL      = "sql"
)
