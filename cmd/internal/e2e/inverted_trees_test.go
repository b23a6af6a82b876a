package e2e

import (
	"fmt"
	"strings"
)

// treeFamily is what GiST and SP-GiST have trees of in PostgreSQL.
var treeFamily = invertedFamily{
	name:      "trees",
	libraries: []string{"pg_trgm", "btree_gist"},
	columns:   "r int4range, nr numrange, ts tstzrange, m int4multirange, net inet, pt point, bx box, pl polygon, ci circle, body text, v tsvector, n int",
	indexes: []string{
		"i1 ON %s USING gist (r)", "i2 ON %s USING gist (n, ts)", "i3 ON %s USING spgist (nr)", "i4 ON %s USING gist (m, n)", "i5 ON %s USING gist (net inet_ops)", "i6 ON %s USING gist (pt)",
		"i7 ON %s USING spgist (bx)", "i8 ON %s USING gist (pl)", "i9 ON %s USING gist (n, ci, body)", "i10 ON %s USING spgist (body)", "i11 ON %s USING gist (v) WHERE n > 3",
		"i12 ON %s USING gist (body gist_trgm_ops)", "i13 ON %s USING spgist (net)", "i14 ON %s USING spgist (pt kd_point_ops)", "i15 ON %s USING gist (box(pt, point(n, n)))", "i16 ON %s USING gist (ci)",
	},
	value:     (*invertedWriter).treeValue,
	condition: (*invertedWriter).treeCondition,
}

// bounds are those of a range whose values are written by a function; now and then one is missing, or the range is empty.
func (w *invertedWriter) bounds(value func(n int) string) string {
	low := w.IntN(40)
	from, to := value(low), value(low+w.IntN(1<<w.IntN(7)))
	switch w.IntN(12) {
	case 0:
		from = ""
	case 1:
		to = ""
	case 2:
		return "empty"
	}
	return w.pick("[", "(") + from + "," + to + w.pick("]", ")")
}

func whole(n int) string { return fmt.Sprint(n) }
func exact(n int) string { return fmt.Sprintf("%d.%03d", n*n*n-3000, n*7) }
func day(n int) string   { return fmt.Sprintf("%d-03-01", 2000+n) }

// place is a coordinate.
func (w *invertedWriter) place() string {
	return w.pick(fmt.Sprint(w.IntN(20)-5), fmt.Sprintf("%.3f", w.Float64()*20-5), fmt.Sprint(w.IntN(8)))
}

func (w *invertedWriter) point() string {
	if w.IntN(40) == 0 {
		return w.pick("(NaN,1)", "(Infinity,-Infinity)", "(1e300,-1e-300)")
	}
	return "(" + w.place() + "," + w.place() + ")"
}

func (w *invertedWriter) polygon() string {
	var list []string
	for range 1 + w.IntN(4) {
		list = append(list, w.point())
	}
	return "(" + strings.Join(list, ",") + ")"
}

func (w *invertedWriter) circle() string {
	return "<" + w.point() + "," + w.pick("0", "1", "2.5", "7") + ">"
}

func (w *invertedWriter) multirange() string {
	var list []string
	for range w.IntN(4) {
		list = append(list, w.bounds(whole))
	}
	return "{" + strings.Join(list, ",") + "}"
}

func (w *invertedWriter) network() string {
	switch w.IntN(4) {
	case 0:
		return fmt.Sprintf("2001:db8:%x::%x/%d", w.IntN(3), w.IntN(3), w.IntN(129))
	case 1:
		return fmt.Sprintf("10.%d.%d.%d", w.IntN(2), w.IntN(3), w.IntN(4))
	}
	return fmt.Sprintf("10.%d.%d.%d/%d", w.IntN(2), w.IntN(3), w.IntN(4), w.IntN(33))
}

func (w *invertedWriter) treeValue(column string) string {
	switch column {
	case "r":
		return "'" + w.bounds(whole) + "'"
	case "nr":
		return "'" + w.bounds(exact) + "'"
	case "ts":
		return "'" + w.bounds(day) + "'"
	case "m":
		return "'" + w.multirange() + "'"
	case "net":
		return "'" + w.network() + "'"
	case "pt":
		return "'" + w.point() + "'"
	case "bx":
		return "'" + w.point() + "," + w.point() + "'"
	case "pl":
		return "'" + w.polygon() + "'"
	case "ci":
		return "'" + w.circle() + "'"
	}
	return w.ginValue(column)
}

func (w *invertedWriter) treeCondition() string {
	ranges := func() string { return w.pick("&&", "@>", "<@", "=", "<<", ">>", "&<", "&>", "-|-") }
	shapes := func() string { return w.pick("&&", "@>", "<@", "~=", "<<", ">>", "<<|", "|>>") }
	switch w.IntN(22) {
	case 0:
		return "r " + ranges() + " '" + w.bounds(whole) + "'::int4range"
	case 1:
		return "'" + w.bounds(whole) + "'::int4range " + ranges() + " r"
	case 2:
		return w.pick("r @> ", "m @> ") + fmt.Sprint(w.IntN(60))
	case 3:
		return "r " + w.pick("&&", "@>", "<@", "<<", ">>", "-|-") + " '" + w.multirange() + "'::int4multirange"
	case 4:
		return "nr " + ranges() + " '" + w.bounds(exact) + "'::numrange"
	case 5:
		return exact(w.IntN(50)) + " <@ nr"
	case 6, 7:
		return "ts " + ranges() + " '" + w.bounds(day) + "'::tstzrange AND n = " + fmt.Sprint(w.IntN(8))
	case 8:
		return "ts && '" + w.bounds(day) + "'::tstzrange OR n = " + fmt.Sprint(w.IntN(8))
	case 9:
		return "m " + ranges() + " '" + w.multirange() + "'::int4multirange"
	case 10:
		return "m " + w.pick("&&", "@>", "<@", "<<", ">>", "-|-") + " '" + w.bounds(whole) + "'::int4range AND n = 3"
	case 11, 12:
		return "net " + w.pick("<<", "<<=", ">>", ">>=", "&&", "=") + " '" + w.network() + "'"
	case 13:
		return "'" + w.network() + "' " + w.pick("<<", "<<=", ">>", ">>=", "&&") + " net"
	case 14:
		return "pt <@ " + w.pick("box '"+w.point()+","+w.point()+"'", "polygon '"+w.polygon()+"'", "circle '"+w.circle()+"'")
	case 15:
		return "pt " + w.pick("<<", ">>", "<<|", "|>>", "~=") + " '" + w.point() + "'"
	case 16:
		return "bx " + shapes() + " '" + w.point() + "," + w.point() + "'"
	case 17:
		return "pl " + shapes() + " '" + w.polygon() + "'"
	case 18:
		return "ci " + shapes() + " '" + w.circle() + "'" + w.pick("", " AND n = 2")
	case 19:
		return "box(pt, point(n, n)) " + w.pick("&&", "@>", "<@") + " '" + w.point() + "," + w.point() + "'"
	case 20:
		return w.pick("body ^@ '", "body = '", "body ~>=~ '", "body ~<~ '") + w.word() + "'"
	}
	return w.pick("v @@ 'abc & !w3' AND n > 3", "body LIKE 'abc%'", "body LIKE '%fox%'", "box '(1,1),(5,5)' @> pt", "net = '10.0.1.1' AND body ^@ 'x'")
}
