package expr

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// Text search: documents and queries made of texts, what matches, its rank and
// headlines.

// configured calls f with the configuration that a function's first argument names,
// or with the default one and all arguments.
type configured func(c *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error)

func (f configured) byDefault(c *Context, a []types.Datum) (types.Datum, error) {
	cfg, err := defaultConfiguration(c)
	if err != nil {
		return types.Null, err
	}
	return f(c, cfg, a)
}

func (f configured) byOID(c *Context, a []types.Datum) (types.Datum, error) {
	cfg, err := configurationOf(c, a[0])
	if err != nil {
		return types.Null, err
	}
	return f(c, cfg, a[1:])
}

// TextSearchHost is a host that has configurations and dictionaries that users have made; it
// gives nil for an OID that none of them has.
type TextSearchHost interface {
	TextSearchConfiguration(oid types.OID) (*textsearch.Configuration, error)
	TextSearchDictionary(oid types.OID) (*textsearch.Dictionary, error)
}

// configurationOf finds a configuration, built in or a user's.
func configurationOf(c *Context, d types.Datum) (*textsearch.Configuration, error) {
	oid := types.OID(uint32(d.Int()))
	if cfg := textsearch.ConfigurationByOID(oid); cfg != nil {
		return cfg, nil
	}
	if c != nil {
		if host, ok := c.Host.(TextSearchHost); ok {
			if cfg, err := host.TextSearchConfiguration(oid); cfg != nil || err != nil {
				return cfg, err
			}
		}
	}
	return nil, sqlerr.New(sqlerr.InternalError, "cache lookup failed for text search configuration %d", oid)
}

// dictionaryOf finds a dictionary, built in or a user's.
func dictionaryOf(c *Context, d types.Datum) (*textsearch.Dictionary, error) {
	oid := types.OID(uint32(d.Int()))
	if dict := textsearch.DictionaryByOID(oid); dict != nil {
		return dict, nil
	}
	if c != nil {
		if host, ok := c.Host.(TextSearchHost); ok {
			if dict, err := host.TextSearchDictionary(oid); dict != nil || err != nil {
				return dict, err
			}
		}
	}
	return nil, sqlerr.New(sqlerr.InternalError, "cache lookup failed for text search dictionary %d", oid)
}

// defaultConfiguration is default_text_search_config.
func defaultConfiguration(c *Context) (*textsearch.Configuration, error) {
	name := "pg_catalog.english"
	if c != nil && c.Host != nil {
		var err error
		if name, err = c.Host.Setting("default_text_search_config", false); err != nil {
			return nil, err
		}
	}
	if cfg := textsearch.ConfigurationNamed(strings.TrimPrefix(name, "pg_catalog.")); cfg != nil {
		return cfg, nil
	}
	if c != nil && c.Env != nil && c.Env.RegIn != nil {
		oid, err := c.Env.RegIn(types.RegConfig, name)
		if err != nil {
			return nil, err
		}
		return configurationOf(c, types.Int(int64(oid)))
	}
	return nil, sqlerr.New(sqlerr.UndefinedObject, `text search configuration "%s" does not exist`, name)
}

// textSearchConstant reads the name of a configuration or dictionary, which are the
// same in every session, so that what is made of one is a constant.
func textSearchConstant(t *types.Type, text string) (types.Datum, bool) {
	if t == types.RegConfig {
		if cfg := textsearch.ConfigurationNamed(strings.TrimPrefix(text, "pg_catalog.")); cfg != nil {
			return types.Int(int64(cfg.OID)), true
		}
	}
	if t == types.RegDictionary {
		for _, d := range textsearch.Dictionaries() {
			if d.Name == strings.TrimPrefix(text, "pg_catalog.") {
				return types.Int(int64(d.OID)), true
			}
		}
	}
	return types.Null, false
}

// indexedJSON says which parts of a JSON document are indexed.
type indexedJSON struct{ keys, strings, numbers, booleans bool }

