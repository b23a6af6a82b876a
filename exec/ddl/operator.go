package ddl

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/expr"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// operatorParts are the attributes of CREATE OPERATOR as they were given.
type operatorParts struct {
	left, right, function *ast.AggregateOption
	commutator, negator   *ast.AggregateOption
	restrict, join        *ast.AggregateOption
	merges, hashes        bool
}

func wrongOperator(text string, args ...any) error {
	return sqlerr.New(sqlerr.InvalidFunctionDefinition, text, args...)
}

// createOperator runs CREATE OPERATOR. A commutator or negator that is not there is made
// as a shell, which a CREATE OPERATOR of its own fills.
func (s *Session) createOperator(ctx context.Context, st *ast.CreateOperatorStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	schema, _, err := s.creationSchema(ctx, rangeVar(st.Name, st.Name.Parts), ast.Permanent)
	if err != nil {
		return unlocated(err)
	}
	parts, err := s.operatorParts(st.Options)
	if err != nil {
		return err
	}
	o := &catalog.Operator{Name: st.Name.Parts[len(st.Name.Parts)-1], Schema: schema.OID, Owner: s.Role.OID, Merges: parts.merges, Hashes: parts.hashes}
	if err := s.operatorFunction(o, parts); err != nil {
		return err
	}
	if o.Restrict, err = s.estimator(parts.restrict, "restriction", types.Int4); err != nil {
		return err
	}
	if o.Join, err = s.estimator(parts.join, "join", types.Int2, types.Internal); err != nil {
		return err
	}
	if err := fitting(o, parts); err != nil {
		return err
	}
	old := edit.Catalog().Operator(o.Schema, o.Name, o.Left.Type, o.Right.Type)
	switch {
	case old == nil:
		o.OID = edit.NewOID()
	case old.Function != 0:
		return sqlerr.New(sqlerr.DuplicateFunction, "operator %s already exists", o.Name)
	default:
		if err := s.owner(old.Owner, "operator", old.Name); err != nil {
			return err
		}
		o.OID, o.Owner, o.Commutator, o.Negator = old.OID, old.Owner, old.Commutator, old.Negator
	}
	if parts.commutator != nil {
		if o.Commutator, err = s.otherOperator(edit, o, parts.commutator, o.Right.Type, o.Left.Type); err != nil {
			return err
		}
	}
	if parts.negator != nil {
		if o.Negator, err = s.otherOperator(edit, o, parts.negator, o.Left.Type, o.Right.Type); err != nil {
			return err
		}
		if o.Negator == o.OID {
			return wrongOperator("operator cannot be its own negator or sort operator")
		}
	}
	s.Tx.PutObject(o)
	s.linkBack(o)
	s.Env.Catalog = s.Tx.Catalog()
	return nil
}

// linkBack has the commutator and the negator of an operator name it, unless they name
// another.
func (s *Session) linkBack(o *catalog.Operator) {
	if c, ok := s.Tx.Catalog().Get(o.Commutator).(*catalog.Operator); ok && c.Commutator == 0 {
		n := *c
		n.Commutator = o.OID
		s.Tx.PutObject(&n)
	}
	if c, ok := s.Tx.Catalog().Get(o.Negator).(*catalog.Operator); ok && c.Negator == 0 {
		n := *c
		n.Negator = o.OID
		s.Tx.PutObject(&n)
	}
}

// operatorParts reads the attributes.
func (s *Session) operatorParts(options []*ast.AggregateOption) (*operatorParts, error) {
	p := &operatorParts{}
	flag := func(o *ast.AggregateOption) (err error) {
		switch o.Name {
		case "hashes":
			p.hashes, err = booleanOption(o.Name, o.Text)
		default:
			p.merges, err = booleanOption(o.Name, o.Text)
		}
		return err
	}
	for _, o := range options {
		switch o.Name {
		case "leftarg", "rightarg":
			if o.Type != nil && o.Type.SetOf {
				return nil, wrongOperator("SETOF type not allowed for operator argument")
			}
			if o.Name == "leftarg" {
				p.left = o
			} else {
				p.right = o
			}
		case "function", "procedure":
			p.function = o
		case "commutator":
			p.commutator = o
		case "negator":
			p.negator = o
		case "restrict":
			p.restrict = o
		case "join":
			p.join = o
		case "hashes", "merges":
			if err := flag(o); err != nil {
				return nil, err
			}
		case "sort1", "sort2", "ltcmp", "gtcmp": // of old dumps: they mean merges
			p.merges = true
		default:
			s.notices = append(s.notices, sqlerr.Notice(sqlerr.SeverityWarning, sqlerr.SyntaxError, `operator attribute "%s" not recognized`, o.Name))
		}
	}
	if p.function == nil {
		return nil, wrongOperator("operator function must be specified")
	}
	return p, nil
}

