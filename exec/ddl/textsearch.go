package ddl

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// builtinTemplates are PostgreSQL's templates of dictionaries.
var builtinTemplates = map[string]catalog.OID{"simple": textsearch.SimpleOID, "synonym": 3730, "ispell": 3733, "thesaurus": 3742, "snowball": textsearch.SnowballOID}

// createTextSearch runs CREATE TEXT SEARCH of the four kinds.
func (s *Session) createTextSearch(ctx context.Context, st *ast.CreateTextSearchStmt) error {
	if object := st.Object; !s.Role.Superuser && (object == "text search parser" || object == "text search template") {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be superuser to create %ss", object)
	}
	v := rangeVar(st.Name, st.Name.Parts)
	schema, _, err := s.creationSchema(ctx, v, ast.Permanent)
	if err != nil {
		return unlocated(err)
	}
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	head := catalog.Definition{Name: v.Name, Within: schema.OID}
	var o catalog.Defined
	switch st.Object {
	case "text search parser":
		o, err = s.newParser(head, st.Options)
	case "text search template":
		o, err = s.newTemplate(head, st.Options)
	case "text search dictionary":
		o, err = s.newDictionary(head, st.Options)
	default:
		o, err = s.newConfiguration(head, st.Options)
	}
	if err != nil {
		return err
	}
	if d := classOf(o); s.Tx.Catalog().Defined(d.class, schema.OID, v.Name) != nil {
		// PostgreSQL leaves it to the unique index of the catalog.
		index := map[catalog.Class]string{catalog.ClassTSParser: "prs", catalog.ClassTSTemplate: "tmpl", catalog.ClassTSDictionary: "dict", catalog.ClassTSConfiguration: "cfg"}[d.class]
		table := map[string]string{"prs": "parser", "tmpl": "template", "dict": "dict", "cfg": "config"}[index]
		return sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "pg_ts_%s_%sname_index"`, table, index).
			WithDetail("Key (%sname, %snamespace)=(%s, %d) already exists.", index, index, v.Name, schema.OID)
	}
	s.define(edit, o)
	return nil
}

// internalMethod finds a function that the server calls, whose arguments are internal.
func (s *Session) internalMethod(o *ast.AggregateOption, result *types.Type, args ...*types.Type) (catalog.OID, error) {
	name := attributeName(o)
	f, err := s.exactFunction(name, args)
	if err != nil {
		return 0, unlocated(err)
	}
	if f.result != result {
		return 0, sqlerr.New(sqlerr.InvalidFunctionDefinition, "function %s should return type %s", strings.Join(name, "."), result)
	}
	return f.oid, nil
}

func (s *Session) newParser(head catalog.Definition, options []*ast.AggregateOption) (catalog.Defined, error) {
	p := &catalog.TSParser{Definition: head}
	internal := types.Internal
	for _, o := range options {
		var err error
		switch o.Name {
		case "start":
			p.Start, err = s.internalMethod(o, internal, internal, types.Int4)
		case "gettoken":
			p.Token, err = s.internalMethod(o, internal, internal, internal, internal)
		case "end":
			p.End, err = s.internalMethod(o, types.Void, internal)
		case "headline":
			p.Headline, err = s.internalMethod(o, internal, internal, internal, types.TSQuery)
		case "lextypes":
			p.Types, err = s.internalMethod(o, internal, internal)
		default:
			err = sqlerr.New(sqlerr.SyntaxError, `text search parser parameter "%s" not recognized`, o.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, m := range []struct {
		name string
		oid  catalog.OID
	}{{"start", p.Start}, {"gettoken", p.Token}, {"end", p.End}, {"lextypes", p.Types}} {
		if m.oid == 0 {
			return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "text search parser %s method is required", m.name)
		}
	}
	return p, nil
}

func (s *Session) newTemplate(head catalog.Definition, options []*ast.AggregateOption) (catalog.Defined, error) {
	t := &catalog.TSTemplate{Definition: head}
	internal := types.Internal
	for _, o := range options {
		var err error
		switch o.Name {
		case "init":
			t.Init, err = s.internalMethod(o, internal, internal)
		case "lexize":
			t.Lexize, err = s.internalMethod(o, internal, internal, internal, internal, internal)
		default:
			err = sqlerr.New(sqlerr.SyntaxError, `text search template parameter "%s" not recognized`, o.Name)
		}
		if err != nil {
			return nil, err
		}
	}
	if t.Lexize == 0 {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "text search template lexize method is required")
	}
	return t, nil
}

// template finds a template by name, and the function that makes its lexemes.
func (s *Session) template(name []string) (oid, lexize catalog.OID, err error) {
	last := name[len(name)-1]
	if builtin := builtinTemplates[last]; builtin != 0 && (len(name) == 1 || name[0] == "pg_catalog") {
		return builtin, textsearch.TemplateLexize(builtin), nil
	}
	o, err := s.namedDefined("text search template", &ast.Name{Loc: -1, Parts: name}, "")
	if err != nil {
		return 0, 0, err
	}
	return o.ObjectOID(), o.(*catalog.TSTemplate).Lexize, nil
}

func (s *Session) newDictionary(head catalog.Definition, options []*ast.AggregateOption) (catalog.Defined, error) {
	d := &catalog.TSDictionary{Definition: head}
	for _, o := range options {
		if o.Name == "template" {
			var err error
			if d.Template, d.Lexize, err = s.template(attributeName(o)); err != nil {
				return nil, err
			}
			continue
		}
		d.Options = append(d.Options, catalog.TSOption{Name: o.Name, Value: attributeText(o)})
	}
	if d.Template == 0 {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "text search template is required")
	}
	return d, verifyDictionary(d)
}

// attributeText is the value of an attribute as text.
func attributeText(o *ast.AggregateOption) string {
	if o.Type != nil {
		return strings.Join(o.Type.Names, ".")
	}
	return o.Text
}

// verifyDictionary makes a dictionary, for the errors.
func verifyDictionary(d *catalog.TSDictionary) error {
	var options []textsearch.Option
	for _, o := range d.Options {
		options = append(options, textsearch.Option(o))
	}
	_, err := textsearch.NewDictionary(d.OID, d.Name, d.Lexize, options)
	return err
}

// alterDictionary runs ALTER TEXT SEARCH DICTIONARY with options; one without a value is
// taken away.
func (s *Session) alterDictionary(ctx context.Context, st *ast.AlterTSDictionaryStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	o, err := s.ownDefined("text search dictionary", st.Name, "")
	if err != nil {
		return err
	}
	d := o.Copy().(*catalog.TSDictionary)
	d.Options = slices.Clone(d.Options)
	for _, option := range st.Options {
		d.Options = slices.DeleteFunc(d.Options, func(have catalog.TSOption) bool { return have.Name == option.Name })
		if text := attributeText(option); text != "" || option.Quoted {
			d.Options = append(d.Options, catalog.TSOption{Name: option.Name, Value: text})
		}
	}
	if err := verifyDictionary(d); err != nil {
		return err
	}
	s.Tx.PutObject(d)
	return nil
}

func (s *Session) newConfiguration(head catalog.Definition, options []*ast.AggregateOption) (catalog.Defined, error) {
	c := &catalog.TSConfiguration{Definition: head}
	copied := false
	for _, o := range options {
		switch o.Name {
		case "parser":
			name := attributeName(o)
			if name[len(name)-1] == "default" {
				c.Parser = textsearch.ParserOID
				break
			}
			p, err := s.namedDefined("text search parser", &ast.Name{Loc: -1, Parts: name}, "")
			if err != nil {
				return nil, err
			}
			c.Parser = p.ObjectOID()
		case "copy":
			from, err := s.configuration(attributeName(o))
			if err != nil {
				return nil, err
			}
			copied, c.Map = true, from.Map
			if c.Parser == 0 {
				c.Parser = from.Parser
				continue
			}
		default:
			return nil, sqlerr.New(sqlerr.SyntaxError, `text search configuration parameter "%s" not recognized`, o.Name)
		}
		if copied {
			return nil, sqlerr.New(sqlerr.SyntaxError, "cannot specify both PARSER and COPY options")
		}
	}
	if c.Parser == 0 {
		return nil, sqlerr.New(sqlerr.InvalidObjectDefinition, "text search parser is required")
	}
	return c, nil
}

// configuration finds a configuration by name; a built-in one as if it were a user's.
func (s *Session) configuration(name []string) (*catalog.TSConfiguration, error) {
	if b := textsearch.ConfigurationNamed(name[len(name)-1]); b != nil && (len(name) == 1 || name[0] == "pg_catalog") {
		c := &catalog.TSConfiguration{Parser: textsearch.ParserOID}
		for k := range textsearch.Kinds {
			if d := b.Dictionary(textsearch.Kind(k)); k > 0 && d != nil {
				c.Map = append(c.Map, catalog.TSMapping{Kind: k, Dictionaries: []catalog.OID{d.OID}})
			}
		}
		return c, nil
	}
	o, err := s.namedDefined("text search configuration", &ast.Name{Loc: -1, Parts: name}, "")
	if err != nil {
		return nil, err
	}
	return o.(*catalog.TSConfiguration), nil
}

// dictionary finds a dictionary by name.
func (s *Session) dictionary(n *ast.Name) (catalog.OID, error) {
	for _, d := range textsearch.Dictionaries() {
		if d.Name == n.Parts[len(n.Parts)-1] && (len(n.Parts) == 1 || n.Parts[0] == "pg_catalog") {
			return d.OID, nil
		}
	}
	o, err := s.namedDefined("text search dictionary", n, "")
	if err != nil {
		return 0, err
	}
	return o.ObjectOID(), nil
}

// alterMapping runs ALTER TEXT SEARCH CONFIGURATION ... MAPPING.
func (s *Session) alterMapping(ctx context.Context, st *ast.AlterTSMappingStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	o, err := s.ownDefined("text search configuration", st.Name, "")
	if err != nil {
		return err
	}
	c := o.Copy().(*catalog.TSConfiguration)
	c.Map = slices.Clone(c.Map)
	var kinds []int
	for _, token := range st.Tokens {
		k := int(textsearch.KindNamed(token))
		if k == 0 {
			return sqlerr.New(sqlerr.InvalidParameterValue, `token type "%s" does not exist`, token)
		}
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	var dictionaries []catalog.OID
	for _, n := range st.Dictionaries {
		oid, err := s.dictionary(n)
		if err != nil {
			return err
		}
		dictionaries = append(dictionaries, oid)
	}
	switch {
	case st.Replace != nil:
		from, err := s.dictionary(st.Replace)
		if err != nil {
			return err
		}
		for i, m := range c.Map {
			if kinds == nil || slices.Contains(kinds, m.Kind) {
				list := slices.Clone(m.Dictionaries)
				for at, d := range list {
					if d == from {
						list[at] = dictionaries[0]
					}
				}
				c.Map[i].Dictionaries = list
			}
		}
	case st.Command == "drop":
		for i, k := range kinds {
			at := slices.IndexFunc(c.Map, func(m catalog.TSMapping) bool { return m.Kind == k })
			switch {
			case at >= 0:
				c.Map = slices.Delete(c.Map, at, at+1)
			case st.IfExists:
				s.notice(sqlerr.SuccessfulCompletion, `mapping for token type "%s" does not exist, skipping`, st.Tokens[i])
			default:
				return sqlerr.New(sqlerr.UndefinedObject, `mapping for token type "%s" does not exist`, st.Tokens[i])
			}
		}
	default:
		for _, k := range kinds {
			at := slices.IndexFunc(c.Map, func(m catalog.TSMapping) bool { return m.Kind == k })
			if at >= 0 && st.Command == "add" {
				return sqlerr.New(sqlerr.UniqueViolation, `duplicate key value violates unique constraint "pg_ts_config_map_index"`).
					WithDetail("Key (mapcfg, maptokentype, mapseqno)=(%d, %d, 1) already exists.", c.OID, k)
			}
			if at < 0 {
				c.Map = append(c.Map, catalog.TSMapping{Kind: k, Dictionaries: dictionaries})
			} else {
				c.Map[at].Dictionaries = dictionaries
			}
		}
	}
	slices.SortFunc(c.Map, func(a, b catalog.TSMapping) int { return cmp.Compare(a.Kind, b.Kind) })
	s.Tx.PutObject(c)
	return nil
}

// onTextSearch lists what depends on a parser, a template or a dictionary.
func (s *Session) onTextSearch(ctx context.Context, edit *catalog.Editor, o catalog.Defined) (list []dependent) {
	on := s.shownDefined(o)
	for _, d := range allDefined[*catalog.TSDictionary](s) {
		if d.Template == o.ObjectOID() {
			list = append(list, s.whole(ctx, edit, d, on))
		}
	}
	for _, c := range allDefined[*catalog.TSConfiguration](s) {
		uses := c.Parser == o.ObjectOID() || slices.ContainsFunc(c.Map, func(m catalog.TSMapping) bool { return slices.Contains(m.Dictionaries, o.ObjectOID()) })
		if uses {
			list = append(list, s.whole(ctx, edit, c, on))
		}
	}
	return list
}