func indexedParts(d types.Datum) (p indexedJSON, err error) {
	j := d.JSON()
	list := []*types.JSON{j}
	switch j.Kind {
	case types.JSONArray:
		list = j.Elems
	case types.JSONObject:
		return p, sqlerr.New(sqlerr.InvalidParameterValue, `wrong flag type, only arrays and scalars are allowed`)
	}
	for _, flag := range list {
		if flag.Kind != types.JSONString {
			return p, sqlerr.New(sqlerr.InvalidParameterValue, "flag array element is not a string").
				WithHint(`Possible values are: "string", "numeric", "boolean", "key", and "all".`)
		}
		switch strings.ToLower(flag.Str) {
		case "all":
			p = indexedJSON{true, true, true, true}
		case "key":
			p.keys = true
		case "string":
			p.strings = true
		case "numeric":
			p.numbers = true
		case "boolean":
			p.booleans = true
		default:
			return p, sqlerr.New(sqlerr.InvalidParameterValue, `wrong flag in flag array: "%s"`, flag.Str).
				WithHint(`Possible values are: "string", "numeric", "boolean", "key", and "all".`)
		}
	}
	return p, nil
}

// index adds a JSON value to a document.
func (p indexedJSON) index(doc *textsearch.Document, j *types.JSON) {
	switch j.Kind {
	case types.JSONArray:
		for _, e := range j.Elems {
			p.index(doc, e)
		}
	case types.JSONObject:
		for _, m := range j.Members {
			if p.keys {
				doc.AddValue(m.Key)
			}
			p.index(doc, m.Value)
		}
	case types.JSONString:
		if p.strings {
			doc.AddValue(j.Str)
		}
	case types.JSONNumber:
		if p.numbers {
			doc.AddValue(j.String())
		}
	case types.JSONBool:
		if p.booleans {
			doc.AddValue(j.String())
		}
	}
}

// jsonDocument makes a tsvector of a json or jsonb value, of the parts that the second
// argument names, or of strings.
func jsonDocument(t *types.Type) configured {
	return func(c *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
		parts := indexedJSON{strings: true}
		if len(a) > 1 {
			var err error
			if parts, err = indexedParts(a[1]); err != nil {
				return types.Null, err
			}
		}
		j, err := orderedJSON(t, a[0])
		if err != nil {
			return types.Null, err
		}
		doc := cfg.NewDocument()
		parts.index(doc, j)
		return doc.Vector(), nil
	}
}

// orderedJSON is a JSON value with its members as they were written, if its type keeps
// that.
func orderedJSON(t *types.Type, d types.Datum) (*types.JSON, error) {
	if t == types.JSONB {
		return d.JSON(), nil
	}
	var build func(text string) (*types.JSON, error)
	build = func(text string) (*types.JSON, error) {
		var list []*types.JSON
		var members []types.JSONMember
		var failed error
		isObject := false
		n := scanJSON(text, func(key string, _ int, object bool, value string) {
			v, err := build(value)
			if err != nil {
				failed = err
				return
			}
			isObject = object
			list, members = append(list, v), append(members, types.JSONMember{Key: key, Value: v})
		})
		switch {
		case n < 0 || n == 0:
			return types.ParseJSON(text)
		case failed != nil:
			return nil, failed
		case isObject:
			return &types.JSON{Kind: types.JSONObject, Members: members}, nil
		}
		return &types.JSON{Kind: types.JSONArray, Elems: list}, nil
	}
	return build(d.Str())
}

// headlineOf is ts_headline of a text: of document, query and perhaps options.
func headlineOf(_ *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
	o, err := headlineOptions(a)
	if err != nil {
		return types.Null, err
	}
	return types.String(cfg.Headline(a[0].Str(), a[1].TSQuery(), o)), nil
}

func headlineOptions(a []types.Datum) (textsearch.HeadlineOptions, error) {
	text := ""
	if len(a) > 2 {
		text = a[2].Str()
	}
	return textsearch.ParseHeadlineOptions(text)
}

// headlineOfJSON is ts_headline of a JSON document: its strings become headlines.
func headlineOfJSON(t *types.Type) configured {
	return func(c *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
		o, err := headlineOptions(a)
		if err != nil {
			return types.Null, err
		}
		j, err := orderedJSON(t, a[0])
		if err != nil {
			return types.Null, err
		}
		var mark func(j *types.JSON) *types.JSON
		mark = func(j *types.JSON) *types.JSON {
			out := *j
			switch j.Kind {
			case types.JSONString:
				out.Str = cfg.Headline(j.Str, a[1].TSQuery(), o)
			case types.JSONArray:
				out.Elems = make([]*types.JSON, len(j.Elems))
				for i, e := range j.Elems {
					out.Elems[i] = mark(e)
				}
			case types.JSONObject:
				out.Members = make([]types.JSONMember, len(j.Members))
				for i, m := range j.Members {
					out.Members[i] = types.JSONMember{Key: m.Key, Value: mark(m.Value)}
				}
			}
			return &out
		}
		marked := mark(j)
		if t == types.JSONB {
			return types.Object(marked), nil
		}
		return types.String(compactJSON(marked)), nil
	}
}

