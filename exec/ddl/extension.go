package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// createExtension runs CREATE EXTENSION: the functions of the extension are made in
// its schema, as the bootstrap superuser's.
func (s *Session) createExtension(ctx context.Context, st *ast.CreateExtensionStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	cat := edit.Catalog()
	if cat.Extension(s.Env.Database, st.Name) != nil || builtInExtension(st.Name) {
		if st.IfNotExists {
			s.notice(sqlerr.DuplicateObject, `extension "%s" already exists, skipping`, st.Name)
			return nil
		}
		return sqlerr.New(sqlerr.DuplicateObject, `extension "%s" already exists`, st.Name)
	}
	schemaName, version, cascade, err := extensionOptions(st)
	if err != nil {
		return err
	}
	offered := expr.ExtensionNamed(st.Name)
	if offered == nil {
		return unavailable(st.Name)
	}
	if version != "" && version != offered.Version {
		return sqlerr.New(sqlerr.InvalidParameterValue, `extension "%s" has no installation script nor update path for version "%s"`, st.Name, version)
	}
	schema, err := s.extensionSchema(schemaName)
	if err != nil {
		return err
	}
	db, _ := cat.Get(s.Env.Database).(*catalog.Database)
	if db == nil || !cat.Allowed(s.Role.OID, db.Owner, db.ACL, catalog.PrivCreate) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to create extension "%s"`, st.Name).
			WithHint("Must have CREATE privilege on current database to create this extension.")
	}
	if offered.Untrusted && !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to create extension "%s"`, st.Name).
			WithHint("Must be superuser to create this extension.")
	}
	requires, err := s.requiredExtensions(ctx, edit, st, offered, cascade)
	if err != nil {
		return err
	}
	e := &catalog.Extension{OID: edit.NewOID(), Name: offered.Name, Database: s.Env.Database, Schema: schema.OID, Owner: s.Role.OID, Version: offered.Version, Comment: offered.Comment, Requires: requires}
	s.Tx.PutObject(e)
	own, err := s.extensionTypes(edit, e, offered)
	if err != nil {
		return err
	}
	for _, f := range offered.Functions {
		r := extensionRoutine(e, f, func(t *types.Type) *types.Type { return offered.Of(t, own) })
		if edit.Catalog().Same(r) != nil {
			return sqlerr.New(sqlerr.DuplicateFunction, `function "%s" already exists with same argument types`, r.Name)
		}
		r.OID = edit.NewOID()
		s.Tx.PutObject(r)
	}
	if d := offered.Dictionary; d != nil {
		s.extensionDictionary(edit, e, d)
	}
	return s.extensionScript(ctx, edit, e, offered)
}

// extensionScript makes the views of an extension and runs its script.
func (s *Session) extensionScript(ctx context.Context, edit *catalog.Editor, e *catalog.Extension, offered *expr.Extension) error {
	name := edit.Catalog().SchemaByOID(e.Schema).Name
	schema := expr.QuoteIdent(name)
	path := s.Env.SearchPath
	s.Env.SearchPath = append([]string{name}, path...)
	defer func() { s.Env.SearchPath = path }()
	run := func(text string) error {
		list, err := parser.Parse(strings.ReplaceAll(text, "@extschema@", schema))
		if err != nil {
			return err
		}
		s.Env.Catalog = s.Tx.Catalog()
		_, _, err = Run(ctx, s, list[0].Statement)
		return err
	}
	for _, v := range offered.Views {
		if err := run("CREATE VIEW @extschema@." + expr.QuoteIdent(v.Name) + " AS " + v.Query); err != nil {
			return err
		}
		made, ok := edit.Catalog().Relation(e.Schema, v.Name).(*catalog.View)
		if !ok {
			return sqlerr.Internal("extension %s: no view %s", e.Name, v.Name)
		}
		member := *made
		member.Extension = e.OID
		s.Tx.PutObject(&member)
	}
	for _, text := range offered.Script {
		if err := run(text); err != nil {
			return err
		}
	}
	s.takeIn(edit, e)
	return nil
}

