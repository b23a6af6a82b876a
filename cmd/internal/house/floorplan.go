package house

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Module is the path of this module.
const Module = "github.com/kalamsql/kalamsql"

// floors gives the floor of every room; a package belongs to the longest
// prefix that is listed. Imports go down only, or stay within a room.
var floors = map[string]int{
	"sql/sqlerr": 0, "sql/types": 0,
	"sql/catalog": 1, "sql/textsearch": 1,
	"sql/parser": 2, "sql/expr": 2, "storage": 2,
	"sql/plan": 3, "sql/plpgsql": 3, "tables": 3,
	"exec": 4, "exec/pgcatalog": 4, "live": 4,
	"exec/session": 5,
	"pgwire":       6, "live/ws": 6,
	"cmd/kalamsql": 7, "cmd/kalamsql/serve": 7,
	// Beside the house: tools and tests that use it from outside, and assets.
	"web": 0, "bench": 8, "sqllogictest": 8, "examples": 8, "cmd/internal/house": 8, "cmd/internal/testserver": 8, "cmd/internal/isolation": 8, "cmd/internal/history": 8,
	"cmd/internal/livemodel": 8, "cmd/internal/catalogmodel": 8,
}

// sameFloor lists the imports within one floor that are meant.
var sameFloor = map[string]string{
	"sql/types": "sql/sqlerr", "cmd/kalamsql": "cmd/kalamsql/serve",
}

// fences says which room alone may import a third-party package.
var fences = map[string]string{
	"github.com/cockroachdb/pebble":    "storage",
	"github.com/jackc/pgx/v5/pgproto3": "pgwire",
	"github.com/gorilla/websocket":     "live/ws",
}

// room gives the room a package of this module belongs to, and its floor; ok
// is false for a package that no floor is known for.
func room(pkg string) (name string, floor int, ok bool) {
	for p := pkg; p != "." && p != ""; p = filepath.Dir(p) {
		if f, found := floors[p]; found {
			return p, f, true
		}
	}
	return "", 0, false
}

// Imports reads the imports of every Go file below root, without the tests
// (which may look anywhere) unless they break a fence. The result maps a
// package, relative to root, to what it imports.
func Imports(root string) (map[string][]string, error) {
	imports := map[string][]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name := d.Name(); path != root && (name == "testdata" || name == "node_modules" || strings.HasPrefix(name, ".")) {
				return filepath.SkipDir
			}
			// Another module has rules of its own.
			if path != root && exists(filepath.Join(path, "go.mod")) {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		pkg, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		for _, i := range file.Imports {
			p, err := strconv.Unquote(i.Path.Value)
			if err != nil {
				return err
			}
			imports[pkg] = append(imports[pkg], p)
		}
		return nil
	})
	return imports, err
}

// Violations lists what breaks the floor plan or a fence, sorted.
func Violations(imports map[string][]string) []string {
	var out []string
	for pkg, list := range imports {
		from, floor, known := room(pkg)
		if !known {
			out = append(out, fmt.Sprintf("%s is on no floor", pkg))
			continue
		}
		for _, i := range list {
			for prefix, owner := range fences {
				if (i == prefix || strings.HasPrefix(i, prefix+"/")) && from != owner && floor < 8 {
					out = append(out, fmt.Sprintf("%s imports %s, which is %s's alone", pkg, i, owner))
				}
			}
			target, ours := strings.CutPrefix(i, Module+"/")
			if !ours {
				continue
			}
			to, toFloor, known := room(target)
			switch {
			case !known:
				out = append(out, fmt.Sprintf("%s imports %s, which is on no floor", pkg, target))
			case to == from, toFloor < floor, sameFloor[from] == to:
			default:
				out = append(out, fmt.Sprintf("%s (floor %d) imports %s (floor %d)", pkg, floor, target, toFloor))
			}
		}
	}
	sort.Strings(out)
	return out
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
