package ast

// ReindexStmt is REINDEX: of the index or table that Relation names, or of the
// schema or database Name.
type ReindexStmt struct {
	Object   ObjectType // index, table, schema, system, database
	Relation *RangeVar
	Name     string
	Options  []*DefElem // concurrently among them, however it is written
}

func (*ReindexStmt) node() {}

// Kind implements Statement.
func (*ReindexStmt) Kind() string { return "ReindexStmt" }

// Concurrently says whether the statement asks for that.
func (s *ReindexStmt) Concurrently() bool { return s.On("concurrently") }

// On says whether an option is on.
func (s *ReindexStmt) On(option string) bool {
	on := false
	for _, o := range s.Options {
		if o.Name == option {
			c, is := o.Value.(*Const)
			on = !is || c.Kind == ConstBool && c.Bool || c.Text == "true" || c.Text == "on" || c.Kind == ConstInteger && c.Int == 1
		}
	}
	return on
}