// takeIn makes the functions and types that an extension's script has made its members.
func (s *Session) takeIn(edit *catalog.Editor, e *catalog.Extension) {
	for o := range edit.Catalog().All() {
		switch made := o.(type) {
		case *catalog.Routine:
			if made.OID < e.OID || made.Schema != e.Schema || made.Extension != 0 {
				continue
			}
			member := *made
			member.Extension, member.Owner = e.OID, catalog.RolePostgres
			s.Tx.PutObject(&member)
		case *catalog.UserType:
			if made.OID < e.OID || made.Schema != e.Schema || made.Extension != 0 {
				continue
			}
			member := *made
			member.Extension, member.Owner = e.OID, catalog.RolePostgres
			s.Tx.PutObject(&member)
		}
	}
}

// requiredExtensions finds the extensions that one needs, or with CASCADE makes them.
func (s *Session) requiredExtensions(ctx context.Context, edit *catalog.Editor, st *ast.CreateExtensionStmt, offered *expr.Extension, cascade bool) (list []catalog.OID, err error) {
	for _, name := range offered.Requires {
		r := edit.Catalog().Extension(s.Env.Database, name)
		if r == nil && !cascade {
			return nil, sqlerr.New(sqlerr.UndefinedObject, `required extension "%s" is not installed`, name).
				WithHint("Use CREATE EXTENSION ... CASCADE to install required extensions too.")
		}
		if r == nil {
			s.notice(sqlerr.SuccessfulCompletion, `installing required extension "%s"`, name)
			options := slices.DeleteFunc(slices.Clone(st.Options), func(o *ast.DefElem) bool { return o.Name == "new_version" })
			if err := s.createExtension(ctx, &ast.CreateExtensionStmt{Name: name, Options: options}); err != nil {
				return nil, err
			}
			r = edit.Catalog().Extension(s.Env.Database, name)
		}
		list = append(list, r.OID)
	}
	return list, nil
}

// extensionTypes makes the types of an extension, and gives one of them; nil if it has none.
func (s *Session) extensionTypes(edit *catalog.Editor, e *catalog.Extension, offered *expr.Extension) (*types.Type, error) {
	var last catalog.OID
	for _, of := range offered.Types {
		if s.typeTaken(e.Schema, of.Name) {
			return nil, sqlerr.New(sqlerr.DuplicateObject, `type "%s" already exists`, of.Name)
		}
		t := &catalog.UserType{OID: edit.NewOID(), Array: edit.NewOID(), Name: of.Name, Schema: e.Schema, Owner: catalog.RolePostgres, Kind: types.KindBase,
			Typmod: types.NoTypmod, Extension: e.OID, Library: offered.Name, Brought: of.Name}
		if of.Kind == types.KindComposite {
			t.Kind = of.Kind
			for _, f := range of.Fields {
				t.Attributes = append(t.Attributes, catalog.Attribute{Name: f.Name, Type: catalog.TypeRef{Type: f.Type}, Typmod: f.Typmod})
			}
		}
		s.Tx.PutObject(t)
		last = t.OID
	}
	if last == 0 {
		return nil, nil
	}
	return edit.Catalog().TypeByOID(last), nil
}

// extensionDictionary makes the text search template and dictionary of an extension.
func (s *Session) extensionDictionary(edit *catalog.Editor, e *catalog.Extension, of *expr.ExtensionDictionary) {
	head := func() catalog.Definition {
		return catalog.Definition{OID: edit.NewOID(), Name: e.Name, Within: e.Schema, Owner: catalog.RolePostgres, Extension: e.OID}
	}
	t := &catalog.TSTemplate{Definition: head(), Lexize: of.Lexize}
	d := &catalog.TSDictionary{Definition: head(), Template: t.OID, Lexize: of.Lexize}
	for _, o := range of.Options {
		d.Options = append(d.Options, catalog.TSOption(o))
	}
	s.Tx.PutObject(t)
	s.Tx.PutObject(d)
}

