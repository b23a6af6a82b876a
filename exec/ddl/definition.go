package ddl

import (
	"context"
	"slices"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/textsearch"
	"github.com/kalamsql/kalamsql/sql/types"
)

// What is the same for all objects that have a catalog.Definition: to find, rename, move,
// give away, comment on and drop them.

// definedClass is how a class of them is spoken of.
type definedClass struct {
	class catalog.Class
	// word is what messages call one, and owned what those about its owner do.
	word, owned string
	// schemas: it lies in a schema; else in the database.
	schemas bool
	// builtin says whether pg_catalog has one of a name, which is not in the catalog.
	builtin func(name, method string) bool
}

var definedClasses = map[ast.ObjectType]*definedClass{
	"foreign data wrapper": {class: catalog.ClassForeignDataWrapper, word: "foreign-data wrapper"},
	"server":               {class: catalog.ClassForeignServer, word: "server", owned: "foreign server"},
	"event trigger":        {class: catalog.ClassEventTrigger, word: "event trigger"},
	"operator class": {class: catalog.ClassOperatorClass, word: "operator class", schemas: true, builtin: func(name, method string) bool {
		_, exists := catalog.AccessMethodNamed(method).OperatorClassNamed(name, types.Any, nil)
		return exists
	}},
	"operator family": {class: catalog.ClassOperatorFamily, word: "operator family", schemas: true, builtin: func(name, method string) bool {
		return catalog.FamilyNamed(name, method) != 0
	}},
	"text search parser":   {class: catalog.ClassTSParser, word: "text search parser", schemas: true, builtin: func(name, _ string) bool { return name == "default" }},
	"text search template": {class: catalog.ClassTSTemplate, word: "text search template", schemas: true, builtin: func(name, _ string) bool { return builtinTemplates[name] != 0 }},
	"text search dictionary": {class: catalog.ClassTSDictionary, word: "text search dictionary", schemas: true, builtin: func(name, _ string) bool {
		return slices.ContainsFunc(textsearch.Dictionaries(), func(d *textsearch.Dictionary) bool { return d.Name == name })
	}},
	"text search configuration": {class: catalog.ClassTSConfiguration, word: "text search configuration", schemas: true, builtin: func(name, _ string) bool { return textsearch.ConfigurationNamed(name) != nil }},
	"conversion":                {class: catalog.ClassConversion, word: "conversion", schemas: true},
	"language":                  {class: catalog.ClassProceduralLanguage, word: "language", builtin: func(name, _ string) bool { return languages[name] != 0 }},
	"publication":               {class: catalog.ClassPublication, word: "publication"},
	"subscription":              {class: catalog.ClassSubscription, word: "subscription"},
	"access method":             {word: "access method"},
	"user mapping":              {class: catalog.ClassUserMapping, word: "user mapping"},
}

// classOf finds the class of an object; nil if it is none of these.
func classOf(o catalog.Object) *definedClass {
	for _, d := range definedClasses {
		if d.class == o.ObjectClass() {
			return d
		}
	}
	return nil
}

// classWord is what messages call an object.
func classWord(o catalog.Defined) string {
	if d := classOf(o); d != nil {
		return d.word
	}
	return ""
}

// ownedWord is what messages about an object's owner call it.
func (d *definedClass) ownedWord() string {
	if d.owned != "" {
		return d.owned
	}
	return d.word
}

