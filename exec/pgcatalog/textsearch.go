package pgcatalog

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// The catalogs of text search: what is built in is all there is. Its parser and
// templates are recorded.

func init() {
	makes("pg_ts_dict", func(_ *Snapshot, out *rows) {
		for _, d := range textsearch.Dictionaries() {
			template, options := textsearch.SimpleOID, any(nil)
			if d.Language != "" {
				text := "language = '" + d.Language + "'"
				if d.HasStopWords() {
					text += ", stopwords = '" + d.Language + "'"
				}
				template, options = textsearch.SnowballOID, text
			}
			out.add("oid", d.OID, "dictname", d.Name, "dictnamespace", catalog.SchemaPGCatalog, "dictowner", catalog.RolePostgres,
				"dicttemplate", template, "dictinitoption", options)
		}
	})
	makes("pg_ts_config", func(_ *Snapshot, out *rows) {
		for _, c := range textsearch.Configurations() {
			out.add("oid", c.OID, "cfgname", c.Name, "cfgnamespace", catalog.SchemaPGCatalog, "cfgowner", catalog.RolePostgres, "cfgparser", textsearch.ParserOID)
		}
	})
	makes("pg_ts_config_map", func(_ *Snapshot, out *rows) {
		for _, c := range textsearch.Configurations() {
			for k := range textsearch.Kinds {
				if d := c.Dictionary(textsearch.Kind(k)); k > 0 && d != nil {
					out.add("mapcfg", c.OID, "maptokentype", k, "mapseqno", 1, "mapdict", d.OID)
				}
			}
		}
	})
}

// textSearchObject finds a configuration or dictionary for regconfig and regdictionary.
func textSearchObject(t *types.Type, parts []string) (types.OID, error) {
	if len(parts) == 1 || len(parts) == 2 && parts[0] == "pg_catalog" {
		name := parts[len(parts)-1]
		if t == types.RegConfig {
			if c := textsearch.ConfigurationNamed(name); c != nil {
				return c.OID, nil
			}
		} else {
			for _, d := range textsearch.Dictionaries() {
				if d.Name == name {
					return d.OID, nil
				}
			}
		}
	}
	what := "configuration"
	if t == types.RegDictionary {
		what = "dictionary"
	}
	return 0, sqlerr.New(sqlerr.UndefinedObject, `text search %s "%s" does not exist`, what, strings.Join(parts, "."))
}

// textSearchName is the name of a configuration or dictionary.
func textSearchName(t *types.Type, oid types.OID) (string, bool) {
	if t == types.RegConfig {
		if c := textsearch.ConfigurationByOID(oid); c != nil {
			return expr.QuoteIdent(c.Name), true
		}
		return "", false
	}
	if d := textsearch.DictionaryByOID(oid); d != nil {
		return expr.QuoteIdent(d.Name), true
	}
	return "", false
}
