package pgcatalog

import (
	"regexp"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/plan"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/tables"
)

// Reader reads a snapshot as one session does: names are written as its search
// path finds them, and privileges are its role's. It belongs to one statement.
type Reader struct {
	*Snapshot
	// Env has the search path.
	Env *plan.Env
	// LargeObject says whether there is a large object.
	LargeObject func(oid catalog.OID) bool
	// Store tells sizes.
	Store *tables.Store
	// Tx tells the values of sequences.
	Tx *tables.Tx
}

// qualified is schema.name, quoted where needed.
func (s *Snapshot) qualified(schema catalog.OID, name string) string {
	return expr.QuoteIdent(s.schemaName(schema)) + "." + expr.QuoteIdent(name)
}

// relationName is a relation's name, qualified unless the search path finds it.
func (r *Reader) relationName(rel catalog.Object) string {
	if r.relationVisible(rel.ObjectOID(), rel.Parent(), rel.ObjectName()) {
		return expr.QuoteIdent(rel.ObjectName())
	}
	return r.qualified(rel.Parent(), rel.ObjectName())
}

// relationVisible says whether an unqualified name finds that relation or
// index.
func (r *Reader) relationVisible(oid, schema catalog.OID, name string) bool {
	for _, sc := range r.path() {
		found := catalog.OID(0)
		if rel := r.Catalog.Relation(sc, name); rel != nil {
			found = rel.ObjectOID()
		} else if _, i := r.Catalog.Index(sc, name); i != nil {
			found = i.OID
		} else if u := r.Catalog.Type(sc, name); u != nil && u.Kind == types.KindComposite {
			found = compositeRelation(u)
		}
		if found != 0 {
			return found == oid
		}
	}
	return false
}

// path lists the schemas searched for unqualified names, in order.
func (r *Reader) path() []catalog.OID {
	var out []catalog.OID
	named := false
	for _, name := range r.Env.SearchPath {
		if sc := r.Catalog.Schema(r.Database.OID, name); sc != nil {
			out = append(out, sc.OID)
			named = named || sc.OID == catalog.SchemaPGCatalog
		}
	}
	if !named {
		out = append([]catalog.OID{catalog.SchemaPGCatalog}, out...)
	}
	if r.Env.TempSchema != 0 {
		out = append([]catalog.OID{r.Env.TempSchema}, out...)
	}
	return out
}

// schemaVisible says whether a schema is on the path.
func (r *Reader) schemaVisible(schema catalog.OID) bool {
	for _, sc := range r.path() {
		if sc == schema {
			return true
		}
	}
	return false
}

// bind analyses a stored expression over t's row; nil if that cannot be done
// any more.
func (s *Snapshot) bind(t *catalog.Table, stored string) expr.Expr {
	parsed, err := parser.ParseExpr(stored)
	if err != nil {
		return nil
	}
	return bound(s.env(), t, parsed)
}

func bound(env *plan.Env, t *catalog.Table, parsed ast.Expr) expr.Expr {
	e, err := plan.RowExpression(env, t, parsed, "")
	if err != nil {
		return nil
	}
	return e
}

// bind is Snapshot's, with functions named as the session finds them.
func (r *Reader) bind(t *catalog.Table, stored string) expr.Expr {
	parsed, err := parser.ParseExpr(stored)
	if err != nil {
		return nil
	}
	env := r.env()
	r.shows(env)
	return bound(env, t, parsed)
}

// reprint writes a stored expression for this session.
func (r *Reader) reprint(t *catalog.Table, stored string, pretty bool) string {
	if t != nil && hasSubquery(stored) {
		env := r.env()
		r.shows(env)
		if text, ok := env.ConditionDefinition(t, stored, func(rel catalog.Relation) string { return r.relationName(rel) }, pretty); ok {
			return r.shorten(text)
		}
		return r.shorten(stored)
	}
	e := r.bind(t, stored)
	if e == nil {
		return r.shorten(stored)
	}
	return r.print(e, pretty)
}

func (r *Reader) print(e expr.Expr, pretty bool) string {
	return r.shorten(expr.Style{Pretty: pretty, TypeName: r.spellType, Env: r.Env.Types}.Definition(e, false))
}

var regclassLiteral = regexp.MustCompile(`'((?:[^']|'')*)'::regclass`)

// shorten writes the relations that regclass literals name as the search path
// finds them; stored expressions name them with their schema.
func (r *Reader) shorten(text string) string {
	if !strings.Contains(text, "::regclass") {
		return text
	}
	return regclassLiteral.ReplaceAllStringFunc(text, func(m string) string {
		name := strings.ReplaceAll(regclassLiteral.FindStringSubmatch(m)[1], "''", "'")
		parts, ok := SplitName(name)
		if !ok || len(parts) != 2 {
			return m
		}
		sc := r.Catalog.Schema(r.Database.OID, parts[0])
		if sc == nil {
			return m
		}
		rel := r.Catalog.Relation(sc.OID, parts[1])
		if rel == nil {
			return m
		}
		return expr.QuoteLiteral(r.relationName(rel)) + "::regclass"
	})
}

// SplitName takes a dotted name apart as PostgreSQL reads the names in strings:
// unquoted parts are folded, quotes double inside quoted ones.
func SplitName(name string) (parts []string, ok bool) {
	rest := strings.TrimSpace(name)
	for {
		var word strings.Builder
		if strings.HasPrefix(rest, `"`) {
			rest = rest[1:]
			for {
				end := strings.IndexByte(rest, '"')
				if end < 0 {
					return nil, false
				}
				word.WriteString(rest[:end])
				rest = rest[end+1:]
				if !strings.HasPrefix(rest, `"`) {
					break
				}
				word.WriteByte('"')
				rest = rest[1:]
			}
		} else {
			end := strings.IndexAny(rest, ". \t")
			if end < 0 {
				end = len(rest)
			}
			if end == 0 {
				return nil, false
			}
			word.WriteString(strings.ToLower(rest[:end]))
			rest = rest[end:]
		}
		parts = append(parts, types.ClipName(word.String()))
		if rest = strings.TrimSpace(rest); rest == "" {
			return parts, true
		}
		if rest[0] != '.' {
			return nil, false
		}
		rest = strings.TrimSpace(rest[1:])
	}
}