// namedDefined finds an object by name. It is an error that there is none, which IF EXISTS makes a
// notice.
func (s *Session) namedDefined(object ast.ObjectType, n *ast.Name, method string) (catalog.Defined, error) {
	d := definedClasses[object]
	if d == nil {
		return nil, sqlerr.Unsupported("%s", upper(string(object)))
	}
	name := n.Parts[len(n.Parts)-1]
	absent := sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist`, d.word, strings.Join(n.Parts, "."))
	if method != "" {
		absent = sqlerr.New(sqlerr.UndefinedObject, `%s "%s" does not exist for access method "%s"`, d.word, strings.Join(n.Parts, "."), method)
		if catalog.AccessMethodNamed(method) == nil {
			return nil, sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, method)
		}
	}
	cat := s.Tx.Catalog()
	if !d.schemas {
		if o := cat.Defined(d.class, s.Env.Database, name); o != nil {
			return o, nil
		}
		if d.builtin != nil && d.builtin(name, "") {
			return nil, s.required(d, name, "")
		}
		return nil, absent
	}
	path := s.Env.SearchPath
	if len(n.Parts) > 1 {
		path = n.Parts[len(n.Parts)-2 : len(n.Parts)-1]
		sc := cat.Schema(s.Env.Database, path[0])
		if sc == nil {
			return nil, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, path[0])
		}
		if !cat.MayUse(s.Role.OID, sc) {
			return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
		}
	} else if !slices.Contains(path, "pg_catalog") {
		path = append([]string{"pg_catalog"}, path...)
	}
	for _, schema := range path {
		if schema == "pg_catalog" && d.builtin != nil && d.builtin(name, method) {
			return nil, s.required(d, name, method)
		}
		if sc := cat.Schema(s.Env.Database, schema); sc != nil {
			if o := cat.Defined(d.class, sc.OID, catalog.DefinedKey(name, method)); o != nil {
				return o, nil
			}
		}
	}
	return nil, absent
}

// required is the error that an object is PostgreSQL's own, which only stays as it is.
func (s *Session) required(d *definedClass, name, method string) error {
	if !s.Role.Superuser {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "must be owner of %s %s", d.ownedWord(), name)
	}
	what := d.word + " " + parser.QuoteIdent(name)
	if method != "" {
		what += " for access method " + method
	}
	return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop %s because it is required by the database system", what)
}

// ownDefined is namedDefined for who must own the object.
func (s *Session) ownDefined(object ast.ObjectType, n *ast.Name, method string) (catalog.Defined, error) {
	o, err := s.namedDefined(object, n, method)
	if err != nil {
		return nil, err
	}
	return o, s.owner(o.Head().Owner, classOf(o).ownedWord(), o.ObjectName())
}

// shownDefined is what messages call an object: its kind and its name, qualified unless the
// search path finds it.
func (s *Session) shownDefined(o catalog.Defined) string {
	if m, ok := o.(*catalog.UserMapping); ok {
		return s.shownMapping(m)
	}
	d := classOf(o)
	name := o.ObjectName()
	if d.schemas {
		name = s.shownIn(o.Parent(), name)
	}
	if m, ok := o.(interface{ MethodName() string }); ok {
		name += " for access method " + m.MethodName()
	}
	return d.word + " " + name
}

// shownIn is a name in a schema, qualified unless the schema is on the search path.
func (s *Session) shownIn(schema catalog.OID, name string) string {
	sc := s.Tx.Catalog().SchemaByOID(schema)
	if sc == nil || slices.Contains(s.Env.SearchPath, sc.Name) {
		return parser.QuoteIdent(name)
	}
	return parser.QuoteIdent(sc.Name) + "." + parser.QuoteIdent(name)
}

// taken is the error that an object's name is another's.
func (s *Session) taken(o catalog.Defined, within catalog.OID, name string) error {
	d, method := classOf(o), ""
	if m, ok := o.(interface{ MethodName() string }); ok {
		method = m.MethodName()
	}
	if s.Tx.Catalog().Defined(d.class, within, catalog.DefinedKey(name, method)) == nil {
		return nil
	}
	what := d.word + ` "` + name + `"`
	if method != "" {
		what += ` for access method "` + method + `"`
	}
	if d.schemas {
		return sqlerr.New(sqlerr.DuplicateObject, `%s already exists in schema "%s"`, what, s.Tx.Catalog().SchemaByOID(within).Name)
	}
	return sqlerr.New(sqlerr.DuplicateObject, `%s already exists`, what)
}

// change puts a changed copy in an object's place.
func (s *Session) change(o catalog.Defined, how func(*catalog.Definition)) {
	c := o.Copy()
	how(c.Head())
	s.Tx.PutObject(c)
}

// renameDefined runs ALTER ... RENAME TO.
func (s *Session) renameDefined(st *ast.RenameStmt) error {
	o, err := s.ownDefined(st.Object, st.Name, st.Method)
	if err != nil {
		return err
	}
	if err := s.mayCreateIn(o, s.Role); err != nil {
		return err
	}
	if err := s.taken(o, o.Parent(), st.NewName); err != nil {
		return err
	}
	s.change(o, func(h *catalog.Definition) { h.Name = st.NewName })
	return nil
}

// mayCreateIn demands that a role may create in the schema of an object.
func (s *Session) mayCreateIn(o catalog.Defined, role *catalog.Role) error {
	sc := s.Tx.Catalog().SchemaByOID(o.Parent())
	if sc != nil && !s.Tx.Catalog().Allowed(role.OID, sc.Owner, sc.ACL, catalog.PrivCreate) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
	}
	return nil
}

// alterDefinedSchema runs ALTER ... SET SCHEMA.
func (s *Session) alterDefinedSchema(ctx context.Context, st *ast.AlterObjectSchemaStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	o, err := s.namedDefined(st.Object, st.Name, st.Method)
	if err != nil {
		return err
	}
	to, err := s.Env.CreationSchema(st.NewSchema, -1)
	if err != nil {
		return err
	}
	if err := s.owner(o.Head().Owner, classOf(o).ownedWord(), o.ObjectName()); err != nil {
		return err
	}
	if err := s.mayCreate(to); err != nil {
		return err
	}
	switch {
	case to.OID == o.Parent():
		return s.taken(o, to.OID, o.ObjectName())
	case s.isTemporarySchema(to.OID) || s.isTemporarySchema(o.Parent()):
		return sqlerr.New(sqlerr.FeatureNotSupported, "cannot move objects into or out of temporary schemas")
	}
	if err := s.taken(o, to.OID, o.ObjectName()); err != nil {
		return err
	}
	s.change(o, func(h *catalog.Definition) { h.Within = to.OID })
	return nil
}

// alterDefinedOwner runs ALTER ... OWNER TO.
func (s *Session) alterDefinedOwner(ctx context.Context, st *ast.AlterOwnerStmt) error {
	if _, err := s.Tx.Edit(ctx); err != nil {
		return err
	}
	o, err := s.namedDefined(st.Object, st.Name, st.Method)
	if err != nil {
		return err
	}
	role, err := s.roleOf(st.Owner)
	if err != nil {
		return err
	}
	if err := s.mayGive(o, role); err != nil {
		return err
	}
	from := o.Head().Owner
	s.change(o, func(h *catalog.Definition) {
		h.Owner, h.ACL = role.OID, h.ACL.Moved(from, role.OID)
	})
	return nil
}

// mayGive demands the right to give an object to a role.
func (s *Session) mayGive(o catalog.Defined, to *catalog.Role) error {
	d := classOf(o)
	if special, err := s.mayGiveSpecial(o, to); special {
		return err
	}
	if p, ok := o.(*catalog.Publication); ok {
		return s.mayGivePublication(p, to)
	}
	if s.Role.Superuser {
		return nil
	}
	if err := s.owner(o.Head().Owner, d.ownedWord(), o.ObjectName()); err != nil {
		return err
	}
	if !s.Tx.Catalog().MemberOf(s.Role.OID, to.OID) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, to.Name)
	}
	if server, ok := o.(*catalog.ForeignServer); ok {
		return s.mayUseWrapper(s.Tx.Catalog().WrapperOf(server), to)
	}
	return s.mayCreateIn(o, to)
}

// mayOwn demands the right to make a role the owner of what lies in a schema, or of a
// schema itself if that is 0.
func (s *Session) mayOwn(role *catalog.Role, schema catalog.OID) error {
	if s.Role.Superuser {
		return nil
	}
	if !s.Tx.Catalog().MemberOf(s.Role.OID, role.OID) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, role.Name)
	}
	if sc := s.Tx.Catalog().SchemaByOID(schema); sc != nil && !s.isTemporarySchema(schema) && !s.Tx.Catalog().Allowed(role.OID, sc.Owner, sc.ACL, catalog.PrivCreate) {
		return sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for schema %s", sc.Name)
	}
	return nil
}

// mayGiveSpecial is mayGive for those that superusers alone may own and give.
func (s *Session) mayGiveSpecial(o catalog.Defined, to *catalog.Role) (special bool, err error) {
	word, name := classOf(o).word, o.ObjectName()
	article, byOwner := "a ", true
	switch o.(type) {
	case *catalog.ForeignDataWrapper:
		byOwner = false
	case *catalog.EventTrigger:
		article = "an "
	case *catalog.Subscription:
	default:
		return false, nil
	}
	switch {
	case byOwner && !s.Tx.Catalog().OwnedBy(s.Role.OID, o.Head().Owner):
		return true, s.owner(o.Head().Owner, word, name)
	case !byOwner && !s.Role.Superuser:
		return true, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to change owner of %s "%s"`, word, name).WithHint("Must be superuser to change owner of a %s.", word)
	case !to.Superuser:
		return true, sqlerr.New(sqlerr.InsufficientPrivilege, `permission denied to change owner of %s "%s"`, word, name).WithHint("The owner of %s must be a superuser.", article+word)
	}
	return true, nil
}

