package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// pg_statistic_ext: what CREATE STATISTICS has made.

func init() {
	makes("pg_statistic_ext", func(s *Snapshot, out *rows) {
		for t, st := range s.extended() {
			var keys []int64
			for _, num := range st.Columns {
				keys = append(keys, int64(num))
			}
			kinds, exprs := st.Kinds, any(nil)
			if st.Exprs != nil {
				kinds, exprs = kinds+"e", strings.Join(st.Exprs, ", ")
			}
			var chars []types.Datum
			for _, k := range []byte(kinds) {
				chars = append(chars, types.Int(int64(k)))
			}
			out.add("oid", st.OID, "stxrelid", t.OID, "stxname", st.Name, "stxnamespace", st.Schema, "stxowner", st.Owner, "stxstattarget", int(st.Target),
				"stxkeys", vector(types.Int2, keys), "stxkind", types.ArrayDatum(types.Char, chars), "stxexprs", exprs)
		}
	})
	functions["pg_get_statisticsobjdef"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t, st := r.extendedByOID(oidArg(a[0]))
		if st == nil {
			return types.Null, nil
		}
		def := "CREATE STATISTICS " + r.qualified(st.Schema, st.Name)
		if words := st.Words(); words != nil {
			def += " (" + strings.Join(words, ", ") + ")"
		}
		return text(def + " ON " + strings.Join(r.extendedParts(t, st), ", ") + " FROM " + r.relationName(t))
	}
	functions["pg_get_statisticsobjdef_columns"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t, st := r.extendedByOID(oidArg(a[0]))
		if st == nil {
			return types.Null, nil
		}
		return text(strings.Join(r.extendedParts(t, st), ", "))
	}
	functions["pg_get_statisticsobjdef_expressions"] = func(r *Reader, a []types.Datum) (types.Datum, error) {
		t, st := r.extendedByOID(oidArg(a[0]))
		if st == nil || st.Exprs == nil {
			return types.Null, nil
		}
		var list []types.Datum
		for _, e := range st.Exprs {
			list = append(list, types.String(r.reprint(t, e, true)))
		}
		return types.ArrayDatum(types.Text, list), nil
	}
}

// extended gives each statistics object with its table.
func (s *Snapshot) extended() func(yield func(*catalog.Table, *catalog.ExtendedStatistics) bool) {
	s.objects()
	return func(yield func(*catalog.Table, *catalog.ExtendedStatistics) bool) {
		for _, t := range s.once.tables {
			for _, st := range t.Extended {
				if !yield(t, st) {
					return
				}
			}
		}
	}
}

func (s *Snapshot) extendedByOID(oid catalog.OID) (*catalog.Table, *catalog.ExtendedStatistics) {
	for t, st := range s.extended() {
		if st.OID == oid {
			return t, st
		}
	}
	return nil, nil
}

// extendedParts are the columns and then the expressions, which stand in parentheses unless
// they are function calls.
func (r *Reader) extendedParts(t *catalog.Table, st *catalog.ExtendedStatistics) (list []string) {
	for _, num := range st.Columns {
		if at := t.Ordinal(num); at >= 0 {
			list = append(list, expr.QuoteIdent(t.Columns[at].Name))
		}
	}
	for _, e := range st.Exprs {
		shown := r.reprint(t, e, true)
		call, ok := r.bind(t, e).(*expr.Call)
		if !ok || call.Form == expr.FormOperator {
			shown = "(" + shown + ")"
		}
		list = append(list, shown)
	}
	return list
}