// compactJSON writes a tree without blanks, its members in order.
func compactJSON(j *types.JSON) string {
	var b strings.Builder
	switch j.Kind {
	case types.JSONArray:
		b.WriteByte('[')
		for i, e := range j.Elems {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString(compactJSON(e))
		}
		b.WriteByte(']')
	case types.JSONObject:
		b.WriteByte('{')
		for i, m := range j.Members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.WriteString((&types.JSON{Kind: types.JSONString, Str: m.Key}).String() + ":" + compactJSON(m.Value))
		}
		b.WriteByte('}')
	default:
		b.WriteString(j.String())
	}
	return b.String()
}

// ranked is ts_rank and ts_rank_cd, with weights before and a method behind.
func ranked(rank func([4]float32, []types.Lexeme, *types.TSNode, int) float32, weights, method bool) EvalFunc {
	return func(_ *Context, a []types.Datum) (types.Datum, error) {
		w, m := textsearch.DefaultWeights, 0
		if weights {
			var err error
			if w, err = textsearch.WeightsOf(a[0]); err != nil {
				return types.Null, err
			}
			a = a[1:]
		}
		if method {
			m = int(a[2].Int())
		}
		return types.Float(float64(rank(w, a[0].Lexemes(), a[1].TSQuery(), m))), nil
	}
}

func init() {
	for symbol, f := range map[string]configured{
		"to_tsvector": func(_ *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
			return cfg.ToVector(a[0].Str()), nil
		},
		"to_tsquery": func(_ *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
			root, _, err := cfg.ToQuery(a[0].Str())
			return types.TSQueryDatum(root), err
		},
		"plainto_tsquery": func(_ *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
			root, _ := cfg.PlainQuery(a[0].Str())
			return types.TSQueryDatum(root), nil
		},
		"phraseto_tsquery": func(_ *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
			root, _ := cfg.PhraseQuery(a[0].Str())
			return types.TSQueryDatum(root), nil
		},
		"websearch_to_tsquery": func(_ *Context, cfg *textsearch.Configuration, a []types.Datum) (types.Datum, error) {
			root, _, err := cfg.WebQuery(a[0].Str())
			return types.TSQueryDatum(root), err
		},
		"json_string_to_tsvector":  jsonDocument(types.JSONText),
		"jsonb_string_to_tsvector": jsonDocument(types.JSONB),
		"json_to_tsvector":         jsonDocument(types.JSONText),
		"jsonb_to_tsvector":        jsonDocument(types.JSONB),
	} {
		evalCode[symbol], evalCode[symbol+"_byid"] = f.byDefault, f.byOID
	}
	for symbol, f := range map[string]configured{
		"ts_headline": headlineOf, "ts_headline_json": headlineOfJSON(types.JSONText), "ts_headline_jsonb": headlineOfJSON(types.JSONB),
	} {
		evalCode[symbol], evalCode[symbol+"_opt"] = f.byDefault, f.byDefault
		evalCode[symbol+"_byid"], evalCode[symbol+"_byid_opt"] = f.byOID, f.byOID
	}
	for symbol, rank := range map[string]func([4]float32, []types.Lexeme, *types.TSNode, int) float32{"ts_rank": textsearch.Rank, "ts_rankcd": textsearch.RankCover} {
		evalCode[symbol+"_wttf"], evalCode[symbol+"_wtt"] = ranked(rank, true, true), ranked(rank, true, false)
		evalCode[symbol+"_ttf"], evalCode[symbol+"_tt"] = ranked(rank, false, true), ranked(rank, false, false)
	}
	matching := func(document, query types.Datum) (types.Datum, error) {
		return types.Bool(textsearch.Matches(document.Lexemes(), query.TSQuery())), nil
	}
	register(map[string]EvalFunc{
		"ts_match_vq": func(_ *Context, a []types.Datum) (types.Datum, error) { return matching(a[0], a[1]) },
		"ts_match_qv": func(_ *Context, a []types.Datum) (types.Datum, error) { return matching(a[1], a[0]) },
		"ts_match_tq": func(c *Context, a []types.Datum) (types.Datum, error) {
			cfg, err := defaultConfiguration(c)
			if err != nil {
				return types.Null, err
			}
			return matching(cfg.ToVector(a[0].Str()), a[1])
		},
		"ts_match_tt": func(c *Context, a []types.Datum) (types.Datum, error) {
			cfg, err := defaultConfiguration(c)
			if err != nil {
				return types.Null, err
			}
			query, _ := cfg.PlainQuery(a[1].Str())
			return matching(cfg.ToVector(a[0].Str()), types.TSQueryDatum(query))
		},
		"get_current_ts_config": func(c *Context, _ []types.Datum) (types.Datum, error) {
			cfg, err := defaultConfiguration(c)
			if err != nil {
				return types.Null, err
			}
			return types.Int(int64(cfg.OID)), nil
		},
		"ts_lexize": func(c *Context, a []types.Datum) (types.Datum, error) {
			d, err := dictionaryOf(c, a[0])
			if err != nil {
				return types.Null, err
			}
			list, known := d.Lexemes(a[1].Str())
			if !known {
				return types.Null, nil
			}
			return lexemeList(list), nil
		},
	})
	registerSets(map[string]SetFunc{
		"ts_parse_byname": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			if err := defaultParser(a[0].Str()); err != nil {
				return err
			}
			return parseTokens(a[1].Str(), yield)
		},
		"ts_parse_byid": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			if err := parserByOID(a[0]); err != nil {
				return err
			}
			return parseTokens(a[1].Str(), yield)
		},
		"ts_token_type_byname": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			if err := defaultParser(a[0].Str()); err != nil {
				return err
			}
			return tokenTypes(yield)
		},
		"ts_token_type_byid": func(_ *Context, a []types.Datum, yield func(types.Row) error) error {
			if err := parserByOID(a[0]); err != nil {
				return err
			}
			return tokenTypes(yield)
		},
		"sql:ts_debug": func(c *Context, a []types.Datum, yield func(types.Row) error) error {
			cfg, err := defaultConfiguration(c)
			if len(a) > 1 {
				cfg, err = configurationOf(c, a[0])
				a = a[1:]
			}
			if err != nil || cfg == nil {
				return err
			}
			return debugTokens(cfg, a[0].Str(), yield)
		},
	})
}