// commentDefined runs COMMENT ON.
func (s *Session) commentDefined(st *ast.CommentStmt, text string) error {
	o, err := s.ownDefined(st.Object, st.Name, st.Method)
	if err != nil {
		return err
	}
	s.change(o, func(h *catalog.Definition) { h.Comment = text })
	return nil
}

// dropDefined runs DROP of one.
func (s *Session) dropDefined(ctx context.Context, edit *catalog.Editor, n *ast.Name, st *ast.DropStmt) error {
	if st.Method != "" && catalog.AccessMethodNamed(st.Method) == nil { // whether IF EXISTS is said or not
		return sqlerr.New(sqlerr.UndefinedObject, `access method "%s" does not exist`, st.Method)
	}
	o, err := s.ownDefined(st.Object, n, st.Method)
	if e := sqlerr.From(err); err != nil && st.IfExists && (e.Code == sqlerr.UndefinedObject || e.Code == sqlerr.InvalidSchemaName) {
		s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
		return nil
	}
	if err != nil {
		return err
	}
	if sub, ok := o.(*catalog.Subscription); ok {
		if err := s.droppable(sub); err != nil {
			return err
		}
	}
	what := s.shownDefined(o)
	if e, ok := edit.Catalog().Get(o.Head().Extension).(*catalog.Extension); ok {
		return sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop %s because extension %s requires it", what, e.Name).
			WithHint("You can drop extension %s instead.", e.Name)
	}
	if s.several {
		what = severalObjects
	}
	if err := s.settle(what, s.onDefined(ctx, edit, o), st.Cascade); err != nil {
		return err
	}
	s.Tx.DropObject(o.ObjectOID())
	return nil
}

