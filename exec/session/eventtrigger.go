package session

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/exec/ddl"
	"github.com/kalamsql/kalamsql/exec/plexec"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Event triggers. A command that defines something is bracketed by them: who is to be told
// that it begins is told before; when it has ended, what it has dropped and what it has
// made is found by comparing the catalogs before and after.

// command is one that event triggers are told of, while it runs.
type command struct {
	s    *Session
	stmt ast.Statement
	tag  string
	// before is the catalog at the beginning; nil where nobody asks what has changed.
	before *catalog.Catalog
	// event is the one whose triggers are firing; empty between events.
	event string
	// dropped, made: what the functions give while sql_drop and ddl_command_end are fired.
	dropped, made []types.Datum
	// rewritten is the table that is being written anew, for a reason.
	rewritten catalog.OID
	reason    int
}

// beginCommand tells those who wait for the beginning of a command; nil if there are no
// event triggers that are told of it.
func (s *Session) beginCommand(ctx context.Context, stmt ast.Statement) (*command, error) {
	if len(s.catalog().EventTriggers(s.database.OID, "")) == 0 || aboutShared(stmt) {
		return nil, nil
	}
	c := &command{s: s, stmt: stmt, tag: ddl.Tag(stmt)}
	if _, told := catalog.EventTag(c.tag, ""); !told {
		return nil, nil
	}
	s.tx.tx.StartStatement()
	if err := c.fire(ctx, "ddl_command_start"); err != nil {
		return nil, err
	}
	if c.concerns("sql_drop") || c.concerns("ddl_command_end") {
		c.before = s.catalog().Edit().Done()
	}
	return c, nil
}

// aboutShared says whether a command of a tag that has event triggers is about something
// that all databases share, or about an event trigger.
func aboutShared(stmt ast.Statement) bool {
	object := ast.ObjectType("")
	switch stmt := stmt.(type) {
	case *ast.GrantStmt:
		object = stmt.Object
	case *ast.CommentStmt:
		object = stmt.Object
	}
	switch object {
	case "database", "role", "tablespace", "event trigger", "parameter":
		return true
	}
	return false
}

// concerns says whether an event has a trigger for the command.
func (c *command) concerns(event string) bool {
	for _, t := range c.s.catalog().EventTriggers(c.s.database.OID, event) {
		if t.Fires(c.tag, c.s.settings.replica) {
			return true
		}
	}
	return false
}

// fire calls the triggers of an event.
func (c *command) fire(ctx context.Context, event string) error {
	s := c.s
	was := c.event
	c.event = event
	defer func() { c.event = was }()
	if event == "ddl_command_start" { // the command is not among the others yet
		s.events = append(s.events, c)
		defer func() { s.events = s.events[:len(s.events)-1] }()
	}
	for _, t := range s.catalog().EventTriggers(s.database.OID, event) {
		if !t.Fires(c.tag, s.settings.replica) {
			continue
		}
		leave := s.tx.tx.Nested()
		err := s.inRoutine(t.Function, func(r *catalog.Routine) error {
			fn, err := s.procedural(r, nil)
			if err != nil {
				return err
			}
			return plexec.RunEvent(ctx, (*proceduralHost)(s), fn, event, strings.ToUpper(c.tag))
		})
		leave()
		if err != nil {
			return err
		}
	}
	return nil
}

// end tells of what the command has dropped, and that it has ended.
func (c *command) end(ctx context.Context) error {
	if c.before == nil {
		return nil
	}
	if c.concerns("sql_drop") {
		if c.dropped = c.droppedObjects(); len(c.dropped) > 0 {
			if err := c.fire(ctx, "sql_drop"); err != nil {
				return err
			}
		}
	}
	if c.concerns("ddl_command_end") {
		c.made = c.madeObjects()
		if err := c.fire(ctx, "ddl_command_end"); err != nil {
			return err
		}
	}
	return c.s.constraints.EndStatement(ctx)
}

// rewriting tells of a table that the running command is about to write anew.
func (s *Session) rewriting(ctx context.Context, t *catalog.Table, reason int) error {
	if len(s.events) == 0 {
		return nil
	}
	c := s.events[len(s.events)-1]
	c.rewritten, c.reason = t.OID, reason
	defer func() { c.rewritten = 0 }()
	return c.fire(ctx, "table_rewrite")
}

func init() {
	// told gives the command whose triggers are firing, which must be for an event.
	told := func(s *Session, function, event, what string) (*command, error) {
		if n := len(s.events); n > 0 && s.events[n-1].event != "" && (event == "" || s.events[n-1].event == event) {
			return s.events[n-1], nil
		}
		return nil, sqlerr.New("39P03", "%s can only be called in %s", function, what)
	}
	hostFunctions["pg_event_trigger_dropped_objects"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		c, err := told(s, "pg_event_trigger_dropped_objects()", "sql_drop", "a sql_drop event trigger function")
		if err != nil {
			return types.Null, err
		}
		return types.ArrayDatum(types.RecordType, c.dropped), nil
	}
	hostFunctions["pg_event_trigger_ddl_commands"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		c, err := told(s, "pg_event_trigger_ddl_commands()", "", "an event trigger function")
		if err != nil {
			return types.Null, err
		}
		return types.ArrayDatum(types.RecordType, c.made), nil
	}
	hostFunctions["pg_event_trigger_table_rewrite_oid"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		c, err := told(s, "pg_event_trigger_table_rewrite_oid()", "table_rewrite", "a table_rewrite event trigger function")
		if err != nil {
			return types.Null, err
		}
		return types.Int(int64(c.rewritten)), nil
	}
	hostFunctions["pg_event_trigger_table_rewrite_reason"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		c, err := told(s, "pg_event_trigger_table_rewrite_reason()", "table_rewrite", "a table_rewrite event trigger function")
		if err != nil {
			return types.Null, err
		}
		return types.Int(int64(c.reason)), nil
	}
}
