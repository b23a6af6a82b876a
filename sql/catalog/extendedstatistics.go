package catalog

// ExtendedStatistics is what CREATE STATISTICS makes: which columns and expressions of a
// table are to be looked at together. It is kept with the table and shown; nothing is
// gathered by it.
type ExtendedStatistics struct {
	OID    OID
	Name   string
	Schema OID
	Owner  OID
	// Columns are attribute numbers, in order, and Exprs the texts of expressions.
	Columns []int16  `json:",omitempty"`
	Exprs   []string `json:",omitempty"`
	// Kinds is pg_statistic_ext.stxkind without the 'e' of expressions: some of 'd', 'f'
	// and 'm'; none where there is but one expression.
	Kinds string `json:",omitempty"`
	// Target is ALTER STATISTICS ... SET STATISTICS; -1 is the default.
	Target  int16
	Comment string `json:",omitempty"`
}

// ExtendedNamed finds extended statistics by their name in a schema, with their table.
func (c *Catalog) ExtendedNamed(schema OID, name string) (*Table, *ExtendedStatistics) {
	for o := range c.All() {
		t, ok := o.(*Table)
		if !ok {
			continue
		}
		for _, st := range t.Extended {
			if st.Schema == schema && st.Name == name {
				return t, st
			}
		}
	}
	return nil, nil
}

// Words are the kinds as CREATE STATISTICS names them; nil where they need not be named.
func (st *ExtendedStatistics) Words() (list []string) {
	if len(st.Columns)+len(st.Exprs) < 2 || st.Kinds == "dfm" {
		return nil
	}
	for _, k := range st.Kinds {
		list = append(list, map[rune]string{'d': "ndistinct", 'f': "dependencies", 'm': "mcv"}[k])
	}
	return list
}