// onDefined lists what depends on an object.
func (s *Session) onDefined(ctx context.Context, edit *catalog.Editor, o catalog.Defined) (list []dependent) {
	switch o := o.(type) {
	case *catalog.ForeignDataWrapper:
		return s.onWrapper(ctx, edit, o)
	case *catalog.ForeignServer:
		return s.onServer(ctx, edit, o)
	case *catalog.TSParser, *catalog.TSTemplate, *catalog.TSDictionary:
		return s.onTextSearch(ctx, edit, o)
	case *catalog.OperatorFamily:
		for _, c := range allDefined[*catalog.UserClass](s) {
			if c.Family == o.OID {
				list = append(list, s.whole(ctx, edit, c, s.shownDefined(o)))
			}
		}
	}
	return nil
}

// allDefined lists the objects of a type in the database, by OID.
func allDefined[T catalog.Defined](s *Session) (list []T) {
	for o := range s.Tx.Catalog().All() {
		if d, ok := o.(T); ok && s.inDatabase(d) {
			list = append(list, d)
		}
	}
	slices.SortFunc(list, func(a, b T) int { return int(a.ObjectOID()) - int(b.ObjectOID()) })
	return list
}

// define stores a new object, as the role's.
func (s *Session) define(edit *catalog.Editor, o catalog.Defined) {
	h := o.Head()
	h.OID, h.Owner = edit.NewOID(), s.Role.OID
	s.Tx.PutObject(o)
}