// extensionOptions reads the options of CREATE EXTENSION.
func extensionOptions(st *ast.CreateExtensionStmt) (schema, version string, cascade bool, err error) {
	seen := map[string]bool{}
	for _, o := range st.Options {
		if seen[o.Name] {
			return "", "", false, sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		seen[o.Name] = true
		switch o.Name {
		case "schema":
			schema = optionText(o)
		case "new_version":
			version = optionText(o)
		case "cascade":
			cascade = true
		default:
			return "", "", false, sqlerr.Unsupported("CREATE EXTENSION ... %s", upper(o.Name))
		}
	}
	return schema, version, cascade, nil
}

// unavailable says that the server has no such extension, and which it has.
func unavailable(name string) error {
	if strings.ContainsAny(name, `/\`) {
		return sqlerr.New(sqlerr.InvalidParameterValue, `invalid extension name: "%s"`, name).
			WithDetail("Extension names must not contain directory separator characters.")
	}
	var have []string
	for _, e := range expr.Extensions() {
		have = append(have, e.Name)
	}
	return sqlerr.New(sqlerr.FeatureNotSupported, `extension "%s" is not available`, name).
		WithDetail("The extensions that this server has are built in: %s.", strings.Join(have, ", ")).
		WithHint("The view pg_available_extensions lists them.")
}

// extensionSchema is the schema that an extension is put into: that of SCHEMA, or the
// first of the search path.
func (s *Session) extensionSchema(name string) (*catalog.Schema, error) {
	if name != "" {
		if sc := s.Tx.Catalog().Schema(s.Env.Database, name); sc != nil {
			return sc, nil
		}
		return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, name)
	}
	return s.Env.CreationSchema("", -1)
}

// extensionRoutine describes a function of an extension; of gives the types.
func extensionRoutine(e *catalog.Extension, f *expr.ExtensionFunction, of func(*types.Type) *types.Type) *catalog.Routine {
	r := &catalog.Routine{Name: f.Name, Schema: e.Schema, Owner: catalog.RolePostgres, Result: catalog.TypeRef{Type: of(f.Result)}, Strict: f.Strict, ReturnsSet: f.Set != nil,
		Volatility: f.Volatility, Parallel: 's', Cost: 1, Extension: e.OID, Library: e.Name, Source: f.Symbol}
	for i, t := range f.Args {
		p := catalog.Parameter{Mode: 'i', Type: catalog.TypeRef{Type: of(t)}, Typmod: types.NoTypmod}
		if f.ArgNames != nil {
			p.Name = f.ArgNames[i]
		}
		if at := i - len(f.Args) + len(f.Defaults); at >= 0 {
			p.Default = f.Defaults[at]
		}
		r.Params = append(r.Params, p)
	}
	for _, c := range f.Columns {
		r.Params = append(r.Params, catalog.Parameter{Name: c.Name, Mode: 'o', Type: catalog.TypeRef{Type: c.Type}, Typmod: types.NoTypmod})
	}
	if r.ReturnsSet {
		r.Rows = 1000
	}
	return r
}

// alterExtension runs ALTER EXTENSION ... UPDATE; each has one version.
func (s *Session) alterExtension(_ context.Context, st *ast.AlterExtensionStmt) error {
	e := s.Tx.Catalog().Extension(s.Env.Database, st.Name)
	if builtInExtension(st.Name) {
		e = &catalog.Extension{Name: st.Name, Owner: catalog.RolePostgres, Version: "1.0"}
	}
	if e == nil {
		return sqlerr.New(sqlerr.UndefinedObject, `extension "%s" does not exist`, st.Name)
	}
	if err := s.owner(e.Owner, "extension", e.Name); err != nil {
		return err
	}
	version := e.Version
	for i, o := range st.Options {
		if i > 0 {
			return sqlerr.New(sqlerr.SyntaxError, "conflicting or redundant options").At(o.Pos())
		}
		version = optionText(o)
	}
	if version != e.Version {
		return sqlerr.New(sqlerr.InvalidParameterValue, `extension "%s" has no update path from version "%s" to version "%s"`, e.Name, e.Version, version)
	}
	s.notice(sqlerr.SuccessfulCompletion, `version "%s" of extension "%s" is already installed`, version, e.Name)
	return nil
}

// builtInExtension says whether an extension is always there.
func builtInExtension(name string) bool { return name == "kalam" || name == catalog.PLpgSQL }

// dropExtension drops an extension with its functions.
func (s *Session) dropExtension(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	name := n.Parts[0]
	e := edit.Catalog().Extension(s.Env.Database, name)
	if e == nil {
		if builtInExtension(name) {
			return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop extension %s because it is required by the database system", name)
		}
		if st.IfExists {
			s.notice(sqlerr.SuccessfulCompletion, `extension "%s" does not exist, skipping`, name)
			return nil
		}
		return sqlerr.New(sqlerr.UndefinedObject, `extension "%s" does not exist`, name)
	}
	if err := s.owner(e.Owner, "extension", e.Name); err != nil {
		return err
	}
	if err := s.settle("extension "+e.Name, s.callersOfExtension(ctx, edit, e), st.Cascade); err != nil {
		return err
	}
	s.removeExtension(e)
	return nil
}

// callersOfExtension lists what depends on the functions and types of an extension.
func (s *Session) callersOfExtension(ctx context.Context, edit *catalog.Editor, e *catalog.Extension) (list []dependent) {
	for _, r := range edit.Catalog().Members(e) {
		list = append(list, s.dependentsOf(ctx, edit, r)...)
	}
	for _, t := range edit.Catalog().MemberTypes(e) {
		list = append(list, s.typeDependents(ctx, edit, t)...)
	}
	for _, d := range s.membersDefined(e) {
		if d, ok := d.(*catalog.TSDictionary); ok {
			list = append(list, s.onTextSearch(ctx, edit, d)...)
		}
	}
	for _, v := range edit.Catalog().MemberViews(e) {
		list = append(list, s.dependentsOf(ctx, edit, v)...)
	}
	list = slices.DeleteFunc(list, func(d dependent) bool {
		switch o := edit.Catalog().Get(d.oid).(type) {
		case *catalog.Routine:
			return o.Extension == e.OID && d.what != ""
		case *catalog.UserType: // one that stands for what is below it stays
			return o.Extension == e.OID && d.what != ""
		case *catalog.View:
			return o.Extension == e.OID
		}
		return false
	})
	for o := range edit.Catalog().All() {
		if other, ok := o.(*catalog.Extension); ok && slices.Contains(other.Requires, e.OID) {
			list = append(list, s.whole(ctx, edit, other, "extension "+e.Name))
		}
	}
	return append(list, s.indexesOfExtension(ctx, edit, e)...)
}

// indexesOfExtension lists the indexes that are made with the access methods and operator
// classes of an extension.
func (s *Session) indexesOfExtension(ctx context.Context, edit *catalog.Editor, e *catalog.Extension) (list []dependent) {
	for o := range edit.Catalog().All() {
		t, ok := o.(*catalog.Table)
		if !ok || t.Database != e.Database {
			continue
		}
		for _, i := range t.Indexes {
			on := ""
			for _, k := range i.Keys {
				if c := catalog.OperatorClassByOID(k.OpClass); c != nil && c.Library == e.Name {
					on = "operator class " + c.Name + " for access method " + catalog.AccessMethodNamed(i.Method).Name
				}
				if at := t.Ordinal(k.Column); at >= 0 && ofLibrary(t.Columns[at].Type.Type, e.Name) {
					on = "" // the column goes, and the index with it
					break
				}
			}
			if on == "" {
				continue
			}
			list = append(list, s.dependentIndex(ctx, edit, t, i, on))
		}
	}
	return list
}

// ofLibrary says whether a type, or what it is an array of, is one of an extension's.
func ofLibrary(t *types.Type, extension string) bool {
	return t != nil && (t.Library == extension || t.Elem != nil && t.Elem.Library == extension)
}

// membersDefined lists the definitions that an extension has brought.
func (s *Session) membersDefined(e *catalog.Extension) (list []catalog.Defined) {
	for o := range s.Tx.Catalog().All() {
		if d, ok := o.(catalog.Defined); ok && d.Head().Extension == e.OID {
			list = append(list, d)
		}
	}
	return list
}

func (s *Session) removeExtension(e *catalog.Extension) {
	for _, r := range s.Tx.Catalog().Members(e) {
		s.Tx.DropObject(r.OID)
	}
	for _, t := range s.Tx.Catalog().MemberTypes(e) {
		s.removeType(t)
	}
	for _, v := range s.Tx.Catalog().MemberViews(e) {
		s.Tx.DropObject(v.OID)
	}
	for _, d := range s.membersDefined(e) {
		s.Tx.DropObject(d.ObjectOID())
	}
	s.Tx.DropObject(e.OID)
}

// shownRoutine is a function's signature, qualified unless the search path finds it.
func (s *Session) shownRoutine(r *catalog.Routine) string {
	sc := s.Tx.Catalog().SchemaByOID(r.Schema)
	if slices.Contains(s.Env.SearchPath, sc.Name) {
		return r.Signature()
	}
	return expr.QuoteIdent(sc.Name) + "." + r.Signature()
}
