package session

import (
	"hash/maphash"
	"slices"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Bounds of what a session remembers of unprepared statements.
const (
	recentStatements = 16
	recentBytes      = 2048 // of one text
	recentTexts      = 24   // whose hashes are known
)

// recent remembers what a client sends again and again without preparing it: the
// statement trees of its last query strings and their plans. A text is worth
// remembering from the second time on; one full of literals hardly ever comes
// twice.
type recent struct {
	seen [recentTexts]uint32 // a ring of hashes
	next int
	list []*recentText // last used first
}

// recentText is one query string.
type recentText struct {
	text   string
	parsed []ast.Parsed
	// What the plan of its only statement depends on, besides the search path.
	ps       *prepared
	declared []*types.Type
	catalog  *catalog.Catalog
	settings uint64
}

var recentSeed = maphash.MakeSeed()

// find gives what is remembered of a text; nil for nothing.
func (r *recent) find(text string) *recentText {
	if len(text) > recentBytes {
		return nil
	}
	for i, t := range r.list {
		if t.text == text {
			if i > 0 {
				copy(r.list[1:], r.list[:i])
				r.list[0] = t
			}
			return t
		}
	}
	return nil
}

// add remembers a text, if it has been seen lately.
func (r *recent) add(text string, parsed []ast.Parsed) {
	if len(text) > recentBytes {
		return
	}
	hash := uint32(maphash.String(recentSeed, text))
	if !slices.Contains(r.seen[:], hash) {
		r.seen[r.next] = hash
		r.next = (r.next + 1) % recentTexts
		return
	}
	if len(r.list) == recentStatements {
		r.list = r.list[:recentStatements-1]
	}
	r.list = slices.Insert(r.list, 0, &recentText{text: text, parsed: parsed})
}

// parse gives the statements of a query string.
func (s *Session) parse(sql string) ([]ast.Parsed, error) {
	if s.settings.strings.Backslash { // nothing is remembered of that
		return parser.ParseAs(sql, s.settings.strings)
	}
	if t := s.recent.find(sql); t != nil {
		return t.parsed, nil
	}
	list, err := parser.Parse(sql)
	if err == nil {
		s.recent.add(sql, list)
	}
	return list, err
}

// plan gives a statement as it was planned before; nil when it must be planned.
func (t *recentText) plan(s *Session, stmt ast.Statement, declared []*types.Type) *prepared {
	if t == nil || t.ps == nil || t.ps.stmt != stmt || t.settings != s.settings.generation || t.catalog != s.catalog() || !slices.Equal(t.declared, declared) {
		return nil
	}
	return t.ps
}

// keep remembers a plan.
func (t *recentText) keep(s *Session, ps *prepared, declared []*types.Type) {
	if t != nil && ps.plan != nil && len(t.parsed) == 1 && ps.stmt == t.parsed[0].Statement {
		t.ps, t.declared, t.catalog, t.settings = ps, declared, s.catalog(), s.settings.generation
	}
}
