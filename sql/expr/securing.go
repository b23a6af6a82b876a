package expr

// Securing is the term of a condition that policies want of a row that is to be seen; nil if
// there is none.
func Securing(cond Expr) Expr {
	switch e := cond.(type) {
	case *BoolTest:
		if e.Secures {
			return e
		}
	case *And:
		for _, term := range e.Args {
			if found := Securing(term); found != nil {
				return found
			}
		}
	}
	return nil
}
