package session

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What extension pg_stat_statements counts: how often statements have run, how long they
// took and how many rows they gave. Statements of a database are counted while it has the
// extension; what has been counted is kept in memory.

// statementsExtension is the extension.
const statementsExtension = "pg_stat_statements"

// maxCountedStatements is pg_stat_statements.max: beyond it those that run least are
// forgotten.
const maxCountedStatements = 5000

// statementKey is what is counted together.
type statementKey struct {
	user, database catalog.OID
	id             int64
	top            bool
}

// statementCount is what is known of a statement; times are in milliseconds.
type statementCount struct {
	text               string
	calls, rows        int64
	total, least, most float64
	mean, squares      float64 // of the times; squares: of their distances from the mean
	usage              float64 // how much it is used of late
}

// statementCounts is what a server has counted.
type statementCounts struct {
	mu struct {
		sync.Mutex
		by        map[statementKey]*statementCount
		since     time.Time
		forgotten int64
	}
	// texts has *normalText by the text of a statement, some thousand of them.
	texts sync.Map
	known atomic.Int64
}

// normalOf normalises the text of a statement, or finds that it has done so.
func (c *statementCounts) normalOf(text string, stmt ast.Statement, start int) *normalText {
	if n, ok := c.texts.Load(text); ok {
		return n.(*normalText)
	}
	n := normalise(text, stmt, start)
	const longest = 1 << 14 // bytes of a text that is kept
	if len(text) <= longest {
		if c.known.Add(1) > 2*maxCountedStatements {
			c.texts.Clear()
			c.known.Store(0)
		}
		c.texts.Store(text, n)
	}
	return n
}

// add counts a statement that has run.
func (c *statementCounts) add(key statementKey, text string, took time.Duration, rows int64) {
	ms := float64(took) / float64(time.Millisecond)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.mu.by == nil {
		c.mu.by = map[statementKey]*statementCount{}
		if c.mu.since.IsZero() {
			c.mu.since = time.Now()
		}
	}
	n := c.mu.by[key]
	if n == nil {
		if len(c.mu.by) >= maxCountedStatements {
			c.forget()
		}
		n = &statementCount{text: text, least: ms, most: ms}
		c.mu.by[key] = n
	}
	n.calls++
	n.usage++
	n.rows += rows
	n.total += ms
	n.least, n.most = min(n.least, ms), max(n.most, ms)
	off := ms - n.mean
	n.mean += off / float64(n.calls)
	n.squares += off * (ms - n.mean)
}

// forget forgets the twentieth of the statements that is used least; mu is held.
func (c *statementCounts) forget() {
	type used struct {
		key   statementKey
		usage float64
	}
	var list []used
	for key, n := range c.mu.by {
		n.usage *= 0.99
		list = append(list, used{key, n.usage})
	}
	slices.SortFunc(list, func(a, b used) int { return cmp.Compare(a.usage, b.usage) })
	for _, u := range list[:max(len(list)/20, 10)] {
		delete(c.mu.by, u.key)
	}
	c.mu.forgotten++
}

// reset forgets what is of a user, of a database and with an id; 0: of any.
func (c *statementCounts) reset(user, database catalog.OID, id int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key := range c.mu.by {
		if (user == 0 || key.user == user) && (database == 0 || key.database == database) && (id == 0 || key.id == id) {
			delete(c.mu.by, key)
		}
	}
	if user == 0 && database == 0 && id == 0 {
		c.mu.since, c.mu.forgotten = time.Now(), 0
	}
}

// counting says whether statements of the session are counted: whether its database has
// the extension. It looks once for each version of the catalog.
func (s *Session) counting() bool {
	cat := s.server.opts.Store.Catalog()
	if s.counted.version != cat.Version {
		s.counted.version, s.counted.on = cat.Version, cat.Extension(s.database.OID, statementsExtension) != nil
	}
	return s.counted.on
}

// countStatement begins to count a statement, of which text is the part of a query string that
// begins at start; nil: it is not counted. The result is called when it has run.
func (s *Session) countStatement(text string, start int, stmt ast.Statement) func(rows int64) {
	if !s.counting() || s.settings.value("pg_stat_statements.track") == "none" {
		return nil
	}
	switch stmt.(type) {
	case *ast.ExecuteStmt, *ast.PrepareStmt, *ast.DeallocateStmt:
		return nil // what is prepared is counted when it runs
	default:
		if !planned(stmt) && s.settings.value("pg_stat_statements.track_utility") == "off" {
			return nil
		}
	}
	began := time.Now()
	return func(rows int64) {
		took := time.Since(began)
		n := s.server.statements.normalOf(text, stmt, start)
		s.server.statements.add(statementKey{s.role().OID, s.database.OID, n.id, true}, n.text, took, rows)
	}
}

