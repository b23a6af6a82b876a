package inverted

import (
	"encoding/binary"
	"hash/fnv"

	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/types"
	"github.com/kalamsql/kalamsql/sql/types/sortkey"
)

// longest is how long a key is at most; what is longer is cut or hashed.
const longest = 120

// cut shortens a key. Those that were in an order are still in it.
func cut(k []byte) []byte { return k[:min(len(k), longest)] }

// short shortens a key so that different ones stay different, all but a few.
func short(k []byte) []byte {
	if len(k) <= longest {
		return k
	}
	h := fnv.New64a()
	h.Write(k)
	return binary.BigEndian.AppendUint64(k[:longest-8:longest-8], h.Sum64())
}

// vectorClass is tsvector_ops: a key for each word.
var vectorClass = &Class{
	keys: func(list [][]byte, v types.Datum) [][]byte {
		words, _ := v.Object().([]types.Lexeme)
		for _, w := range words {
			list = append(list, cut([]byte(w.Word)))
		}
		return list
	},
	operators: map[string]*types.Type{"@@": types.TSQuery, "@@@": types.TSQuery},
	query: func(_ *expr.Context, _ string, v types.Datum) (*Query, error) {
		if v.TSQuery() == nil {
			return None, nil
		}
		return words(v.TSQuery()), nil
	},
}

func words(n *types.TSNode) *Query {
	switch n.Op {
	case types.TSLexeme:
		if word := cut([]byte(n.Word)); n.Prefix {
			return beginning(word)
		} else {
			return key(word)
		}
	case types.TSAnd, types.TSPhrase:
		return AllOf(words(n.Left), words(n.Right))
	case types.TSOr:
		return OneOf(words(n.Left), words(n.Right))
	}
	return All
}

// The kinds of keys of arrays.
const (
	noElements = iota // but NULLs
	anElement
)

// arrays is array_ops over arrays of a type: a key for each element, or one that
// says that there are none.
func arrays(t *types.Type) *Class {
	if !t.IsArray() || !sortkey.Encodable(t.Elem) {
		return nil
	}
	elements := func(list [][]byte, v types.Datum) (_ [][]byte, nulls bool) {
		for _, e := range v.Array().Elems {
			if e.IsNull() {
				nulls = true
			} else {
				list = append(list, short(sortkey.Append([]byte{anElement}, t.Elem, e)))
			}
		}
		return list, nulls
	}
	return &Class{
		keys: func(list [][]byte, v types.Datum) [][]byte {
			if list, _ = elements(list, v); len(list) == 0 {
				list = append(list, []byte{noElements})
			}
			return list
		},
		operators: map[string]*types.Type{"&&": nil, "@>": nil, "<@": nil, "=": nil},
		query: func(_ *expr.Context, op string, v types.Datum) (*Query, error) {
			keys, nulls := elements(nil, v)
			var list []*Query
			for _, k := range keys {
				list = append(list, key(k))
			}
			switch {
			case op == "&&":
				return OneOf(list...), nil
			case op == "<@":
				return OneOf(append(list, key([]byte{noElements}))...), nil
			case op == "@>" && nulls:
				return None, nil // NULL is in nothing
			case op == "=" && len(list) == 0:
				return key([]byte{noElements}), nil
			}
			return AllOf(list...), nil
		},
	}
}

// ordered is the class of the extensions btree_gin and btree_gist for a type: the value is the key.
func ordered(t *types.Type) *Class {
	if !sortkey.Encodable(t) {
		return nil
	}
	one := func(v types.Datum) []byte { return cut(sortkey.Append(nil, t, v)) }
	return &Class{
		exact:     true,
		keys:      func(list [][]byte, v types.Datum) [][]byte { return append(list, one(v)) },
		operators: map[string]*types.Type{"=": nil, "<": nil, "<=": nil, ">": nil, ">=": nil},
		query: func(_ *expr.Context, op string, v types.Datum) (*Query, error) {
			switch k := one(v); op[0] {
			case '<':
				return between(nil, append(k, 0)), nil
			case '>':
				return between(k, nil), nil
			default:
				return key(k), nil
			}
		},
	}
}

// textClass is text_ops of SP-GiST: the text is the key.
var textClass = &Class{
	keys: func(list [][]byte, v types.Datum) [][]byte { return append(list, cut([]byte(v.Str()))) },
	operators: map[string]*types.Type{
		"=": types.Text, "^@": types.Text, "~~": types.Text, "~<~": types.Text, "~<=~": types.Text, "~>~": types.Text, "~>=~": types.Text,
	},
	query: func(_ *expr.Context, op string, v types.Datum) (*Query, error) {
		switch k := cut([]byte(v.Str())); op {
		case "=":
			return key(k), nil
		case "^@":
			return beginning(k), nil
		case "~~":
			pattern, err := expr.CompileLike(v.Str(), false)
			if err != nil {
				return All, nil // the error is that of the condition, where there is a row
			}
			prefix, _ := pattern.Prefix()
			return beginning(cut([]byte(prefix))), nil
		case "~<~", "~<=~":
			return between(nil, append(k, 0)), nil
		default:
			return between(k, nil), nil
		}
	},
}

// trigramClass is gin_trgm_ops and gist_trgm_ops: a key for each trigram.
var trigramClass = &Class{
	keys: func(list [][]byte, v types.Datum) [][]byte {
		keys := expr.TrigramKeys(v.Str())
		room := make([]byte, 0, 3*len(keys))
		for _, k := range keys {
			room = append(room, k...)
			list = append(list, room[len(room)-3:])
		}
		return list
	},
	operators: map[string]*types.Type{"~~": types.Text, "~~*": types.Text, "~": types.Text, "~*": types.Text, "=": types.Text, "%": types.Text, "%>": types.Text, "%>>": types.Text},
	query:     trigrams,
}

func trigrams(c *expr.Context, op string, v types.Datum) (*Query, error) {
	var need expr.TrigramNeed
	var err error
	switch s := v.Str(); op {
	case "=":
		need = expr.TrigramsOfText(s)
	case "~~", "~~*":
		need, err = expr.TrigramsOfPattern(s, op == "~~*")
	case "~":
		need, err = expr.TrigramsOfRegex(s, "")
	case "~*":
		need, err = expr.TrigramsOfRegex(s, "i")
	default:
		return alike(c, op, s)
	}
	if err != nil {
		return All, nil // the error is that of the condition, where there is a row
	}
	return needed(need), nil
}

func needed(n expr.TrigramNeed) *Query {
	var all []*Query
	for _, k := range n.Keys {
		all = append(all, key([]byte(k)))
	}
	for _, list := range n.Either {
		var either []*Query
		for _, one := range list {
			either = append(either, needed(one))
		}
		all = append(all, OneOf(either...))
	}
	return AllOf(all...)
}

// alike asks for enough trigrams of a text: what two texts have in common is no greater a part of
// what either has than of what this one has.
func alike(c *expr.Context, op, s string) (*Query, error) {
	keys, counted := expr.TrigramKeys(s), expr.CountTrigrams(s)
	if counted == 0 {
		return None, nil
	}
	limit, err := expr.TrigramLimit(c, map[string]string{"%": "pg_trgm.similarity_threshold", "%>": "pg_trgm.word_similarity_threshold", "%>>": "pg_trgm.strict_word_similarity_threshold"}[op])
	if err != nil {
		return All, nil
	}
	least := 0
	for float32(least)/float32(counted) < limit {
		least++
	}
	var list []*Query
	for _, k := range keys {
		list = append(list, key([]byte(k)))
	}
	return atLeast(min(least, counted)-(counted-len(keys)), list), nil
}