// operatorFunction settles the operands, finds the function for them and its result.
func (s *Session) operatorFunction(o *catalog.Operator, p *operatorParts) (err error) {
	var operands []*types.Type
	for _, at := range []struct {
		given *ast.AggregateOption
		t     *catalog.TypeRef
	}{{p.left, &o.Left}, {p.right, &o.Right}} {
		if at.given == nil {
			continue
		}
		if at.t.Type, err = s.typeAttribute(at.given); err != nil {
			return err
		}
		operands = append(operands, at.t.Type)
	}
	switch {
	case len(operands) == 0:
		return wrongOperator("operator argument types must be specified")
	case o.Right.Type == nil:
		return wrongOperator("operator right argument type must be specified").(*sqlerr.Error).WithDetail("Postfix operators are not supported.")
	}
	f, err := s.exactFunction(attributeName(p.function), operands)
	if err != nil {
		return err
	}
	o.Function, o.Result.Type = f.oid, f.result
	return nil
}

// attributeName is the name that the value of an attribute is.
func attributeName(o *ast.AggregateOption) []string {
	switch {
	case o.Operator != nil:
		return o.Operator
	case o.Type != nil:
		return o.Type.Names
	}
	return []string{o.Text}
}

// functionFound is a function, built in or a user's, and what calls give it and get.
type functionFound struct {
	oid    catalog.OID
	args   []*types.Type
	result *types.Type
	// set: it returns one; normal: it is neither a procedure nor an aggregate.
	set, normal bool
}

// exactFunction finds the function with exactly these argument types, which the role may
// execute.
func (s *Session) exactFunction(name []string, args []*types.Type) (*functionFound, error) {
	listed := &ast.FuncRef{Name: &ast.Name{Parts: name}, Listed: true}
	return s.functionOf(listed, args)
}

// functionOf finds a function by its name and argument types, or by its name alone if
// none are listed, and demands the right to execute it.
func (s *Session) functionOf(ref *ast.FuncRef, args []*types.Type) (*functionFound, error) {
	name := ref.Name.Parts
	last := name[len(name)-1]
	own, err := s.routineNamed(ref, args)
	if own == nil && (len(name) == 1 || name[len(name)-2] == "pg_catalog") {
		var found []*expr.Function
		for _, f := range expr.FunctionsNamed(last) {
			if !ref.Listed || sameTypes(f.Args, args) {
				found = append(found, f)
			}
		}
		if len(found) == 1 {
			f := found[0]
			return &functionFound{oid: f.OID, args: f.Args, result: f.Result, set: f.ReturnsSet, normal: f.Kind == 'f'}, nil
		}
		if len(found) > 1 {
			return nil, sqlerr.New(sqlerr.AmbiguousFunction, `function name "%s" is not unique`, strings.Join(name, ".")).
				WithHint("Specify the argument list to select the function unambiguously.")
		}
	}
	if own == nil && ref.Listed && s.Internal != nil && (len(name) == 1 || name[len(name)-2] == "pg_catalog") {
		oids := make([]catalog.OID, len(args))
		for i, t := range args {
			oids[i] = t.OID
		}
		if oid, result := s.Internal(last, oids); oid != 0 {
			return &functionFound{oid: oid, args: args, result: types.ByOID(result), normal: true}, nil
		}
	}
	if own == nil {
		return nil, err
	}
	if !s.Tx.Catalog().Allowed(s.Role.OID, own.Owner, own.Grants(), catalog.PrivExecute) {
		return nil, sqlerr.New(sqlerr.InsufficientPrivilege, "permission denied for function %s", own.Name)
	}
	f := &functionFound{oid: own.OID, result: own.Result.Type, set: own.ReturnsSet, normal: !own.Procedure && own.Aggregate == nil}
	for _, in := range own.Inputs() {
		f.args = append(f.args, in.Type.Type)
	}
	return f, nil
}

