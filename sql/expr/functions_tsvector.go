package expr

import (
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Functions and operators of tsvector and tsquery themselves.

// weightOf reads a weight's letter.
func weightOf(c byte) (uint16, error) {
	if at := strings.IndexByte("DdCcBbAa", c); at >= 0 {
		return uint16(at / 2), nil
	}
	return 0, sqlerr.New(sqlerr.InvalidParameterValue, `unrecognized weight: "%c"`, c)
}

// reweighted gives a document whose lexemes, those that only names if it is not nil,
// have a weight.
func reweighted(document []types.Lexeme, weight uint16, only map[string]bool) types.Datum {
	out := slices.Clone(document)
	for i := range out {
		if only != nil && !only[out[i].Word] {
			continue
		}
		out[i].Positions = slices.Clone(out[i].Positions)
		for k, p := range out[i].Positions {
			out[i].Positions[k] = p&(1<<14-1) | weight<<14
		}
	}
	return types.NewTSVector(out)
}

// concatenated is ||: the positions of the second document follow those of the first.
func concatenated(a, b []types.Lexeme) types.Datum {
	last := 0
	for _, l := range a {
		for _, p := range l.Positions {
			last = max(last, int(p&(1<<14-1)))
		}
	}
	out := make([]types.Lexeme, 0, len(a)+len(b))
	for _, l := range a {
		out = append(out, types.Lexeme{Word: l.Word, Positions: slices.Clone(l.Positions)})
	}
	for _, l := range b {
		moved := types.Lexeme{Word: l.Word}
		for _, p := range l.Positions {
			moved.Positions = append(moved.Positions, uint16(min(int(p&(1<<14-1))+last, 1<<14-1))|p&(3<<14))
		}
		out = append(out, moved)
	}
	return types.NewTSVector(out)
}

func without(document []types.Lexeme, words map[string]bool) types.Datum {
	out := slices.DeleteFunc(slices.Clone(document), func(l types.Lexeme) bool { return words[l.Word] })
	return types.NewTSVector(out)
}

// wordSet are the elements of a text array; NULL in it is an error if so said.
func wordSet(d types.Datum, nulls bool) (map[string]bool, error) {
	out := map[string]bool{}
	for _, e := range d.Array().Elems {
		if e.IsNull() {
			if !nulls {
				return nil, sqlerr.New(sqlerr.NullValueNotAllowed, "lexeme array may not contain nulls")
			}
			continue
		}
		out[e.Str()] = true
	}
	return out, nil
}

// joinQueries is && and || of queries; an empty one leaves the other.
func joinQueries(op types.TSOp, a, b *types.TSNode, distance int) types.Datum {
	switch {
	case a == nil:
		return types.TSQueryDatum(b)
	case b == nil:
		return types.TSQueryDatum(a)
	}
	return types.TSQueryDatum(&types.TSNode{Op: op, Left: a, Right: b, Distance: distance})
}

// indexable is the part of a query that an index can look up; nil if it cannot.
func indexable(n *types.TSNode) *types.TSNode {
	switch n.Op {
	case types.TSLexeme:
		return n
	case types.TSNot:
		return nil
	}
	a, b := indexable(n.Left), indexable(n.Right)
	switch {
	case n.Op == types.TSOr && (a == nil || b == nil):
		return nil
	case a == nil:
		return b
	case b == nil:
		return a
	}
	out := *n
	out.Left, out.Right = a, b
	return &out
}

// containsQuery says whether all words of b are in a.
func containsQuery(a, b *types.TSNode) bool {
	words := map[string]bool{}
	for _, op := range a.Operands(nil) {
		words[op.Word] = true
	}
	for _, op := range b.Operands(nil) {
		if !words[op.Word] {
			return false
		}
	}
	return true
}

func init() {
	queries := func(op types.TSOp) EvalFunc {
		return func(_ *Context, a []types.Datum) (types.Datum, error) {
			return joinQueries(op, a[0].TSQuery(), a[1].TSQuery(), 0), nil
		}
	}
	register(map[string]EvalFunc{
		"tsvector_strip": func(_ *Context, a []types.Datum) (types.Datum, error) {
			var out []types.Lexeme
			for _, l := range a[0].Lexemes() {
				out = append(out, types.Lexeme{Word: l.Word})
			}
			return types.NewTSVector(out), nil
		},
		"tsvector_length": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(len(a[0].Lexemes()))), nil
		},
		"tsvector_setweight": func(_ *Context, a []types.Datum) (types.Datum, error) {
			w, err := weightOf(byte(a[1].Int()))
			if err != nil {
				return types.Null, err
			}
			return reweighted(a[0].Lexemes(), w, nil), nil
		},
		"tsvector_setweight_by_filter": func(_ *Context, a []types.Datum) (types.Datum, error) {
			w, err := weightOf(byte(a[1].Int()))
			if err != nil {
				return types.Null, err
			}
			words, err := wordSet(a[2], true)
			if err != nil {
				return types.Null, err
			}
			return reweighted(a[0].Lexemes(), w, words), nil
		},
		"tsvector_concat": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return concatenated(a[0].Lexemes(), a[1].Lexemes()), nil
		},
		"tsvector_delete_str": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return without(a[0].Lexemes(), map[string]bool{a[1].Str(): true}), nil
		},
		"tsvector_delete_arr": func(_ *Context, a []types.Datum) (types.Datum, error) {
			words, err := wordSet(a[1], true)
			if err != nil {
				return types.Null, err
			}
			return without(a[0].Lexemes(), words), nil
		},
		"tsvector_filter": func(_ *Context, a []types.Datum) (types.Datum, error) {
			var kept [4]bool
			for _, e := range a[1].Array().Elems {
				if e.IsNull() {
					return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "weight array may not contain nulls")
				}
				w, err := weightOf(byte(e.Int()))
				if err != nil {
					return types.Null, err
				}
				kept[w] = true
			}
			var out []types.Lexeme
			for _, l := range a[0].Lexemes() {
				f := types.Lexeme{Word: l.Word}
				for _, p := range l.Positions {
					if kept[p>>14] {
						f.Positions = append(f.Positions, p)
					}
				}
				if f.Positions != nil {
					out = append(out, f)
				}
			}
			return types.NewTSVector(out), nil
		},
		"tsvector_to_array": func(_ *Context, a []types.Datum) (types.Datum, error) {
			var words []types.Datum
			for _, l := range a[0].Lexemes() {
				words = append(words, types.String(l.Word))
			}
			return types.ArrayDatum(types.Text, words), nil
		},
		"array_to_tsvector": func(_ *Context, a []types.Datum) (types.Datum, error) {
			var out []types.Lexeme
			for _, e := range a[0].Array().Elems {
				switch {
				case e.IsNull():
					return types.Null, sqlerr.New(sqlerr.NullValueNotAllowed, "lexeme array may not contain nulls")
				case e.Str() == "":
					return types.Null, sqlerr.New(sqlerr.ZeroLengthCharacterString, "lexeme array may not contain empty strings")
				}
				out = append(out, types.Lexeme{Word: e.Str()})
			}
			return types.NewTSVector(out), nil
		},

		"tsquery_and": queries(types.TSAnd),
		"tsquery_or":  queries(types.TSOr),
		"tsquery_phrase": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return joinQueries(types.TSPhrase, a[0].TSQuery(), a[1].TSQuery(), 1), nil
		},
		"tsquery_phrase_distance": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if d := a[2].Int(); d < 0 || d > types.MaxTSDistance {
				return types.Null, sqlerr.New(sqlerr.InvalidParameterValue, "distance in phrase operator must be an integer value between zero and %d inclusive", types.MaxTSDistance)
			}
			return joinQueries(types.TSPhrase, a[0].TSQuery(), a[1].TSQuery(), int(a[2].Int())), nil
		},
		"tsquery_not": func(_ *Context, a []types.Datum) (types.Datum, error) {
			if a[0].TSQuery() == nil {
				return a[0], nil
			}
			return types.TSQueryDatum(&types.TSNode{Op: types.TSNot, Right: a[0].TSQuery()}), nil
		},
		"tsquery_rewrite": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.TSQueryDatum(textsearch.Rewrite(a[0].TSQuery(), a[1].TSQuery(), a[2].TSQuery())), nil
		},
		"tsquery_numnode": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Int(int64(a[0].TSQuery().Size())), nil
		},
		"tsquerytree": func(_ *Context, a []types.Datum) (types.Datum, error) {
			root := a[0].TSQuery()
			if root == nil {
				return types.String(""), nil
			}
			if root = indexable(root); root == nil {
				return types.String("T"), nil
			}
			return types.String(root.Text()), nil
		},
		"tsq_mcontains": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(containsQuery(a[0].TSQuery(), a[1].TSQuery())), nil
		},
		"tsq_mcontained": func(_ *Context, a []types.Datum) (types.Datum, error) {
			return types.Bool(containsQuery(a[1].TSQuery(), a[0].TSQuery())), nil
		},
	})
	registerSets(map[string]SetFunc{
		"tsvector_unnest": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			for _, l := range a[0].Lexemes() {
				row := types.Row{types.String(l.Word), types.Null, types.Null}
				if len(l.Positions) > 0 {
					var positions, weights []types.Datum
					for _, p := range l.Positions {
						positions = append(positions, types.Int(int64(p&(1<<14-1))))
						weights = append(weights, types.String("DCBA"[p>>14:p>>14+1]))
					}
					row[1], row[2] = types.ArrayDatum(types.Int2, positions), types.ArrayDatum(types.Text, weights)
				}
				if err := yield(row); err != nil {
					return err
				}
			}
			return nil
		},
	})
}
