package session

import (
	"context"
	"strconv"
	"strings"

	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/tables"
)

// tempPrefix begins the names of the schemas of temporary relations; the
// session's number follows.
const tempPrefix = "pg_temp_"

func (s *Session) tempName() string { return tempPrefix + strconv.Itoa(int(s.pid)) }

// tempSchema is the session's schema of temporary relations; nil before there
// are any.
func (s *Session) tempSchema(cat *catalog.Catalog) *catalog.Schema {
	return cat.Schema(s.database.OID, s.tempName())
}

// dropTemporary drops what the session has made for itself alone. There is no
// transaction under way.
func (s *Session) dropTemporary() {
	if schema := s.tempSchema(s.store().Catalog()); schema != nil {
		s.server.dropTemporary(s.pid, schema)
	}
}

// dropTemporary drops a schema of temporary relations, in a transaction of its
// own. One that cannot be dropped is dropped at the next start.
func (s *Server) dropTemporary(pid int32, schema *catalog.Schema) {
	ctx := context.Background()
	tx := s.opts.Store.Begin(tables.TxOptions{PID: pid})
	err := ddl.DropTemporary(ctx, tx, schema)
	if err == nil {
		_, err = tx.Commit(ctx)
	} else {
		tx.Rollback()
	}
	if err != nil {
		s.log.Warn("temporary tables stay until the next start", "schema", schema.Name, "error", err)
	}
}

// dropStale drops the temporary relations of sessions that an earlier run of the
// server did not end.
func (s *Server) dropStale() {
	var stale []*catalog.Schema
	for o := range s.opts.Store.Catalog().All() {
		if schema, ok := o.(*catalog.Schema); ok && strings.HasPrefix(schema.Name, tempPrefix) {
			stale = append(stale, schema)
		}
	}
	for _, schema := range stale {
		s.dropTemporary(0, schema)
	}
}
