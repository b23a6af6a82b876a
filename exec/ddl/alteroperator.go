package ddl

import (
	"context"
	"strings"

	"github.com/kalamsql/kalamsql/sql/catalog"
	"github.com/kalamsql/kalamsql/sql/parser"
	"github.com/kalamsql/kalamsql/sql/parser/ast"
	"github.com/kalamsql/kalamsql/sql/sqlerr"
	"github.com/kalamsql/kalamsql/sql/types"
)

// namedOperator finds the operator that a statement names, and demands that the role owns
// it.
func (s *Session) namedOperator(ref *ast.OperatorRef) (*catalog.Operator, error) {
	var left, right *types.Type
	for _, at := range []struct {
		name *ast.TypeName
		t    **types.Type
	}{{ref.Left, &left}, {ref.Right, &right}} {
		if at.name == nil {
			continue
		}
		t, _, err := s.Env.TypeName(at.name)
		if err != nil {
			return nil, unlocated(err)
		}
		*at.t = t
	}
	if right == nil {
		return nil, sqlerr.New(sqlerr.SyntaxError, "postfix operators are not supported")
	}
	oid, err := s.operatorNamed(ref.Name.Parts, left, right)
	if err != nil {
		return nil, err
	}
	name := strings.Join(ref.Name.Parts, ".")
	switch o := s.Tx.Catalog().Get(oid).(type) {
	case *catalog.Operator:
		return o, s.owner(o.Owner, "operator", o.Name)
	default:
		if oid != 0 { // a built-in one
			if err := s.owner(catalog.RolePostgres, "operator", name); err != nil {
				return nil, err
			}
			return nil, sqlerr.New(sqlerr.DependentObjectsStillExist, "cannot drop operator %s(%s,%s) because it is required by the database system", name, operandName(left), right)
		}
	}
	shown := name + " " + right.String()
	if left != nil {
		shown = left.String() + " " + shown
	}
	return nil, sqlerr.New(sqlerr.UndefinedFunction, "operator does not exist: %s", shown)
}

func operandName(t *types.Type) string {
	if t == nil {
		return "none"
	}
	return t.String()
}

// dropOperator runs DROP OPERATOR.
func (s *Session) dropOperator(ctx context.Context, st *ast.DropOperatorStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	for _, ref := range st.Operators {
		o, err := s.namedOperator(ref)
		if err != nil {
			e := sqlerr.From(err)
			switch {
			case !st.IfExists:
				return err
			case e.Code == sqlerr.UndefinedFunction:
				s.notice(sqlerr.SuccessfulCompletion, "operator %s does not exist, skipping", strings.Join(ref.Name.Parts, "."))
				continue
			case e.Code == sqlerr.UndefinedObject, e.Code == sqlerr.InvalidSchemaName:
				s.notice(sqlerr.SuccessfulCompletion, "%s, skipping", e.Message)
				continue
			}
			return err
		}
		what := "operator " + s.shownOperator(o)
		if err := s.settle(what, s.dependentsOf(ctx, edit, o), st.Cascade); err != nil {
			return err
		}
		s.removeOperator(o)
	}
	return nil
}

// shownOperator is an operator's signature, qualified unless the search path finds it.
func (s *Session) shownOperator(o *catalog.Operator) string {
	left := o.Left.Type
	if found, err := s.operatorNamed([]string{o.Name}, left, o.Right.Type); err == nil && found == o.OID {
		return o.Signature()
	}
	return parser.QuoteIdent(s.Tx.Catalog().SchemaByOID(o.Schema).Name) + "." + o.Signature()
}

// removeOperator drops an operator; others that name it as their commutator or negator
// have none then.
func (s *Session) removeOperator(o *catalog.Operator) {
	for _, other := range []catalog.OID{o.Commutator, o.Negator} {
		now, ok := s.Tx.Catalog().Get(other).(*catalog.Operator)
		if !ok || now.OID == o.OID {
			continue
		}
		n := *now
		if n.Commutator == o.OID {
			n.Commutator = 0
		}
		if n.Negator == o.OID {
			n.Negator = 0
		}
		s.Tx.PutObject(&n)
	}
	s.Tx.DropObject(o.OID)
}

// alterOperator runs ALTER OPERATOR.
func (s *Session) alterOperator(ctx context.Context, st *ast.AlterOperatorStmt) error {
	edit, err := s.Tx.Edit(ctx)
	if err != nil {
		return err
	}
	old, err := s.namedOperator(st.Operator)
	if err != nil {
		return err
	}
	o := *old
	switch {
	case st.NewOwner != nil:
		role, err := s.roleOf(st.NewOwner)
		if err != nil {
			return err
		}
		if !edit.Catalog().OwnedBy(s.Role.OID, role.OID) {
			return sqlerr.New(sqlerr.InsufficientPrivilege, `must be member of role "%s"`, role.Name)
		}
		o.Owner = role.OID
	case st.NewSchema != "":
		to, err := s.Env.CreationSchema(st.NewSchema, -1)
		if err != nil {
			return err
		}
		if err := s.mayCreate(to); err != nil {
			return err
		}
		if to.OID == o.Schema {
			return nil
		}
		if edit.Catalog().Operator(to.OID, o.Name, o.Left.Type, o.Right.Type) != nil {
			return sqlerr.New(sqlerr.DuplicateFunction, `operator %s already exists in schema "%s"`, o.Signature(), to.Name)
		}
		for table := range edit.Catalog().All() {
			if t, ok := table.(*catalog.Table); ok && len(s.tableCallers(ctx, nil, t, called{o.OID, o.Name, o.Schema}, "")) > 0 {
				return sqlerr.Unsupported("moving an operator that table %s uses", t.Name)
			}
		}
		o.Schema = to.OID
	default:
		if err := s.operatorEstimators(&o, st.Options); err != nil {
			return err
		}
	}
	s.Tx.PutObject(&o)
	return nil
}

// operatorEstimators runs ALTER OPERATOR ... SET (...).
func (s *Session) operatorEstimators(o *catalog.Operator, options []*ast.AggregateOption) (err error) {
	p := &operatorParts{}
	for _, given := range options {
		if given.Text != "" && strings.Trim(given.Text, "0123456789.") == "" {
			return sqlerr.New(sqlerr.SyntaxError, "argument of %s must be a name", given.Name)
		}
		none := strings.EqualFold(given.Text, "none") && given.Type == nil
		switch given.Name {
		case "restrict":
			if o.Restrict = 0; !none {
				p.restrict = given
				o.Restrict, err = s.estimator(given, "restriction", types.Int4)
			}
		case "join":
			if o.Join = 0; !none {
				p.join = given
				o.Join, err = s.estimator(given, "join", types.Int2, types.Internal)
			}
		case "leftarg", "rightarg", "function", "procedure", "commutator", "negator", "hashes", "merges":
			return sqlerr.New(sqlerr.SyntaxError, `operator attribute "%s" cannot be changed`, given.Name)
		default:
			return sqlerr.New(sqlerr.SyntaxError, `operator attribute "%s" not recognized`, given.Name)
		}
		if err != nil {
			return err
		}
	}
	return fitting(o, p)
}

// commentOperator runs COMMENT ON OPERATOR.
func (s *Session) commentOperator(st *ast.CommentStmt, text string) error {
	o, err := s.namedOperator(st.Operator)
	if err != nil {
		return err
	}
	changed := *o
	changed.Comment = text
	s.Tx.PutObject(&changed)
	return nil
}