// countPrepared is countStatement for a statement that has been prepared.
func (s *Session) countPrepared(ps *prepared) func(rows int64) {
	if ps.stmt == nil || !s.counting() {
		return nil
	}
	return s.countStatement(ps.text, 0, ps.stmt)
}

// rowsOfTag is how many rows a statement gave or changed, by its tag. Of statements
// without a plan only those that move rows have any.
func rowsOfTag(tag string) int64 {
	word, _, _ := strings.Cut(tag, " ")
	switch word {
	case "SELECT", "INSERT", "UPDATE", "DELETE", "MERGE", "COPY", "FETCH", "REFRESH":
		n, _ := strconv.ParseInt(tag[strings.LastIndexByte(tag, ' ')+1:], 10, 64)
		return n
	}
	return 0
}

func init() {
	hostFunctions["pg_stat_statements"] = func(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
		return s.countedStatements(args[0].Int() != 0), nil
	}
	hostFunctions["pg_stat_statements_info"] = func(s *Session, _ *expr.Context, _ []types.Datum) (types.Datum, error) {
		c := &s.server.statements
		c.mu.Lock()
		defer c.mu.Unlock()
		since := c.mu.since
		if since.IsZero() {
			since = s.server.started
		}
		return types.Object(&types.Record{Types: []*types.Type{types.Int8, types.TimestampTZ}, Names: []string{"dealloc", "stats_reset"},
			Values: []types.Datum{types.Int(c.mu.forgotten), timestamp(since)}}), nil
	}
	hostFunctions["pg_stat_statements_reset"] = func(s *Session, _ *expr.Context, args []types.Datum) (types.Datum, error) {
		s.server.statements.reset(types.OID(args[0].Int()), types.OID(args[1].Int()), args[2].Int())
		return types.String(""), nil
	}
}

// hiddenStatement is shown instead of what others have run.
const hiddenStatement = "<insufficient privilege>"

// countedStatements are the rows of pg_stat_statements.
func (s *Session) countedStatements(texts bool) types.Datum {
	cat, role := s.catalog(), s.role().OID
	all := cat.HasPrivilegesOf(role, catalog.RoleReadAllStats)
	c := &s.server.statements
	c.mu.Lock()
	defer c.mu.Unlock()
	var rows []types.Datum
	for key, n := range c.mu.by {
		id, text := types.Int(key.id), types.Null
		switch {
		case !all && key.user != role:
			id = types.Null
			text = types.String(hiddenStatement)
		case texts:
			text = types.String(n.text)
		}
		row := []types.Datum{types.Int(int64(key.user)), types.Int(int64(key.database)), types.Bool(key.top), id, text,
			types.Int(0), types.Float(0), types.Float(0), types.Float(0), types.Float(0), types.Float(0),
			types.Int(n.calls), types.Float(n.total), types.Float(n.least), types.Float(n.most), types.Float(n.mean), types.Float(deviation(n)), types.Int(n.rows)}
		for range 10 { // blocks
			row = append(row, types.Int(0))
		}
		row = append(row, types.Float(0), types.Float(0), types.Float(0), types.Float(0), types.Int(0), types.Int(0), types.NumericOf(0, 0))
		for range 4 { // compiled code
			row = append(row, types.Int(0), types.Float(0))
		}
		rows = append(rows, types.Object(&types.Record{Values: row}))
	}
	return types.ArrayDatum(types.RecordType, rows)
}

func deviation(n *statementCount) float64 {
	if n.calls < 2 {
		return 0
	}
	return math.Sqrt(n.squares / float64(n.calls))
}

// The settings of the extension. Counts are not saved when the server stops.
var statementVariables = []variable{
	{name: "pg_stat_statements.max", preset: strconv.Itoa(maxCountedStatements), readOnly: true, context: "postmaster", unlisted: true},
	{name: "pg_stat_statements.save", preset: "off", readOnly: true, context: "sighup", unlisted: true},
	{name: "pg_stat_statements.track", preset: "top", superuser: true, unlisted: true, check: checkTracked},
	{name: "pg_stat_statements.track_utility", preset: "on", superuser: true, unlisted: true, check: checkBool},
	{name: "pg_stat_statements.track_planning", preset: "off", superuser: true, unlisted: true, check: checkPlanning},
}

// checkTracked refuses by name to count the statements within functions.
func checkTracked(name, value string) (string, error) {
	value, err := oneOf("none", "top", "all")(name, value)
	if err == nil && value == "all" {
		err = sqlerr.Unsupported("pg_stat_statements.track = all")
	}
	return value, err
}

// checkPlanning refuses by name to count how often statements are planned.
func checkPlanning(name, value string) (string, error) {
	value, err := checkBool(name, value)
	if err == nil && value == "on" {
		err = sqlerr.Unsupported("pg_stat_statements.track_planning")
	}
	return value, err
}
