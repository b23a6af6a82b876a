package pgcatalog

// pg_aggregate: the rows of aggregates that users have made.

func init() { makes("pg_aggregate", aggregateRows) }

func aggregateRows(s *Snapshot, out *rows) {
	for _, r := range routinesOf(s) {
		a := r.Aggregate
		if a == nil {
			continue
		}
		pairs := []any{"aggfnoid", r.OID, "aggkind", byte('n'), "aggtransfn", a.Transition, "aggfinalfn", a.Final, "aggcombinefn", a.Combine,
			"aggfinalextra", a.FinalExtra, "aggfinalmodify", a.FinalModify, "aggmfinalmodify", byte('r'), "aggsortop", a.Sort,
			"aggtranstype", a.State.OID, "aggtransspace", a.Space}
		if a.Initial != nil {
			pairs = append(pairs, "agginitval", *a.Initial)
		}
		out.add(pairs...)
	}
}