func defaultParser(name string) error {
	if strings.TrimPrefix(name, "pg_catalog.") != "default" {
		return sqlerr.New(sqlerr.UndefinedObject, `text search parser "%s" does not exist`, name)
	}
	return nil
}

func parserByOID(d types.Datum) error {
	if types.OID(d.Int()) != textsearch.ParserOID {
		return sqlerr.New(sqlerr.InternalError, "cache lookup failed for text search parser %d", d.Int())
	}
	return nil
}

func parseTokens(text string, yield func(types.Row) error) (err error) {
	textsearch.Tokenize(text, func(t textsearch.Token) bool {
		err = yield(types.Row{types.Int(int64(t.Kind)), types.String(t.Text)})
		return err == nil
	})
	return err
}

func tokenTypes(yield func(types.Row) error) error {
	for k, named := range textsearch.Kinds {
		if k == 0 {
			continue
		}
		if err := yield(types.Row{types.Int(int64(k)), types.String(named.Alias), types.String(named.Description)}); err != nil {
			return err
		}
	}
	return nil
}

// debugTokens are the rows of ts_debug: each token with the dictionaries it goes to and
// what they make of it.
func debugTokens(cfg *textsearch.Configuration, text string, yield func(types.Row) error) (err error) {
	textsearch.Tokenize(text, func(t textsearch.Token) bool {
		named := textsearch.Kinds[t.Kind]
		var dictionaries []types.Datum
		dictionary, lexemes := types.Null, types.Null
		for _, d := range cfg.Dictionaries(t.Kind) {
			dictionaries = append(dictionaries, types.Int(int64(d.OID)))
			if list, known := d.Lexemes(t.Text); known && dictionary.IsNull() {
				dictionary, lexemes = types.Int(int64(d.OID)), lexemeList(list)
			}
		}
		err = yield(types.Row{types.String(named.Alias), types.String(named.Description), types.String(t.Text),
			types.ArrayDatum(types.RegDictionary, dictionaries), dictionary, lexemes})
		return err == nil
	})
	return err
}

func lexemeList(list []string) types.Datum {
	elems := make([]types.Datum, len(list))
	for i, l := range list {
		elems[i] = types.String(l)
	}
	return types.ArrayDatum(types.Text, elems)
}
