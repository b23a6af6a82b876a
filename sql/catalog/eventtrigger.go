package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// EventTrigger describes an event trigger. They are superusers' alone.
type EventTrigger struct {
	Definition
	// Event is ddl_command_start, ddl_command_end, sql_drop or table_rewrite.
	Event    string
	Function OID
	// Enabled is pg_event_trigger.evtenabled: 'O', 'D', 'R' or 'A'.
	Enabled byte
	// Tags are the commands that it is for, in capitals; none: all.
	Tags []string `json:",omitempty"`
}

// ObjectClass implements Object.
func (t *EventTrigger) ObjectClass() Class { return ClassEventTrigger }

// Copy implements Defined.
func (t *EventTrigger) Copy() Defined { c := *t; return &c }

// Fires says whether a command of a tag fires it, under session_replication_role replica or
// not.
func (t *EventTrigger) Fires(tag string, replica bool) bool {
	if t.Enabled == 'D' || t.Enabled == 'O' && replica || t.Enabled == 'R' && !replica {
		return false
	}
	return len(t.Tags) == 0 || slices.Contains(t.Tags, tag)
}

// EventTriggers lists the event triggers of a database for an event, in the order of their
// names, which they fire in; an empty event is any.
func (c *Catalog) EventTriggers(database OID, event string) (list []*EventTrigger) {
	if c.events == 0 {
		return nil
	}
	for _, o := range c.objects {
		if t, ok := o.(*EventTrigger); ok && t.Within == database && (event == "" || t.Event == event) {
			list = append(list, t)
		}
	}
	slices.SortFunc(list, func(a, b *EventTrigger) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Events are those that event triggers can be for.
var Events = []string{"ddl_command_start", "ddl_command_end", "sql_drop", "table_rewrite"}

// What event triggers are told of: CREATE, ALTER and DROP of objects of a database, and
// some commands besides.
var (
	eventObjects = strings.Split("ACCESS METHOD,AGGREGATE,CAST,COLLATION,CONSTRAINT,CONVERSION,DOMAIN,EXTENSION,FOREIGN DATA WRAPPER,FOREIGN TABLE,FUNCTION,INDEX,LANGUAGE,"+
		"MATERIALIZED VIEW,OPERATOR,OPERATOR CLASS,OPERATOR FAMILY,POLICY,PROCEDURE,PUBLICATION,ROUTINE,RULE,SCHEMA,SEQUENCE,SERVER,STATISTICS,SUBSCRIPTION,TABLE,"+
		"TEXT SEARCH CONFIGURATION,TEXT SEARCH DICTIONARY,TEXT SEARCH PARSER,TEXT SEARCH TEMPLATE,TRANSFORM,TRIGGER,TYPE,USER MAPPING,VIEW", ",")
	eventCommands = strings.Split("ALTER DEFAULT PRIVILEGES,ALTER LARGE OBJECT,COMMENT,CREATE TABLE AS,DROP OWNED,GRANT,IMPORT FOREIGN SCHEMA,REFRESH MATERIALIZED VIEW,REVOKE,SECURITY LABEL,SELECT INTO", ",")
	// Commands about what all databases share, and those that define nothing.
	sharedObjects = []string{"DATABASE", "EVENT TRIGGER", "ROLE", "TABLESPACE"}
	otherCommands = strings.Split("ALTER SYSTEM,ANALYZE,BEGIN,CALL,CHECKPOINT,CLOSE,CLOSE CURSOR,CLOSE CURSOR ALL,CLUSTER,COMMIT,COMMIT PREPARED,COPY,COPY FROM,DEALLOCATE,DEALLOCATE ALL,"+
		"DECLARE CURSOR,DELETE,DISCARD,DISCARD ALL,DISCARD PLANS,DISCARD SEQUENCES,DISCARD TEMP,DO,EXECUTE,EXPLAIN,FETCH,GRANT ROLE,INSERT,LISTEN,LOAD,LOCK TABLE,MERGE,MOVE,NOTIFY,PREPARE,"+
		"PREPARE TRANSACTION,REASSIGN OWNED,REINDEX,RELEASE,RESET,REVOKE ROLE,ROLLBACK,ROLLBACK PREPARED,SAVEPOINT,SELECT,SELECT FOR KEY SHARE,SELECT FOR NO KEY UPDATE,SELECT FOR SHARE,"+
		"SELECT FOR UPDATE,SET,SET CONSTRAINTS,SHOW,START TRANSACTION,TRUNCATE TABLE,UNLISTEN,UPDATE,VACUUM", ",")
	rewritingCommands = []string{"ALTER MATERIALIZED VIEW", "ALTER TABLE", "ALTER TYPE"}
)

// EventTag says whether there is a command of a tag, and whether event triggers for an
// event are told of it.
func EventTag(tag, event string) (known, told bool) {
	verb, object, _ := strings.Cut(tag, " ")
	about := verb == "CREATE" || verb == "ALTER" || verb == "DROP"
	told = about && slices.Contains(eventObjects, object) || slices.Contains(eventCommands, tag)
	known = told || about && slices.Contains(sharedObjects, object) || slices.Contains(otherCommands, tag)
	if event == "table_rewrite" {
		told = slices.Contains(rewritingCommands, tag)
	}
	return known, told
}
