package session

import (
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

var _ expr.TextSearchHost = (*Session)(nil)

// madeTextSearch keeps what definitions of dictionaries and configurations have been made
// into, for as long as they are what they were.
type madeTextSearch struct {
	dictionaries   map[*catalog.TSDictionary]*textsearch.Dictionary
	configurations map[*catalog.TSConfiguration]madeConfiguration
}

// madeConfiguration is good as long as its dictionaries are: for a version of the catalog.
type madeConfiguration struct {
	version uint64
	made    *textsearch.Configuration
}

// manyTextSearch is how many of each are kept.
const manyTextSearch = 64

// TextSearchDictionary makes a dictionary that a user has defined; nil if there is none.
func (s *Session) TextSearchDictionary(oid types.OID) (*textsearch.Dictionary, error) {
	d, ok := s.catalog().Get(oid).(*catalog.TSDictionary)
	if !ok {
		return nil, nil
	}
	if made := s.textSearch.dictionaries[d]; made != nil {
		return made, nil
	}
	var options []textsearch.Option
	for _, o := range d.Options {
		options = append(options, textsearch.Option(o))
	}
	made, err := textsearch.NewDictionary(d.OID, d.Name, d.Lexize, options)
	if err != nil {
		return nil, err
	}
	if len(s.textSearch.dictionaries) >= manyTextSearch || s.textSearch.dictionaries == nil {
		s.textSearch.dictionaries = map[*catalog.TSDictionary]*textsearch.Dictionary{}
	}
	s.textSearch.dictionaries[d] = made
	return made, nil
}

// TextSearchConfiguration makes a configuration that a user has defined; nil if there is
// none.
func (s *Session) TextSearchConfiguration(oid types.OID) (*textsearch.Configuration, error) {
	c, ok := s.catalog().Get(oid).(*catalog.TSConfiguration)
	if !ok {
		return nil, nil
	}
	version := s.catalog().Version
	if kept := s.textSearch.configurations[c]; kept.made != nil && kept.version == version {
		return kept.made, nil
	}
	if c.Parser != textsearch.ParserOID {
		return nil, sqlerr.Unsupported("a text search parser of one's own")
	}
	chains := map[textsearch.Kind][]*textsearch.Dictionary{}
	for _, m := range c.Map {
		for _, oid := range m.Dictionaries {
			d := textsearch.DictionaryByOID(oid)
			if d == nil {
				var err error
				if d, err = s.TextSearchDictionary(oid); err != nil {
					return nil, err
				}
			}
			if d != nil {
				chains[textsearch.Kind(m.Kind)] = append(chains[textsearch.Kind(m.Kind)], d)
			}
		}
	}
	made := textsearch.NewConfiguration(c.OID, c.Name, chains)
	if len(s.textSearch.configurations) >= manyTextSearch || s.textSearch.configurations == nil {
		s.textSearch.configurations = map[*catalog.TSConfiguration]madeConfiguration{}
	}
	s.textSearch.configurations[c] = madeConfiguration{version, made}
	return made, nil
}

// ownConfiguration is the qualified name of a configuration of a user that a value of
// default_text_search_config names; empty if it names none.
func (s *Session) ownConfiguration(value string) string {
	if textsearch.ConfigurationNamed(strings.TrimPrefix(strings.ToLower(value), "pg_catalog.")) != nil {
		return ""
	}
	oid, err := s.catalogReader().RegIn(types.RegConfig, value)
	if err != nil {
		return ""
	}
	c, ok := s.catalog().Get(oid).(*catalog.TSConfiguration)
	if !ok {
		return ""
	}
	return expr.QuoteIdent(s.catalog().SchemaByOID(c.Within).Name) + "." + expr.QuoteIdent(c.Name)
}