func sameTypes(a, b []*types.Type) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !a[i].Same(b[i]) {
			return false
		}
	}
	return true
}

// estimator finds a function that estimates how much an operator selects; more are its
// arguments behind the first three.
func (s *Session) estimator(o *ast.AggregateOption, what string, more ...*types.Type) (catalog.OID, error) {
	if o == nil {
		return 0, nil
	}
	name, builtin := attributeName(o), expr.RestrictionEstimators
	if what == "join" {
		builtin = expr.JoinEstimators
	}
	if oid := builtin[name[len(name)-1]]; oid != 0 && (len(name) == 1 || name[len(name)-2] == "pg_catalog") {
		return oid, nil
	}
	f, err := s.exactFunction(name, append([]*types.Type{types.Internal, types.Oid, types.Internal}, more...))
	if err != nil {
		return 0, err
	}
	if f.result != types.Float8 {
		return 0, sqlerr.New(sqlerr.InvalidObjectDefinition, "%s estimator function %s must return type %s", what, strings.Join(name, "."), "float8")
	}
	return f.oid, nil
}

// fitting refuses attributes that an operator of its kind cannot have.
func fitting(o *catalog.Operator, p *operatorParts) error {
	if o.Left.Type == nil {
		switch {
		case p.commutator != nil:
			return wrongOperator("only binary operators can have commutators")
		case p.join != nil:
			return wrongOperator("only binary operators can have join selectivity")
		case p.merges:
			return wrongOperator("only binary operators can merge join")
		case p.hashes:
			return wrongOperator("only binary operators can hash")
		}
	}
	if o.Result.Type == types.Boolean {
		return nil
	}
	switch {
	case p.negator != nil:
		return wrongOperator("only boolean operators can have negators")
	case p.restrict != nil:
		return wrongOperator("only boolean operators can have restriction selectivity")
	case p.join != nil:
		return wrongOperator("only boolean operators can have join selectivity")
	case p.merges:
		return wrongOperator("only boolean operators can merge join")
	case p.hashes:
		return wrongOperator("only boolean operators can hash")
	}
	return nil
}

// otherOperator finds the operator that COMMUTATOR or NEGATOR names; one that is not there
// is made as a shell.
func (s *Session) otherOperator(edit *catalog.Editor, o *catalog.Operator, given *ast.AggregateOption, left, right *types.Type) (catalog.OID, error) {
	parts := attributeName(given)
	name := parts[len(parts)-1]
	if found, err := s.operatorNamed(parts, left, right); err != nil || found != 0 {
		return found, err
	}
	schema, _, err := s.creationSchema(context.Background(), rangeVar(&ast.Name{Parts: parts}, parts), ast.Permanent)
	if err != nil {
		return 0, err
	}
	if schema.OID == o.Schema && name == o.Name && o.Operands(left, right) {
		return o.OID, nil // itself
	}
	shell := &catalog.Operator{OID: edit.NewOID(), Name: name, Schema: schema.OID, Owner: s.Role.OID, Left: catalog.TypeRef{Type: left}, Right: catalog.TypeRef{Type: right}}
	s.Tx.PutObject(shell)
	return shell.OID, nil
}

// operatorNamed finds an operator by its name and operands: a user's or a built-in one; 0
// for none.
func (s *Session) operatorNamed(parts []string, left, right *types.Type) (catalog.OID, error) {
	name, cat := parts[len(parts)-1], s.Tx.Catalog()
	path := append([]string{"pg_catalog"}, s.Env.SearchPath...)
	if len(parts) > 1 {
		path = parts[len(parts)-2 : len(parts)-1]
		if cat.Schema(s.Env.Database, path[0]) == nil {
			return 0, sqlerr.New(sqlerr.InvalidSchemaName, `schema "%s" does not exist`, path[0])
		}
	}
	for _, schema := range path {
		if schema == "pg_catalog" {
			if op, err := expr.FindOperator(name, left, right, -1); err == nil && (op.Left == nil) == (left == nil) && (left == nil || op.Left.Same(left)) && op.Right.Same(right) {
				return op.OID, nil
			}
			continue
		}
		if sc := cat.Schema(s.Env.Database, schema); sc != nil {
			if o := cat.Operator(sc.OID, name, left, right); o != nil {
				return o.OID, nil
			}
		}
	}
	return 0, nil
}
