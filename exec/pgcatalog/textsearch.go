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
	makes("pg_ts_parser", func(s *Snapshot, out *rows) {
		for _, p := range definedOf[*catalog.TSParser](s) {
			out.add("oid", p.OID, "prsname", p.Name, "prsnamespace", p.Within, "prsstart", p.Start, "prstoken", p.Token, "prsend", p.End, "prsheadline", p.Headline, "prslextype", p.Types)
		}
	})
	makes("pg_ts_template", func(s *Snapshot, out *rows) {
		for _, t := range definedOf[*catalog.TSTemplate](s) {
			out.add("oid", t.OID, "tmplname", t.Name, "tmplnamespace", t.Within, "tmplinit", t.Init, "tmpllexize", t.Lexize)
		}
	})
	makes("pg_ts_dict", func(s *Snapshot, out *rows) {
		for _, d := range definedOf[*catalog.TSDictionary](s) {
			out.add("oid", d.OID, "dictname", d.Name, "dictnamespace", d.Within, "dictowner", d.Owner, "dicttemplate", d.Template, "dictinitoption", dictionaryOptions(d))
		}
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
	makes("pg_ts_config", func(s *Snapshot, out *rows) {
		for _, c := range definedOf[*catalog.TSConfiguration](s) {
			out.add("oid", c.OID, "cfgname", c.Name, "cfgnamespace", c.Within, "cfgowner", c.Owner, "cfgparser", c.Parser)
		}
		for _, c := range textsearch.Configurations() {
			out.add("oid", c.OID, "cfgname", c.Name, "cfgnamespace", catalog.SchemaPGCatalog, "cfgowner", catalog.RolePostgres, "cfgparser", textsearch.ParserOID)
		}
	})
	makes("pg_ts_config_map", func(s *Snapshot, out *rows) {
		for _, c := range definedOf[*catalog.TSConfiguration](s) {
			for _, m := range c.Map {
				for i, d := range m.Dictionaries {
					out.add("mapcfg", c.OID, "maptokentype", m.Kind, "mapseqno", i+1, "mapdict", d)
				}
			}
		}
		for _, c := range textsearch.Configurations() {
			for k := range textsearch.Kinds {
				if d := c.Dictionary(textsearch.Kind(k)); k > 0 && d != nil {
					out.add("mapcfg", c.OID, "maptokentype", k, "mapseqno", 1, "mapdict", d.OID)
				}
			}
		}
	})
}

// dictionaryOptions is pg_ts_dict.dictinitoption.
func dictionaryOptions(d *catalog.TSDictionary) any {
	var list []string
	for _, o := range d.Options {
		list = append(list, expr.QuoteIdent(o.Name)+" = "+expr.QuoteLiteral(o.Value))
	}
	return orNull(strings.Join(list, ", "))
}

// textSearchDepends adds pg_depend's rows about them.
func (s *Snapshot) textSearchDepends(on edge) {
	if s.part == ofObject {
		return
	}
	for _, d := range definedOf[*catalog.TSDictionary](s) {
		on(classTSDictionary, d.OID, classNamespace, d.Within, 0, 'n')
		if d.Template >= types.FirstUserOID {
			on(classTSDictionary, d.OID, classTSTemplate, d.Template, 0, 'n')
		}
	}
	for _, c := range definedOf[*catalog.TSConfiguration](s) {
		on(classTSConfig, c.OID, classNamespace, c.Within, 0, 'n')
		seen := map[catalog.OID]bool{}
		for _, m := range c.Map {
			for _, d := range m.Dictionaries {
				if d >= types.FirstUserOID && !seen[d] {
					seen[d] = true
					on(classTSConfig, c.OID, classTSDictionary, d, 0, 'n')
				}
			}
		}
	}
}

// madeTextSearch finds a configuration or dictionary that a user has made.
func (r *Reader) madeTextSearch(t *types.Type, parts []string) catalog.OID {
	class := catalog.ClassTSConfiguration
	if t == types.RegDictionary {
		class = catalog.ClassTSDictionary
	}
	schemas := r.path()
	if len(parts) == 2 {
		schemas = nil
		if sc := r.Catalog.Schema(r.Database.OID, parts[0]); sc != nil {
			schemas = []catalog.OID{sc.OID}
		}
	}
	for _, sc := range schemas {
		if d := r.Catalog.Defined(class, sc, parts[len(parts)-1]); d != nil {
			return d.ObjectOID()
		}
	}
	return 0
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
