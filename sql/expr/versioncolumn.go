package expr

import "github.com/kalamsql/kalamsql/sql/types"

// VersionColumns are the system columns that are made of the version of a row.
var VersionColumns = []string{"ctid", "xmin", "cmin", "xmax", "cmax"}

// versionColumns make them: a version is the number of the transaction in 32
// bits, a count within it in 16, and whether the row has replaced one that was in
// the way of an INSERT.
var versionColumns = map[string]*Function{
	"ctid": versionColumn("ctid", types.TID, func(version int64) int64 { return version >> 1 }),
	"xmin": versionColumn("xmin", types.XID, func(version int64) int64 { return version >> 17 }),
	"cmin": versionColumn("cmin", types.CID, func(int64) int64 { return 0 }),
	// A row that ON CONFLICT DO UPDATE wrote was locked first, by the same
	// transaction; PostgreSQL shows that here, and upserts are told from inserts by it.
	"xmax": versionColumn("xmax", types.XID, func(version int64) int64 { return version >> 17 * (version & 1) }),
	"cmax": versionColumn("cmax", types.CID, func(int64) int64 { return 0 }),
}

func versionColumn(name string, result *types.Type, of func(int64) int64) *Function {
	return &Function{Name: name, Kind: 'f', Args: []*types.Type{types.Int8}, Result: result, Strict: true,
		Eval: func(_ *Context, args []types.Datum) (types.Datum, error) { return types.Int(of(args[0].Int())), nil }}
}

// NewVersionColumn computes a system column from the version.
func NewVersionColumn(name string, version Expr) Expr {
	fn := versionColumns[name]
	return &Call{Fn: fn, Args: []Expr{version}, T: fn.Result, Mod: types.NoTypmod, Form: FormFunction, Loc: -1}
}

// VersionColumnName is the name of the system column that an expression computes;
// "" if it computes none.
func VersionColumnName(e Expr) string {
	if c, ok := e.(*Call); ok && versionColumns[c.Fn.Name] == c.Fn {
		return c.Fn.Name
	}
	return ""
}
