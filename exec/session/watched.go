package session

import (
	"strings"
	"sync"
	"time"

	"github.com/kalamsql/kalamsql/live"
	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/storage"
)

// # Many live queries with one text
//
// Clients subscribe to the same query with other parameters, thousands of times. What is
// made of its text is the same for all who ask as the same user: it is made once for them
// and kept once, the plan and what the hub makes of it. That holds where planning looks at
// nothing but the definitions and the settings that the key has; a text with 'today' in it
// is planned each time.

// watched is a planned live query with what its requests have in common.
type watched struct {
	plan  *plan.Plan
	query *ast.SelectStmt
	text  string // the canonical one
	host  *expr.StaticHost
	// allowed and means are live.Request's.
	allowed  func(*catalog.Catalog) error
	means    func(*catalog.Catalog) bool
	compiled *live.Compiled // nil: the plan is one request's alone
	dated    bool           // live.Request's
	asOf     storage.Seq    // likewise
}

// watchedKey is what planning a live query over one table may look at.
type watchedKey struct {
	sql               string
	params            int
	database, temp    catalog.OID
	role              planRole
	login, user, path string
	dateStyle         types.DateStyle
	dateOrder         types.DateOrder
	intervalStyle     types.IntervalStyle
	location          *time.Location
	extraFloatDigits  int
	byteaEscape       bool
}

// mostWatched is how many are kept of one version of the definitions.
const mostWatched = 512

// watchedQueries are those that are kept.
type watchedQueries struct {
	mu   sync.Mutex
	of   *catalog.Catalog
	kept map[watchedKey]*watched
}

func (q *watchedQueries) find(cat *catalog.Catalog, key watchedKey) *watched {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of != cat {
		return nil
	}
	return q.kept[key]
}

func (q *watchedQueries) keep(cat *catalog.Catalog, key watchedKey, w *watched) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.of != cat || len(q.kept) >= mostWatched {
		q.of, q.kept = cat, map[watchedKey]*watched{}
	}
	q.kept[key] = w
}

// watch plans a live query, or finds it planned.
func (s *Session) watch(sql string, params int) (*watched, error) {
	cat, key := s.catalog(), s.watchedKey(sql, params)
	if w := s.server.watched.find(cat, key); w != nil && s.statisticsHold(w.plan) {
		return w, nil
	}
	query, err := parseSelect(sql)
	if err != nil {
		return nil, err
	}
	w, asked, err := s.planWatched(query, params)
	if err != nil {
		return nil, err
	}
	if cat == s.store().Catalog() && asked == (asking{}) && s.server.opts.Hub.Alike(w.plan) {
		w.compiled = &live.Compiled{}
		s.server.watched.keep(cat, key, w)
	}
	return w, nil
}

// watchedKey is what planning a live query looks at beside definitions.
func (s *Session) watchedKey(sql string, params int) watchedKey {
	env := s.settings.env
	key := watchedKey{sql: sql, params: params, database: s.database.OID, role: s.planRole(), login: s.start.User, user: s.User(), path: strings.Join(s.searchPath(), "\x00"),
		dateStyle: env.DateStyle, dateOrder: env.DateOrder, intervalStyle: env.IntervalStyle, location: env.Location, extraFloatDigits: env.ExtraFloatDigits, byteaEscape: env.ByteaEscape}
	if schema := s.tempSchema(s.catalog()); schema != nil {
		key.temp = schema.OID
	}
	return key
}

// asker is who asks for live queries now, in which settings.
func (s *Session) asker() watchedKey {
	key := s.watchedKey("", 0)
	key.role.horizon = 0
	return key
}

// planWatched plans a live query.
func (s *Session) planWatched(query *ast.SelectStmt, params int) (*watched, asking, error) {
	asOf := s.store().Applied() // before the definitions are looked at
	env := s.watchEnv()
	if env.Catalog != s.store().Catalog() {
		asOf = 0
	}
	asked := s.noteAsking(env)
	p, err := plan.Statement(env, query, nil, params)
	if err != nil {
		return nil, *asked, err
	}
	w := s.watched(p, query)
	w.dated, w.asOf = asked.time, asOf
	return w, *asked, nil
}

// asking is what planning has asked the session for that is no part of watchedKey: the
// time, and names of objects in values or domains.
type asking struct{ time, names bool }

// noteAsking has an environment note what planning asks for.
func (s *Session) noteAsking(env *plan.Env) *asking {
	asked := &asking{}
	own := *env.Types
	if now := own.Now; now != nil {
		own.Now = func() time.Time {
			asked.time = true
			return now()
		}
	}
	if in := own.RegIn; in != nil {
		own.RegIn = func(t *types.Type, name string) (types.OID, error) {
			asked.names = true
			return in(t, name)
		}
	}
	if out := own.RegOut; out != nil {
		own.RegOut = func(t *types.Type, oid types.OID) (string, bool) {
			asked.names = true
			return out(t, oid)
		}
	}
	if domain := own.Domain; domain != nil {
		own.Domain = func(t *types.Type, d types.Datum) error {
			asked.names = true
			return domain(t, d)
		}
	}
	env.Types = &own
	if env.Functions != nil {
		env.Functions.Env = &own
	}
	return asked
}

// watched makes what requests of a plan have in common.
func (s *Session) watched(p *plan.Plan, query *ast.SelectStmt) *watched {
	host := &expr.StaticHost{User: s.Role(), Login: s.start.User, Kalam: s.User(), DB: s.database.Name, Path: s.Schemas(false)}
	if p.Volatility != expr.Immutable {
		host.Settings = s.settings.custom() // a live query keeps those it began with
	}
	role, rest := s.role().OID, lasting(p)
	return &watched{plan: p, query: query, text: parser.Deparse(query), host: host, allowed: s.server.stillAllowed(role, rest), means: stillMeans(role, p, rest)}
}
